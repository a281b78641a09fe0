// Whatever is queued, put back, cancelled and loaded in whatever order: no job is lost, and once
// the loads are done the next job is the first of the queue.

#include "daemon/scheduler/lane_queues.hpp"

#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

namespace cloned::scheduler {
namespace {

// One queue, with what the store has of it, and a scheduler that sends its jobs.
class history {
public:
    explicit history(std::uint64_t seed) : dice_(seed) {}

    void step() {
        settled_ = false;
        switch (draw(10)) {
            case 0:
                accept();
                break;
            case 1:
                come_back();
                break;
            case 2:
                cancel();
                break;
            case 3:
                begin_load();
                break;
            case 4:
                look();
                break;
            case 5:
                end_load();
                break;
            case 6:
                end_one();
                break;
            case 7:
                settle();
                take();
                break;
            default:
                take();
                break;
        }
    }

    // All that is under way comes to its end: each job goes.
    void drain() {
        while (!in_flight_.empty()) end_one();
        settle();
        while (take()) {
            in_flight_.clear();
            settle();
        }
        EXPECT_TRUE(queued_.empty()) << queued_.size() << " jobs are lost";
        EXPECT_EQ(queues_.waiting(), 0);
    }

    std::int64_t given() const { return given_; }

private:
    static lane_queues::options options() {
        lane_queues::options out;
        out.window = window;
        out.low_water = 3;
        return out;
    }
    int draw(int below) { return std::uniform_int_distribution<int>(0, below - 1)(dice_); }
    static queued_job job_of(std::int64_t id, std::int64_t fence) {
        auto out = waiting{.id = id}.job();
        out.progress.fence = fence;
        return out;
    }
    void tell(std::int64_t first, std::int64_t count) {
        queues_.add_backlog({waiting().queue(), count, first});
    }
    template <class Map>
    auto any_of(const Map& jobs) {
        auto at = jobs.begin();
        if (!jobs.empty()) std::advance(at, draw(static_cast<int>(jobs.size())));
        return at;
    }

    void accept() {
        const auto count = 1 + draw(6);
        for (int i = 0; i < count; ++i) queued_[next_id_ + i] = 0;
        tell(next_id_, count);
        next_id_ += count;
    }
    // One that had ended or waited for a time is queued again.
    void come_back() {
        const auto at = any_of(elsewhere_);
        if (at == elsewhere_.end()) return;
        const auto id = at->first;
        queued_[id] = at->second + 1;
        elsewhere_.erase(id);
        tell(id, 1);
    }
    // Cancelled or expired in the store; the queues are not always told.
    void cancel() {
        const auto at = any_of(queued_);
        if (at == queued_.end()) return;
        const auto id = at->first;
        elsewhere_[id] = at->second + 1;
        queued_.erase(id);
        if (draw(2) == 0) queues_.remove(job_id{id}, job_priority::normal, loud);
    }
    void begin_load() {
        if (load_) return;
        auto wanted = queues_.take_loads(window);
        if (wanted.empty()) return;
        load_ = wanted[0];
        load_->queue.lane = first_lane;
        load_->jobs += in_flight_.size();
    }
    void look() {
        if (!load_ || seen_) return;
        seen_.emplace();
        for (const auto& [id, fence] : queued_)
            if (seen_->size() < load_->jobs) seen_->push_back(job_of(id, fence));
    }
    void end_load() {
        if (!load_) return;
        if (seen_)
            queues_.loaded(*load_, std::move(*seen_),
                           [this](job_id id) { return in_flight_.contains(id.value); });
        else
            queues_.load_failed(load_->queue);
        load_.reset();
        seen_.reset();
    }
    // False if there is none. A copy that the store knows better is not sent, as in the submitter.
    bool take() {
        const auto job = queues_.take_next(noon, [](const queued_job& /*job*/) { return true; });
        if (!job) return false;
        const auto id = job->id.value;
        EXPECT_FALSE(in_flight_.contains(id));
        const auto stored = queued_.find(id);
        if (stored == queued_.end() || stored->second != job->progress.fence) {
            tell(id, 1);
            return true;
        }
        EXPECT_TRUE(!settled_ || id == queued_.begin()->first);
        // Its intent is recorded: it is queued no longer.
        in_flight_[id] = stored->second + 1;
        queued_.erase(stored);
        ++given_;
        return true;
    }
    // A job in flight ends, or is put back.
    void end_one() {
        const auto at = any_of(in_flight_);
        if (at == in_flight_.end()) return;
        const auto [id, fence] = *at;
        in_flight_.erase(id);
        if (draw(3) != 0) {
            elsewhere_[id] = fence + 1;
            return;
        }
        queued_[id] = fence + 1;
        queues_.put(job_of(id, fence + 1));
    }
    // All loads are done.
    void settle() {
        for (int i = 0; i < 1'000; ++i) {
            end_load();
            begin_load();
            if (!load_) {
                settled_ = true;
                return;
            }
            look();
        }
        FAIL() << "it loads forever";
    }

    static constexpr std::size_t window = 8;

    std::mt19937_64 dice_;
    lane_queues queues_{options()};
    std::map<std::int64_t, std::int64_t> queued_;  // in the store: id → fence
    std::map<std::int64_t, std::int64_t> in_flight_;
    std::map<std::int64_t, std::int64_t> elsewhere_;  // ended, or waiting for a time
    std::optional<queue_load> load_;
    std::optional<std::vector<queued_job>> seen_;
    std::int64_t next_id_ = 1;
    std::int64_t given_ = 0;
    bool settled_ = false;
};

TEST(LaneQueuesProperty, NoJobIsLostAndTheFirstGoesFirst) {
    std::int64_t given = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        history world(seed);
        for (int i = 0; i < 200; ++i) world.step();
        world.drain();
        if (::testing::Test::HasFailure()) FAIL() << "seed " << seed;
        given += world.given();
    }
    EXPECT_GT(given, 20'000);
}

}  // namespace
}  // namespace cloned::scheduler
