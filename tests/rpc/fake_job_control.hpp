#pragma once

#include "daemon/scheduler/job_control.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cloned::rpc::test {

// Writes down what it is asked. Threads: the loop's only.
class fake_job_control final : public scheduler::job_control {
public:
    fake_job_control() {
        lane_status lane;
        lane.lane.id.value = 2;
        lane.lane.key.endpoint = "snap-1";
        lane.lane.key.cluster = "domain-c1";
        lane.lane.key.kind = job_kind::linked_clone;
        lane.limit = 16;
        lane.ceiling = 16;
        known[2] = lane;
        lane.lane.id.value = 3;
        lane.lane.key.endpoint = "snap-2";
        known[3] = lane;
    }

    std::vector<std::string> announced;  // uids of accepted batches
    std::vector<job_id> cancelled;
    std::vector<batch_id> cancelled_batches;
    std::vector<std::pair<batch_id, bool>> retried;
    std::vector<std::pair<job_id, scheduler::resolution>> resolved;
    std::map<std::int64_t, lane_status> known;

    void accepted(const storage::accepted_batch& batch) override {
        announced.push_back(batch.batch.uid);
    }
    task<scheduler::explanation> explain(job_record) override {
        scheduler::explanation why;
        why.waiting_reason = "5 jobs are before it";
        why.jobs_ahead = 5;
        why.estimated_end = from_ms(9000);
        why.percent = 40;
        co_return why;
    }
    task<result<void>> cancel(job_id job) override {
        cancelled.push_back(job);
        co_return result<void>();
    }
    task<result<scheduler::cancel_tally>> cancel_batch(batch_id batch) override {
        cancelled_batches.push_back(batch);
        scheduler::cancel_tally tally;
        tally.cancelled = 1;
        tally.requested = 2;
        tally.unaffected = 3;
        co_return tally;
    }
    task<result<std::int64_t>> retry_batch(batch_id batch, bool cancelled_too) override {
        retried.emplace_back(batch, cancelled_too);
        co_return std::int64_t{4};
    }
    task<result<void>> resolve(job_id job, scheduler::resolution what) override {
        resolved.emplace_back(job, std::move(what));
        co_return result<void>();
    }
    std::vector<lane_status> lanes() const override {
        std::vector<lane_status> out;
        for (const auto& [id, lane] : known) out.push_back(lane);
        return out;
    }
    result<lane_status> lane(lane_id id) const override {
        const auto found = known.find(id.value);
        if (found == known.end()) return fail(errc::not_found, "there is no such lane");
        return found->second;
    }
    task<result<lane_status>> pause_lane(lane_id id, std::string reason) override {
        auto found = lane(id);
        if (!found) co_return found;
        known[id.value].lane.settings.paused = true;
        known[id.value].lane.settings.pause_reason = reason;
        co_return lane(id);
    }
    task<result<lane_status>> resume_lane(lane_id id) override {
        auto found = lane(id);
        if (!found) co_return found;
        known[id.value].lane.settings = lane_settings();
        co_return lane(id);
    }
    task<result<lane_status>> set_lane_limit(lane_id id,
                                             std::optional<std::int64_t> limit) override {
        auto found = lane(id);
        if (!found) co_return found;
        known[id.value].lane.settings.operator_limit = limit;
        known[id.value].limit = limit.value_or(16);
        co_return lane(id);
    }
    std::vector<endpoint_status> endpoints() const override {
        endpoint_status out;
        out.info.name = "snap-1";
        out.info.kind = endpoint_kind::snapservice;
        return {out};
    }
    task<result<void>> log_in(std::string endpoint) override {
        if (endpoint != "snap-1") co_return fail(errc::not_found, "there is no such endpoint");
        if (!login_refusal.empty()) co_return fail(errc::unauthenticated, login_refusal);
        co_return result<void>();
    }
    std::string login_refusal;
};

}  // namespace cloned::rpc::test
