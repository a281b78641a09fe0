#pragma once

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task_group.hpp"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cloned {

// Gathers the questions of many askers, asks for a batch of them in one request, and hands out the
// answers.
//
// Threads:      the loop thread only.
// Errors:       a request that fails is the answer to each question in it, unless the policy wants
//               each of them to be asked alone.
// Cancellation: an asker leaves; the request goes on for the others, and a question that has not
//               been asked by then never is. The requests run in `group`: once that is cancelled,
//               no asker gets an answer any more, so cancel the askers too.
// Lifetime:     outlives every resumption of its askers and of the group's tasks; they may be
//               destroyed after it.
template <class Question, class Answer>
class coalescer {
public:
    using answers = result<std::vector<Answer>>;
    struct limits {
        std::size_t most = 1;    // questions in one request
        std::size_t width = 1;   // requests at a time
        milliseconds gather{0};  // before the first request; 0: the rest of this turn of the loop
        milliseconds pause{0};   // between two requests, in which the next batch gathers
    };
    struct policy {
        const char* name;  // of the task, for messages
        // One answer for each question, in their order. `alone`: a batch has failed because of one
        // question, and nothing else may come into this request.
        std::function<task<answers>(std::vector<Question> asked, bool alone)> request;
        std::function<limits()> limit;
        // A request for so many has failed: may one question be to blame, so that each is asked
        // again, alone?
        bool (*one_spoils_all)(errc why, std::size_t asked);
    };

    coalescer(clock& time, task_group& group, policy how)
        : clock_(time), group_(group), policy_(std::move(how)) {}
    coalescer(const coalescer&) = delete;
    coalescer& operator=(const coalescer&) = delete;

    task<result<Answer>> ask(Question what) {
        const auto mine = std::make_shared<asker>();
        mine->question = std::move(what);
        mine->wakes = clock_.make_alarm();
        waiting_.push_back(mine);
        const auto runners = static_cast<std::size_t>(runner_.use_count()) - 1;
        if (runners < policy_.limit().width) group_.spawn(policy_.name, run(runner_));
        while (!mine->answer)
            co_await mine->wakes->sleep_until(clock_.now() + std::chrono::hours(1));
        co_return std::move(*mine->answer);
    }

private:
    // Shared with the request that it is in; its own task may leave at any time.
    struct asker {
        Question question;
        std::unique_ptr<alarm> wakes;
        std::optional<result<Answer>> answer;
    };
    using batch = std::vector<std::shared_ptr<asker>>;
    struct runner {};

    // Asks until nobody waits. Counted by what it holds, however it ends.
    task<void> run(std::shared_ptr<const runner> counted) {
        const auto count_until_the_end = std::move(counted);
        const auto sleeper = clock_.make_alarm();
        for (auto span = policy_.limit().gather;; span = policy_.limit().pause) {
            // In any case those who ask in the same turn come into the same request.
            co_await asio::post(use_task);
            if (span > milliseconds(0)) co_await sleeper->sleep_until(clock_.now() + span);
            auto next = take();
            if (next.empty()) co_return;
            co_await ask_for(std::move(next), false);
        }
    }

    batch take() {
        batch out;
        const auto most = policy_.limit().most;
        while (out.size() < most && !waiting_.empty()) {
            if (auto one = waiting_.front().lock()) out.push_back(std::move(one));
            waiting_.pop_front();
        }
        return out;
    }

    task<void> ask_for(batch askers, bool alone) {
        std::vector<Question> asked;
        for (const auto& one : askers) asked.push_back(one->question);
        auto seen = co_await policy_.request(std::move(asked), alone);
        if (!seen && !alone && policy_.one_spoils_all(seen.error().code(), askers.size())) {
            for (auto& one : askers) {
                batch single(1, std::move(one));
                co_await ask_for(std::move(single), true);
            }
            co_return;
        }
        CLONED_CHECK(!seen || seen->size() == askers.size(), "each question has an answer");
        for (std::size_t i = 0; i < askers.size(); ++i) {
            auto& one = *askers[i];
            one.answer = seen ? result<Answer>(std::move((*seen)[i])) : fail(seen.error());
            one.wakes->wake();
        }
    }

    // Constant after construction
    clock& clock_;
    task_group& group_;
    policy policy_;
    // Loop thread only
    std::deque<std::weak_ptr<asker>> waiting_;  // who has left is gone
    std::shared_ptr<const runner> runner_ = std::make_shared<const runner>();
};

}  // namespace cloned
