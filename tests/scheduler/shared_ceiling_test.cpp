// Whose operations the upstream counts against its maximum is not documented: of each kind or of
// all, in each cluster or on the whole appliance. Here is an upstream of each sort before the
// planner: how much of it is used, at what price in refusals, and whether every lane gets on.

#include "daemon/scheduler/planner.hpp"

#include "tests/scheduler/queued_jobs.hpp"
#include "tests/support/event_queue.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <random>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr int lane_count = 4;

struct world_options {
    lane_scope counted = lane_scope::lane;
    std::int64_t maximum = 8;  // of each group that is counted together
    bool in_task = false;
    double task_s = 60;
    std::array<int, lane_count> jobs{5'000, 5'000, 5'000, 5'000};
    std::array<double, lane_count> arrive_s{};
    double lasts_s = 4 * 3600;
    // A lane that is refused whatever it sends, and when.
    int closed_lane = -1;
    double closed_from_s = 0;
    double closed_until_s = 0;
    std::uint64_t seed = 1;
};

class shared_upstream {
public:
    explicit shared_upstream(const world_options& how)
        : how_(how), engine_(how.seed), random_(how.seed), plan_({}, random_) {
        endpoint_info info;
        info.name = "snap";
        info.max_in_flight = 640;
        for (auto& limit : info.lane_limit) limit = 1'000;
        plan_.add_endpoint(info);
        for (int l = 0; l < lane_count; ++l) {
            lane_record record;
            record.id = lane_id{l + 1};
            record.key = {"snap", l < 2 ? "c1" : "c2",
                          l % 2 == 0 ? job_kind::linked_clone : job_kind::restore};
            plan_.add_lane(record);
            at(how_.arrive_s[static_cast<std::size_t>(l)], [this, l] { queue_jobs(l); });
        }
        at(1, [this] { poll(); });
    }

    void run() {
        while (!events_.empty() && events_.next() < how_.lasts_s) {
            const double when = events_.next();
            const auto what = events_.take();
            offered_ += static_cast<double>(capacity()) * (when - now_);
            for (const auto running : running_)
                used_ += static_cast<double>(running) * (when - now_);
            now_ = when;
            what();
            dispatch();
        }
    }

    double share() const { return used_ / offered_; }
    double refusals_per_1000() const {
        return 1000.0 * static_cast<double>(refusals_) / static_cast<double>(finished());
    }
    std::int64_t finished() const {
        return finished_[0] + finished_[1] + finished_[2] + finished_[3];
    }
    std::int64_t finished(int lane) const { return finished_[static_cast<std::size_t>(lane)]; }
    lane_scope believed() const { return plan_.lane(lane_id{1})->scope; }
    std::int64_t given_up() const { return given_up_; }
    std::int64_t refused_of(int lane) const { return refused_of_[static_cast<std::size_t>(lane)]; }
    double longest_wait(int l) const {
        const auto lane = static_cast<std::size_t>(l);
        const auto waits_now = queued_[lane] > 0 ? now_ - last_start_[lane] : 0.0;
        return std::max(longest_wait_[lane], waits_now);
    }

private:
    struct work {
        queued_job job;
        bool begun = false;
        bool ended = false;
        bool refused = false;
    };

