// I3 as a property: whatever happens in whatever order, the planner's books are those of a naive
// model, and no lane ever goes above its ceiling but by a probe that the ceiling has allowed. And
// I15: a job that the planner passes over is held by a reason, and one that is held does not go.

#include "daemon/scheduler/planner.hpp"

#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr int lane_count = 4;
constexpr int source_count = 3;

// One seed makes a configuration and a history of events.
class history {
public:
    explicit history(std::uint64_t seed) : dice_(seed), random_(seed), plan_(options(), random_) {
        for (int e = 0; e < 2; ++e) {
            auto& info = infos_[e];
            info.name = e == 0 ? "vc1" : "vc2";
            info.max_in_flight = 1 + draw(12);
            info.max_per_source = draw(4);
            for (auto& limit : info.lane_limit) limit = 1 + draw(10);
            for (auto& cost : info.cost) cost = 1 + draw(3);
            plan_.add_endpoint(info);
        }
        for (int l = 0; l < lane_count; ++l) {
            auto& record = lanes_[l];
            record.id = lane_id{l + 1};
            record.key = {infos_[l / 2].name, "c1",
                          l % 2 == 0 ? job_kind::vcenter_clone : job_kind::power_on};
            if (draw(2) == 0) record.settings.learned_ceiling = 1 + draw(6);
            plan_.add_lane(record);
        }
    }

