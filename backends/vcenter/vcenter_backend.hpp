#pragma once

#include "backends/http/authorized_client.hpp"
#include "backends/inventory.hpp"
#include "backends/vcenter/folders.hpp"
#include "backends/vcenter/options.hpp"
#include "backends/vcenter/power.hpp"
#include "backends/vcenter/wire.hpp"
#include "model/lane.hpp"

#include <memory>

namespace cloned::backends::vcenter {

// vCenter: clones, and power by power.hpp. Nothing but the order of the calls is here; see wire.hpp
// and vapi/faults.hpp for what they look like and mean.
class vcenter_backend final : public backend, public inventory {
public:
    vcenter_backend(asio::io_context& loop,
                    cloned::clock& clock,
                    endpoint_info info,
                    vcenter_options options,
                    std::unique_ptr<http::client> client,
                    std::unique_ptr<http::token_source> session);

    task<submit_outcome> submit(submission what) override;
    task<result<std::vector<task_status>>> poll(std::vector<std::string> tasks) override;
    task<result<evidence>> look(evidence_query query) override;
    std::size_t looks_together_max() const override { return 1000; }
    task<result<std::vector<evidence>>> look_together(std::vector<evidence_query> queries) override;
    bool has_unique_names(job_kind kind) const override { return makes_vm(kind); }
    task<result<std::vector<occupant>>> find_by_name(std::vector<vm_identity> names) override;
    task<result<cancel_outcome>> cancel(std::string task_id) override;
    // vCenter queues what it has no room for; the question does not arise.
    task<result<bool>> anyone_at_work(job_kind) override { co_return true; }
    task<result<void>> probe() override;
    task<result<void>> log_in() override;
    void use_secret(std::string secret) override { session_->use_secret(std::move(secret)); }
    task<void> close() override;
    std::int64_t requests_sent() const override { return client_->requests_sent(); }

    task<result<std::vector<vm_sighting>>> find_vms(std::vector<vm_identity> wanted,
                                                    steady_time deadline) override;
    task<result<std::map<std::string, std::string, std::less<>>>> names_of(
        std::vector<std::string> vms, steady_time deadline) override;
    http::token_source& session() override { return *session_; }
    http::client& transport() override { return *client_; }

private:
    steady_time deadline() const { return clock_.now() + info_.request_timeout; }
    task<result<http::response>> read(http::request what, steady_time deadline);
    task<submit_outcome> submit_clone(vcenter_clone_spec spec, std::string operation_id);
    struct name_search;
    task<void> search(name_search& now, std::size_t index);
    task<result<std::vector<vm_sighting>>> search_in(std::string folder,
                                                     std::vector<std::string> names,
                                                     steady_time deadline);
    struct power_looks;
    task<void> look_at_power(power_looks& now, std::size_t index);

    // Constant after construction
    asio::io_context& loop_;
    cloned::clock& clock_;
    endpoint_info info_;
    wire wire_;

    // Loop thread only
    std::unique_ptr<http::client> client_;
    std::unique_ptr<http::token_source> session_;
    http::authorized_client calls_;
    folders folders_;
    power power_;
    vapi::task_poller poller_;
};

}  // namespace cloned::backends::vcenter