    steady_time stamp() const {
        return steady_time(std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(now_ + 10)));
    }
    wall_time wall() const { return noon + milliseconds(static_cast<std::int64_t>(now_ * 1000)); }
    void at(double when, std::function<void()> what) { events_.add(when, std::move(what)); }
    static std::size_t index_of(const queued_job& job) {
        return static_cast<std::size_t>(job.lane.value - 1);
    }
    bool is_counted_with(std::size_t a, std::size_t b) const {
        const bool cluster = a / 2 == b / 2;
        const bool kind = a % 2 == b % 2;
        switch (how_.counted) {
            case lane_scope::lane:
                return a == b;
            case lane_scope::cluster:
                return cluster;
            case lane_scope::kind:
                return kind;
            case lane_scope::endpoint:
                break;
        }
        return true;
    }
    bool closed(std::size_t lane) const {
        return how_.closed_lane == static_cast<int>(lane) && now_ >= how_.closed_from_s &&
               now_ < how_.closed_until_s;
    }
    bool full(std::size_t lane) const {
        if (closed(lane)) return true;
        std::int64_t sum = 0;
        for (std::size_t other = 0; other < lane_count; ++other)
            if (is_counted_with(lane, other)) sum += running_[other];
        return sum >= how_.maximum;
    }
    // What could be used by the lanes that have work.
    std::int64_t capacity() const {
        std::int64_t sum = 0;
        for (std::size_t lane = 0; lane < lane_count; ++lane) {
            bool first = waits(lane);
            for (std::size_t other = 0; other < lane; ++other)
                if (is_counted_with(lane, other) && waits(other)) first = false;
            if (first) sum += how_.maximum;
        }
        return sum;
    }
    bool waits(std::size_t lane) const { return queued_[lane] > 0 && !closed(lane); }

    void queue_jobs(int l) {
        const auto lane = static_cast<std::size_t>(l);
        const auto count = how_.jobs[lane];
        if (count == 0) return;
        queued_[lane] = count;
        last_start_[lane] = now_;
        waiting like;
        like.lane = lane_id{l + 1};
        like.source.clear();
        first_[lane] = next_id_;
        plan_.add_backlog({like.queue(), count, next_id_});
        next_id_ += count;
        load();
    }
    void load() {
        for (const auto& wanted : plan_.take_loads()) {
            const auto lane = static_cast<std::size_t>(wanted.queue.lane.value - 1);
            waiting like;
            like.lane = wanted.queue.lane;
            like.source.clear();
            std::vector<queued_job> jobs;
            for (auto id = first_[lane];
                 id < first_[lane] + how_.jobs[lane] && jobs.size() < wanted.jobs; ++id) {
                if (done_.contains(id)) continue;
                like.id = id;
                jobs.push_back(like.job());
            }
            plan_.loaded(wanted, std::move(jobs));
        }
    }

    void dispatch() {
        load();
        for (auto& picked : plan_.pick(stamp(), wall(), 512)) {
            done_.insert({picked.job.id.value, true});
            const auto id = picked.job.id;
            works_[id].job = std::move(picked.job);
            at(now_ + 0.05 * random_.between(0.5, 1.5), [this, id] { arrive(id); });
        }
        if (const auto next = plan_.next_pick()) {
            const auto t = std::chrono::duration<double>(next->time_since_epoch()).count() - 10;
            if (t < wake_ || wake_ <= now_) at(wake_ = std::max(now_ + 1e-3, t), [] {});
        }
    }

    void arrive(job_id id) {
        auto& one = works_[id];
        const auto lane = index_of(one.job);
        if (full(lane)) {
            ++refusals_;
            ++refused_of_[lane];
            if (how_.in_task) {
                one.refused = true;
                plan_.accepted(id, stamp());
                return;
            }
            const auto rulings = plan_.refused({id}, "too many", stamp(), wall());
            obey(id, rulings.front());
            return;
        }
        --queued_[lane];
        ++running_[lane];
        longest_wait_[lane] = std::max(longest_wait_[lane], now_ - last_start_[lane]);
        last_start_[lane] = now_;
        one.begun = true;
        plan_.accepted(id, stamp());
        const double sigma = 0.3;
        const double took = std::lognormal_distribution<double>(
            std::log(how_.task_s) - sigma * sigma / 2, sigma)(engine_);
        at(now_ + took, [this, id, lane] {
            works_[id].ended = true;
            --running_[lane];
            ++finished_[lane];
        });
    }

    void obey(job_id id, const refusal_ruling& ruling) {
        auto job = works_[id].job;
        works_.erase(id);
        if (ruling.what == after_refusal::again) return plan_.requeue(std::move(job));
        plan_.release(id);
        if (ruling.what == after_refusal::give_up) {
            ++given_up_;
            return;
        }
        at(now_ + std::chrono::duration<double>(ruling.pause).count(), [this, job] {
            done_.erase(job.id.value);
            plan_.add_backlog({{job.lane, job.tenant, job.priority}, 1, job.id.value});
        });
    }

    void poll() {
        std::map<lane_id, planner::lane_sight> seen;
        std::vector<job_id> refused;
        std::vector<job_id> ended;
        for (const auto& [id, one] : works_) {
            auto& lane = seen[one.job.lane];
            if (one.refused) refused.push_back(id);
            if (!one.begun) continue;
            (one.ended ? lane.ended : lane.running).push_back(id);
            if (one.ended) ended.push_back(id);
        }
        if (!refused.empty()) {
            const auto rulings = plan_.refused(refused, "too many", stamp(), wall());
            for (std::size_t i = 0; i < refused.size(); ++i) obey(refused[i], rulings[i]);
        }
        plan_.polled(seen, stamp());
        for (const auto id : ended) {
            plan_.finished(works_[id].job.lane, 60s);
            plan_.release(id);
            works_.erase(id);
        }
        at(now_ + std::min(1.0, how_.task_s / 20), [this] { poll(); });
    }

    world_options how_;
    std::mt19937_64 engine_;
    random_source random_;
    planner plan_;
    testing::event_queue events_;
    double now_ = 0, used_ = 0, offered_ = 0, wake_ = 0;
    std::map<job_id, work> works_;
    std::map<std::int64_t, bool> done_;  // sent, or waiting for its time
    std::array<std::int64_t, lane_count> first_{}, queued_{}, running_{}, finished_{},
        refused_of_{};
    std::array<double, lane_count> last_start_{}, longest_wait_{};
    std::int64_t refusals_ = 0, given_up_ = 0, next_id_ = 1;
};

