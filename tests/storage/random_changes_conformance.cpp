#include "tests/storage/store_world.hpp"

#include <map>
#include <random>

namespace cloned::storage {
namespace {

class RandomChangesOfJobStore : public JobStore {
public:
    struct model_job {
        std::int64_t fence = 0;
        job_state state = job_state::queued;
        std::string batch;
    };

    void accept_some() {
        const auto name = "b" + std::to_string(next_batch_++);
        auto wanted = numbered_batch(name, static_cast<int>(1 + random_() % 20));
        for (auto& job : wanted.jobs) {
            job.priority = static_cast<job_priority>(random_() % 3);
            if (random_() % 5 == 0) job.not_before = after_noon(static_cast<int>(random_() % 100));
            if (random_() % 5 == 0) job.deadline = after_noon(static_cast<int>(random_() % 100));
        }
        const auto accepted = value(store->accept(wanted)).batch;
        for (std::int64_t i = 0; i < accepted.job_count; ++i) {
            const auto& job = wanted.jobs[static_cast<std::size_t>(i)];
            const bool early = job.not_before && *job.not_before > wanted.at;
            jobs_[accepted.first_job.value + i] = {
                0, early ? job_state::blocked : job_state::queued, "uid-" + name};
        }
    }

    // A round of changes that wait together; some of them stale on purpose.
    void change_some() {
        std::vector<std::optional<result<event_id>>> outcomes(random_() % 40);
        std::vector<job_change> changes;
        for (auto& outcome : outcomes) {
            auto job = jobs_.begin();
            std::advance(job, static_cast<std::ptrdiff_t>(random_() % jobs_.size()));
            auto change = move_job(job_id{job->first}, job->second.fence, job->second.state,
                                   static_cast<job_state>(random_() % job_state_count),
                                   after_noon(static_cast<int>(random_() % 100)));
            if (random_() % 10 == 0) ++change.fence;
            changes.push_back(change);
            start(store->change(change), outcome);
        }
        run();
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            ASSERT_TRUE(outcomes[i]);
            auto& job = jobs_[changes[i].id.value];
            const bool holds = job.fence == changes[i].fence && job.state == changes[i].from;
            ASSERT_EQ(outcomes[i]->has_value(), holds);
            if (!holds) continue;
            ++job.fence;
            job.state = changes[i].to;
        }
    }

    void let_time_pass() {
        const auto now = after_noon(static_cast<int>(random_() % 100));
        value(store->wake_due(now, 5));
        value(store->expire_due(now, 5));
        for (auto& [id, job] : jobs_) {
            const auto found = this->job(job_id{id}).progress;
            job.fence = found.fence;
            job.state = found.state;
        }
    }

    void compare() {
        std::map<std::string, state_counts> counts;
        std::int64_t queued = 0;
        for (const auto& [id, job] : jobs_) {
            ++counts[job.batch][job.state];
            queued += job.state == job_state::queued ? 1 : 0;
            ASSERT_EQ(this->job(job_id{id}).progress.state, job.state);
        }
        for (const auto& [uid, expected] : counts) {
            const auto found = batch(uid);
            for (std::size_t s = 0; s < job_state_count; ++s)
                ASSERT_EQ(found.counts.of[s], expected.of[s]) << uid;
            ASSERT_EQ(found.ended_at.has_value(), expected.ended() == found.job_count);
        }
        for (const auto& queue : value(store->queues())) {
            const auto loaded = value(store->load_queue(queue.queue, 100'000));
            ASSERT_EQ(static_cast<std::int64_t>(loaded.size()), queue.jobs);
            ASSERT_EQ(loaded.front().id.value, queue.first_job);
            queued -= queue.jobs;
        }
        ASSERT_EQ(queued, 0);
    }

    void seed(unsigned value) { random_.seed(value); }

private:
    std::mt19937 random_;
    int next_batch_ = 0;
    std::map<std::int64_t, model_job> jobs_;
};
CLONED_FOR_EVERY_THREADING(RandomChangesOfJobStore);

TEST_P(RandomChangesOfJobStore, AgreeWithARecountOfEverything) {
    for (unsigned seed_value = 1; seed_value <= 4; ++seed_value) {
        SCOPED_TRACE(seed_value);
        seed(seed_value);
        for (int round = 0; round < 12; ++round) {
            ASSERT_NO_FATAL_FAILURE(accept_some());
            ASSERT_NO_FATAL_FAILURE(change_some());
            if (round % 3 == 0) let_time_pass();
            if (round % 5 == 4) open();
        }
        ASSERT_NO_FATAL_FAILURE(compare());
    }
}

}  // namespace
}  // namespace cloned::storage
