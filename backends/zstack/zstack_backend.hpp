#pragma once

#include "backends/backend.hpp"
#include "backends/zstack/access.hpp"
#include "backends/zstack/job_answer.hpp"
#include "backends/zstack/options.hpp"
#include "backends/zstack/weigh.hpp"
#include "model/lane.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloned::backends::zstack {

// ZStack: clones. Nothing but the order of the calls is here.
//
// A call may make several VMs, and its job is asked for once for all of them. Jobs are asked for
// without a session, which therefore may well be dead after some hours of nothing but polling; this
// is noticed by the job of the next call. What a job says of its failure is settled by a look,
// which has the list of VMs as well.
class zstack_backend final : public backend {
public:
    zstack_backend(asio::io_context& loop,
                   cloned::clock& clock,
                   endpoint_info info,
                   zstack_options options,
                   std::unique_ptr<http::client> client,
                   std::unique_ptr<access> access);

    task<submit_outcome> submit(submission what) override;
    task<std::vector<submit_outcome>> submit_together(std::vector<submission> what) override;
    task<result<std::vector<task_status>>> poll(std::vector<std::string> tasks) override;
    task<result<evidence>> look(evidence_query query) override;
    task<result<cancel_outcome>> cancel(std::string) override {
        co_return cancel_outcome::unsupported;
    }
    // It queues what it has no room for and never refuses; the question does not arise.
    task<result<bool>> anyone_at_work(job_kind) override { co_return false; }
    task<result<void>> probe() override;
    task<result<void>> log_in() override {
        access_->try_now();
        return probe();
    }
    void use_secret(std::string secret) override { access_->use_secret(std::move(secret)); }
    task<void> close() override;
    std::int64_t requests_sent() const override { return client_->requests_sent(); }

private:
    struct turn;

    steady_time deadline() const { return clock_.now() + info_.request_timeout; }
    task<result<http::response>> read(http::request what, steady_time deadline);
    task<result<job_answer>> ask_job(std::string uuid, steady_time deadline);
    task<void> renew_session(steady_time deadline);
    task<std::vector<submit_outcome>> call(zstack_clone_spec spec,
                                           std::vector<std::string> names,
                                           std::string uuid,
                                           bool repeated);
    task<void> poll_one(turn& now, std::size_t index);
    std::vector<std::string> choose(turn& now);
    task<result<vm_sighting>> look_for_vm(zstack_clone_spec spec,
                                          wall_time sent_at,
                                          steady_time deadline);
    task<result<job_word>> hear(const evidence_query& query, steady_time deadline);
    bool is_overdue(wall_time sent_at) const;
    // The job says that its call had no session, and ours was tried since: has it died indeed? What
    // is true of it at first stays so.
    bool believes_dead_session(const std::string& uuid);

    // Constant after construction
    asio::io_context& loop_;
    cloned::clock& clock_;
    endpoint_info info_;
    zstack_options options_;

    // Loop thread only
    std::unique_ptr<http::client> client_;
    std::unique_ptr<access> access_;
    std::string asked_last_;  // of the jobs in the last turn of polling
    struct sent_call {
        std::size_t deaths = 0;              // of sessions, until it was through
        std::optional<bool> had_no_session;  // who was seen at work had one
    };
    std::map<std::string, sent_call> sent_;  // by the job's uuid
};

}  // namespace cloned::backends::zstack
