#pragma once

#include "backends/http/authorized_client.hpp"
#include "backends/inventory.hpp"
#include "backends/snapservice/wire.hpp"
#include "model/lane.hpp"

#include <memory>

namespace cloned::backends::snapservice {

// Snapservice: linked clones and restores. It lists no VMs, so the evidence about them comes from
// the vCenter in whose inventory they appear.
//
// Lifetime: the inventory, if there is one, must outlive it.
class snapservice_backend final : public backend {
public:
    snapservice_backend(asio::io_context& loop,
                        cloned::clock& clock,
                        endpoint_info info,
                        std::unique_ptr<http::client> client,
                        std::unique_ptr<http::token_source> session,
                        bool has_sessions,
                        inventory* vms);

    task<submit_outcome> submit(submission what) override;
    task<result<std::vector<task_status>>> poll(std::vector<std::string> tasks) override;
    task<result<evidence>> look(evidence_query query) override;
    std::size_t looks_together_max() const override { return 1000; }
    task<result<std::vector<evidence>>> look_together(std::vector<evidence_query> queries) override;
    bool has_unique_names(job_kind) const override { return vms_ != nullptr; }
    task<result<std::vector<occupant>>> find_by_name(std::vector<vm_identity> names) override;
    // There is no such call.
    task<result<cancel_outcome>> cancel(std::string task_id) override;
    task<result<bool>> anyone_at_work(job_kind kind) override;
    task<result<void>> probe() override;
    task<result<void>> log_in() override;
    void use_secret(std::string secret) override { session_->use_secret(std::move(secret)); }
    task<void> close() override;
    std::int64_t requests_sent() const override { return client_->requests_sent(); }

private:
    steady_time deadline() const { return clock_.now() + info_.request_timeout; }
    task<submit_outcome> start(http::request ask);

    // Constant after construction
    cloned::clock& clock_;
    endpoint_info info_;
    wire wire_;
    bool has_sessions_;
    inventory* vms_;

    // Loop thread only
    std::unique_ptr<http::client> client_;
    std::unique_ptr<http::token_source> session_;
    http::authorized_client calls_;
    vapi::task_poller poller_;
};

}  // namespace cloned::backends::snapservice