    void step() {
        now_ += milliseconds(draw(3'000));
        switch (draw(12)) {
            case 0:
                add_jobs();
                break;
            case 1:
                plan_.set_available(infos_[draw(2)].name, draw(4) != 0);
                break;
            case 2:
                change_limit();
                break;
            case 3:
                poll();
                break;
            case 4:
            case 5:
                pick();
                break;
            default:
                answer();
                break;
        }
        compare();
    }

    std::int64_t sent() const { return sent_; }

private:
    struct flight {
        queued_job job;
        bool probe = false;
        bool answered = false;
        bool in_doubt = false;
    };

    static planner_options options() {
        planner_options out;
        out.ceilings.probe_interval_min = 5s;
        out.queues.lookahead = 4;
        return out;
    }
    int draw(int below) { return std::uniform_int_distribution<int>(0, below - 1)(dice_); }
    const endpoint_info& info_of(int lane) const { return infos_[lane / 2]; }
    static int index_of(lane_id id) { return static_cast<int>(id.value) - 1; }
    std::int64_t cost_of(lane_id id) const {
        const auto& record = lanes_[index_of(id)];
        return info_of(index_of(id)).cost[static_cast<std::size_t>(record.key.kind)];
    }

    void add_jobs() {
        waiting like;
        like.lane = lane_id{1 + draw(lane_count)};
        like.tenant = tenant_id{1 + draw(3)};
        like.source = "vm-" + std::to_string(draw(source_count));
        const auto count = 1 + draw(10);
        plan_.add_backlog({like.queue(), count, next_id_});
        for (const auto& wanted : plan_.take_loads())
            plan_.loaded(wanted, jobs_between(next_id_, next_id_ + count - 1, like));
        for (const auto& job : jobs_between(next_id_, next_id_ + count - 1, like)) wait(job);
        next_id_ += count;
    }

    void change_limit() {
        auto& record = lanes_[draw(lane_count)];
        record.settings = plan_.lane(record.id)->lane.settings;
        record.settings.paused = draw(4) == 0;
        record.settings.operator_limit.reset();
        if (draw(2) == 0) record.settings.operator_limit = 1 + draw(10);
        plan_.set_settings(record.id, record.settings);
    }

    void poll() {
        const auto lane = lane_id{1 + draw(lane_count)};
        std::map<lane_id, planner::lane_sight> seen;
        auto& sight = seen[lane];
        for (const auto& [id, f] : flights_) {
            if (f.job.lane != lane || !f.answered || f.in_doubt) continue;
            sight.running.push_back(id);
        }
        plan_.polled(seen, now_);
    }

    void wait(const queued_job& job) { waiting_[job.id] = {job.lane, job.tenant, job.priority}; }

    // The waiting jobs that nothing holds.
    std::set<job_id> free_jobs() const {
        std::set<job_id> out;
        for (const auto& [id, queue] : waiting_)
            if (plan_.why(id, queue, now_).why == wait_reason::none) out.insert(id);
        return out;
    }

    // Each job on its own, so that the books can be looked at in between.
    void pick() {
        for (int i = draw(20); i >= 0; --i) {
            std::map<lane_id, lane_status> before;
            for (const auto& status : plan_.lanes()) before[status.lane.id] = status;
            const auto free = free_jobs();
            auto picked = plan_.pick(now_, noon, 1);
            EXPECT_EQ(picked.empty(), free.empty());
            if (picked.empty()) return;
            const auto& job = picked[0].job;
            EXPECT_TRUE(free.contains(job.id)) << "it was held and went";
            waiting_.erase(job.id);
            const auto& lane = before[job.lane];
            ++sent_;

            EXPECT_LT(lane.in_flight, lane.limit);
            EXPECT_TRUE(picked[0].probe || lane.in_flight < lane.ceiling);
            EXPECT_FALSE(lane.lane.settings.paused);
            expect_room_for(job);
            const auto fresh =
                flights_.emplace(job.id, flight{job, picked[0].probe, false, false}).second;
            EXPECT_TRUE(fresh) << "job " << job.id.value << " was given twice";
        }
    }

    void expect_room_for(const queued_job& job) const {
        const auto& info = info_of(index_of(job.lane));
        std::int64_t used = 0;
        std::int64_t on_source = 0;
        for (const auto& [id, f] : flights_) {
            if (&info_of(index_of(f.job.lane)) != &info) continue;
            used += cost_of(f.job.lane);
            if (source_of(f.job.spec) == source_of(job.spec)) on_source += cost_of(f.job.lane);
        }
        const auto cost = cost_of(job.lane);
        EXPECT_TRUE(used == 0 || used + cost <= info.max_in_flight);
        EXPECT_TRUE(info.max_per_source == 0 || on_source == 0 ||
                    on_source + cost <= info.max_per_source);
    }

    void answer() {
        if (flights_.empty()) return;
        auto at = flights_.begin();
        std::advance(at, draw(static_cast<int>(flights_.size())));
        auto& f = at->second;
        const auto id = at->first;
        if (f.in_doubt || f.answered) {
            if (!f.in_doubt && draw(6) == 0) {
                f.in_doubt = true;
                plan_.set_in_doubt(id, true);
                return;
            }
            if (f.in_doubt && draw(2) == 0) {
                plan_.requeue(f.job);
                wait(f.job);
            } else {
                plan_.release(id);
                plan_.finished(f.job.lane, 60s);
            }
            flights_.erase(at);
            return;
        }
        switch (draw(8)) {
            case 0:
                plan_.refused({id}, "too many", now_, noon);
                plan_.requeue(f.job);
                wait(f.job);
                flights_.erase(at);
                break;
            case 1:
                plan_.no_verdict(id);
                plan_.set_in_doubt(id, true);
                f.in_doubt = true;
                break;
            default:
                plan_.accepted(id, now_);
                f.answered = true;
                break;
        }
    }

    void compare() {
        std::map<lane_id, std::int64_t> in_flight;
        std::map<lane_id, std::int64_t> in_doubt;
        std::map<std::string, std::int64_t> by_endpoint;
        for (const auto& [id, f] : flights_) {
            ++in_flight[f.job.lane];
            in_doubt[f.job.lane] += f.in_doubt ? 1 : 0;
            ++by_endpoint[info_of(index_of(f.job.lane)).name];
        }
        for (const auto& status : plan_.lanes()) {
            ASSERT_EQ(status.in_flight, in_flight[status.lane.id]);
            ASSERT_EQ(status.in_doubt, in_doubt[status.lane.id]);
            ASSERT_GE(status.ceiling, 1);
            ASSERT_LE(status.ceiling, status.limit);
        }
        for (const auto& info : infos_)
            ASSERT_EQ(plan_.in_flight(info.name), by_endpoint[info.name]);
    }

    std::mt19937_64 dice_;
    random_source random_;
    planner plan_;
    endpoint_info infos_[2];
    lane_record lanes_[lane_count];
    std::map<job_id, flight> flights_;
    std::map<job_id, storage::queue_key> waiting_;
    steady_time now_{1h};
    std::int64_t next_id_ = 1;
    std::int64_t sent_ = 0;
};

TEST(PlannerProperty, BooksAndLimitsHoldWhateverHappens) {
    std::int64_t sent = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        history world(seed);
        for (int i = 0; i < 400; ++i) {
            world.step();
            if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << ", step " << i;
        }
        sent += world.sent();
    }
    EXPECT_GT(sent, 3'000);
}

}  // namespace
}  // namespace cloned::scheduler
