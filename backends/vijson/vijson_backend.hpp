#pragma once

#include "backends/backend.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/vijson/customize_body.hpp"
#include "backends/vijson/discovery.hpp"
#include "backends/vijson/evidence.hpp"
#include "backends/vijson/records.hpp"
#include "model/lane.hpp"

#include <memory>

namespace cloned::backends::vijson {

struct vijson_parts {
    endpoint_info info;
    std::string user;  // whose tasks are ours, if the upstream does not tell
    vijson_options options;
    bool borrowed = false;  // the session is another endpoint's
    std::unique_ptr<http::client> client;
    std::unique_ptr<discovery> where;
    std::unique_ptr<http::token_source> session;
};

// VI JSON: customizes guests. Nothing but the order of the calls is here; see wire.hpp, records.hpp
// and faults.hpp for what they look like and mean.
class vijson_backend final : public backend {
public:
    vijson_backend(cloned::clock& clock, vijson_parts parts);

    task<submit_outcome> submit(submission what) override;
    task<result<std::vector<task_status>>> poll(std::vector<std::string> tasks) override;
    task<result<evidence>> look(evidence_query query) override;
    task<result<cancel_outcome>> cancel(std::string task_id) override;
    // Asked after a refusal for lack of capacity, which there is none of here: vCenter queues what
    // it has no room for.
    task<result<bool>> anyone_at_work(job_kind) override { co_return true; }
    task<result<void>> probe() override;
    task<result<void>> log_in() override;
    void use_secret(std::string secret) override;
    task<void> close() override;
    std::int64_t requests_sent() const override { return parts_.client->requests_sent(); }

private:
    steady_time deadline() const { return clock_.now() + parts_.info.request_timeout; }

    task<result<discovery::found>> find_service(steady_time latest);
    task<result<http::response>> read(http::request what, steady_time latest);
    // All pages of one question. What was read before some trouble is kept.
    struct sighting {
        property_page seen;
        std::optional<error> trouble;
        bool anything = false;
    };
    task<sighting> retrieve(property_request wish, steady_time latest);
    task<sighting> retrieve_once(property_request wish, steady_time latest);
    // By how much vCenter's clock is ahead of ours, or a little less.
    task<result<milliseconds>> clock_difference(steady_time latest);

    // Constant after construction
    cloned::clock& clock_;

    // Loop thread only
    vijson_parts parts_;
    http::authorized_client calls_;
};

}  // namespace cloned::backends::vijson