struct scope_row {
    lane_scope counted;
    bool in_task;
    double task_s;
};

class SharedCeiling : public ::testing::TestWithParam<scope_row> {};

TEST_P(SharedCeiling, IsUsedAtFewRefusalsAndEveryLaneGetsOn) {
    double share = 0;
    double refusals = 0;
    double wait = 0;
    std::int64_t least = 1'000'000;
    constexpr int worlds = 1;
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        world_options how;
        how.counted = GetParam().counted;
        how.in_task = GetParam().in_task;
        how.task_s = GetParam().task_s;
        how.lasts_s = 120 * how.task_s;
        how.seed = seed;
        // One lane after the other, each finds the others at work.
        how.arrive_s = {0, 10 * how.task_s, 20 * how.task_s, 30 * how.task_s};
        shared_upstream world(how);
        world.run();
        share += world.share() / worlds;
        refusals += world.refusals_per_1000() / worlds;
        for (int lane = 0; lane < lane_count; ++lane) {
            least = std::min(least, world.finished(lane));
            wait = std::max(wait, world.longest_wait(lane) / how.task_s);
        }
        EXPECT_EQ(world.given_up(), 0);
    }
    std::printf(
        "counted by %s%s, tasks of %.0f s: share %.3f, %.0f refusals per 1,000, "
        "least finished %lld, longest wait %.1f task times\n",
        std::string(to_string(GetParam().counted)).c_str(),
        GetParam().in_task ? ", refused in the task" : "", GetParam().task_s, share, refusals,
        static_cast<long long>(least), wait);
    EXPECT_GE(share, 0.9);
    EXPECT_LE(refusals, 150);
    EXPECT_LE(wait, 5);
}

INSTANTIATE_TEST_SUITE_P(Scopes,
                         SharedCeiling,
                         ::testing::Values(scope_row{lane_scope::lane, false, 60},
                                           scope_row{lane_scope::cluster, false, 60},
                                           scope_row{lane_scope::kind, false, 60},
                                           scope_row{lane_scope::endpoint, false, 60},
                                           scope_row{lane_scope::lane, true, 60},
                                           scope_row{lane_scope::cluster, true, 60},
                                           scope_row{lane_scope::kind, true, 60},
                                           scope_row{lane_scope::endpoint, true, 60},
                                           scope_row{lane_scope::lane, false, 5},
                                           scope_row{lane_scope::cluster, false, 5},
                                           scope_row{lane_scope::kind, false, 5},
                                           scope_row{lane_scope::endpoint, false, 5}));

// One kind is in maintenance for an hour: its lane waits, and the others do not notice.
TEST(SharedCeilingClosed, ALaneThatIsClosedHoldsUpNoOther) {
    for (const auto counted : {lane_scope::lane, lane_scope::endpoint}) {
        world_options how;
        how.counted = counted;
        how.closed_lane = 1;
        how.closed_from_s = 1'000;
        how.closed_until_s = 4'600;
        how.lasts_s = 9'000;
        how.jobs = {5'000, 5'000, 0, 0};
        shared_upstream world(how);
        world.run();
        std::printf(
            "closed lane, counted by %s: share %.3f, %.0f refusals per 1,000, %lld of the "
            "lane, believed %s\n",
            std::string(to_string(counted)).c_str(), world.share(), world.refusals_per_1000(),
            static_cast<long long>(world.refused_of(1)),
            std::string(to_string(world.believed())).c_str());
        EXPECT_GE(world.share(), 0.9);
        EXPECT_LE(world.refused_of(1), 200);  // in an hour
        EXPECT_GT(world.finished(1), 100);
        EXPECT_EQ(world.given_up(), 0);
    }
}

}  // namespace
}  // namespace cloned::scheduler
