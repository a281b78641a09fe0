// The learner against an upstream whose maximum it does not know: how much of it is used, at what
// price in refusals. Seen from the learner as in the daemon: ends are noticed by polls only.

#include "model/ceiling.hpp"

#include "tests/support/event_queue.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace cloned {
namespace {

using std::chrono::duration;
using std::chrono::nanoseconds;

struct outcome {
    double share = 0;     // of the slot time available
    double refusals = 0;  // per 1,000 finished
};

class upstream {
public:
    upstream(std::uint64_t seed, std::int64_t limit)
        : limit_(limit), engine_(seed), random_(seed) {}

    // Steps of the limit: second → new limit.
    std::vector<std::pair<double, std::int64_t>> steps;
    double stranger_rate = 0;  // arrivals a second

    outcome run(double seconds) {
        for (const auto& [when, limit] : steps) at(when, [this, to = limit] { limit_ = to; });
        if (stranger_rate > 0) at(wait(stranger_rate), [this] { stranger_comes(); });
        at(0, [this] { poll(); });
        while (!events_.empty() && events_.next() < seconds) {
            const double when = events_.next();
            const auto what = events_.take();
            const double available =
                static_cast<double>(std::max<std::int64_t>(0, limit_ - strangers_));
            used_ += std::min(static_cast<double>(running_), available) * (when - now_);
            offered_ += available * (when - now_);
            now_ = when;
            what();
            dispatch();
        }
        return {used_ / offered_,
                1000.0 * static_cast<double>(refusals_) / static_cast<double>(finished_)};
    }

private:
    steady_time stamp() const {
        return steady_time(std::chrono::duration_cast<nanoseconds>(duration<double>(now_ + 1)));
    }
    void at(double when, std::function<void()> what) { events_.add(when, std::move(what)); }
    double wait(double rate) { return std::exponential_distribution<double>(rate)(engine_); }
    double lasts(double mean) {
        return std::lognormal_distribution<double>(std::log(mean) - 0.125, 0.5)(engine_);
    }

    void stranger_comes() {
        if (running_ + strangers_ < limit_) {
            ++strangers_;
            at(now_ + lasts(200), [this] { --strangers_; });
        }
        at(now_ + wait(stranger_rate), [this] { stranger_comes(); });
    }

    void poll() {
        in_flight_ -= unseen_;
        learner_.observed(stamp(), {.running = running_, .ended = unseen_, .proven = true},
                          random_);
        unseen_ = 0;
        at(now_ + 2.0, [this] { poll(); });
    }

    void dispatch() {
        for (;;) {
            const auto admitted = learner_.may_send(stamp(), in_flight_);
            if (!admitted.send()) {
                if (admitted.again_at) {
                    const double t =
                        duration<double>(admitted.again_at->time_since_epoch()).count() - 1;
                    at(std::max(now_ + 1e-3, t), [] {});
                }
                return;
            }
            ++in_flight_;
            learner_.sent(admitted.probe);
            at(now_ + 0.25 * random_.between(0.5, 1.5),
               [this, admitted] { arrive(admitted.probe); });
        }
    }

    void arrive(bool probe) {
        if (running_ + strangers_ >= limit_) {
            ++refusals_;
            learner_.refused(stamp(), in_flight_ - 1, probe, random_);
            --in_flight_;
            return;
        }
        ++running_;
        learner_.accepted(stamp(), probe);
        at(now_ + lasts(90), [this] {
            --running_;
            ++unseen_;
            ++finished_;
        });
    }

    testing::event_queue events_;
    std::int64_t limit_;
    std::mt19937_64 engine_;
    random_source random_;
    ceiling learner_{{}, 1'000, std::nullopt};
    double now_ = 0, used_ = 0, offered_ = 0;
    std::int64_t running_ = 0, unseen_ = 0, in_flight_ = 0, strangers_ = 0, finished_ = 0,
                 refusals_ = 0;
};

constexpr double four_hours = 4 * 3600;

outcome mean_of(const std::function<void(upstream&)>& shape) {
    outcome sum;
    constexpr int worlds = 10;
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        upstream world(seed, 20);
        shape(world);
        const auto one = world.run(four_hours);
        sum.share += one.share / worlds;
        sum.refusals += one.refusals / worlds;
    }
    return sum;
}

TEST(CeilingSimulation, UsesAFixedMaximumAlmostWhollyAtFewRefusals) {
    const auto got = mean_of([](upstream&) {});

    RecordProperty("share", std::to_string(got.share));
    RecordProperty("refusals_per_1000", std::to_string(got.refusals));
    EXPECT_GT(got.share, 0.97);
    EXPECT_LT(got.refusals, 80);
}

TEST(CeilingSimulation, FollowsAMaximumThatMoves) {
    const auto got = mean_of([](upstream& u) { u.steps = {{3600, 8}, {7200, 40}, {10800, 20}}; });

    EXPECT_GT(got.share, 0.94);
    EXPECT_LT(got.refusals, 100);
}

TEST(CeilingSimulation, SharesWithStrangers) {
    const auto got = mean_of([](upstream& u) { u.stranger_rate = 1.0 / 60; });

    EXPECT_GT(got.share, 0.93);
    EXPECT_LT(got.refusals, 120);
}

}  // namespace
}  // namespace cloned
