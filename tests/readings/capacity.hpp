#pragma once

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

// What is measured of a hidden maximum.
namespace cloned::readings {

inline double seconds_of(simulator::instant at) {
    return std::chrono::duration<double>(at).count();
}

inline bool was_made(const simulator::operation_record& operation) {
    return operation.state == simulator::record_state::made;
}

// Jobs of one lane; the clusters are domain-c8 and domain-c9.
inline void add_jobs(scene& s, job_kind kind, int cluster, int count, moment at = {}) {
    for (int i = 0; i < count; ++i) {
        const auto name = std::string(kind == job_kind::restore ? "old-" : "web-") +
                          std::to_string(cluster) + "-" + std::to_string(i);
        auto& job = kind == job_kind::restore ? s.restore(name, at) : s.linked_clone(name, at);
        job.max_attempts = 2;
        if (cluster == 8) continue;
        job.cluster = "domain-c9";
        if (auto* clone = std::get_if<linked_clone_spec>(&job.spec)) {
            clone->cluster = "domain-c9";
            clone->vm = "vm-43";
            clone->snapshot = "00000043-0000-4000-8000-000000000001";
        } else if (auto* restored = std::get_if<restore_spec>(&job.spec)) {
            restored->cluster = "domain-c9";
            restored->vm = "vm-9002";
            restored->snapshot = "00009002-0000-4000-8000-000000000001";
        }
    }
}

struct use_of_slots {
    double share = 0;              // of `slots`, while there was work for all of them
    double refusals_per_1000 = 0;  // of VMs made, wherever the refusal was told
};

// `from` and `until`, in seconds: while all lanes had work.
inline use_of_slots measure(const outcome_of_scene& seen, double slots, double from, double until) {
    double used = 0;
    std::int64_t made = 0;
    std::int64_t refused_in_task = 0;
    for (const auto& [key, job] : seen.jobs)
        for (const auto& operation : job.operations) {
            if (!was_made(operation)) {
                ++refused_in_task;
                continue;
            }
            ++made;
            const auto begun = std::max(from, seconds_of(operation.started));
            const auto ended = std::min(until, seconds_of(operation.ended));
            used += std::max(0.0, ended - begun);
        }
    const auto refused_at_once = static_cast<double>(seen.requests("action=", 400));
    return {used / (slots * (until - from)),
            1000.0 * (refused_at_once + static_cast<double>(refused_in_task)) /
                static_cast<double>(std::max<std::int64_t>(1, made))};
}

inline void expect_all_done(const outcome_of_scene& seen) {
    EXPECT_EQ(seen.count(job_state::succeeded), static_cast<std::int64_t>(seen.jobs.size()));
    for (const auto& [key, job] : seen.jobs) {
        EXPECT_EQ(job.record.progress.attempt, 1U) << key << ": " << job.words();
        if (job.state() != job_state::succeeded) break;
    }
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

}  // namespace cloned::readings
