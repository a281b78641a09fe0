#pragma once

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task_group.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloned {

enum class spoiling : std::uint8_t {
    no,       // the request failed for all of its questions alike
    perhaps,  // because of one of them, or because the upstream is in trouble
    surely,   // because of one of them: the upstream has understood it and refuses
};

// How many requests a search for one culprit among `count` costs: two halves at each level.
inline std::size_t halvings(std::size_t count) {
    std::size_t out = 0;
    for (; count > 0; count /= 2) out += 2;
    return out;
}

// Gathers the questions of many askers, asks for a batch of them in one request, and hands out the
// answers. Where a request fails because of one question in it, the halves are asked, and so on,
// until that question stands alone; it is then asked alone for a while, so that it spoils no other.
//
// Threads:      the loop thread only.
// Errors:       a request that fails is the answer to each question in it, unless one of them may
// be
//               to blame. A question that alone is to blame gets the request's error; where the
//               upstream itself is in trouble, `unavailable` with its words.
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
        // Tells questions apart.
        std::function<std::string(const Question&)> key;
        // Is one question in a request to blame if it fails so?
        spoiling (*spoils)(errc why);
        // A batch is through, of which so many were not known to spoil requests: `trouble` is the
        // last failure in it, if there was one, and `served` whether anything was answered. False:
        // the upstream itself is in trouble.
        std::function<task<bool>(bool served, std::size_t asked, std::optional<error> trouble)>
            heard;
        bool asks_for_more = false;  // may request() ask for more than it is given, unless alone?
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
    // The questions of one batch that are still to be asked, and how.
    struct search {
        std::deque<batch> parts;
        batch apart;             // known to spoil requests
        std::size_t fresh = 0;   // questions that are not
        std::size_t spent = 0;   // requests
        std::size_t cost = 0;    // of finding one culprit, in requests
        std::size_t budget = 0;  // requests, once something was served
        bool served = false;
        bool sampled = false;
        bool over = false;   // nothing is to be learned from the rest
        bool alone = false;  // nothing else may come into the next request
        std::optional<error> trouble;
        std::vector<std::pair<std::shared_ptr<asker>, error>> failed;
    };
    static constexpr std::size_t max_requests = 128;  // for one batch
    static constexpr std::size_t max_apart = 16;
    static constexpr std::size_t sampled_after = 7;  // two halves, four quarters: all failed
    static constexpr std::size_t max_spoilers = 10'000;
    static constexpr milliseconds spoils_for{600'000};

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
            co_await ask_for(std::move(next));
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

    task<void> ask_for(batch askers) {
        auto now = begin(std::move(askers));
        while (!now.parts.empty()) {
            if (!now.served && now.spent >= sampled_after) sample(now);
            auto part = next_part(now);
            if (is_over(now, part))
                give_up(now, std::move(part));
            else
                co_await ask_part(now, std::move(part));
        }
        for (auto& one : now.apart) {
            batch single(1, std::move(one));
            if (now.over || now.spent >= max_requests)
                give_up(now, std::move(single));
            else
                co_await ask_part(now, std::move(single));
        }
        auto trouble = now.trouble;
        const bool well = co_await policy_.heard(now.served, now.fresh, std::move(trouble));
        for (auto& [one, why] : now.failed) {
            const auto blame = policy_.spoils(why.code());
            if (blame == spoiling::surely || (blame == spoiling::perhaps && well))
                remember(one->question);
            else
                why = error(errc::unavailable, why.message());
            answer(*one, fail(std::move(why)));
        }
    }

    search begin(batch askers) {
        search now;
        batch together;
        for (auto& one : askers) {
            const bool apart = now.apart.size() < max_apart && is_spoiler(one->question);
            (apart ? now.apart : together).push_back(std::move(one));
        }
        now.fresh = together.size();
        now.cost = halvings(now.fresh);
        now.alone = together.empty() || !policy_.asks_for_more;
        if (!together.empty()) now.parts.push_back(std::move(together));
        return now;
    }

    // The large ones first until something is served; then one culprit after the other.
    batch next_part(search& now) {
        auto out = std::move(now.served ? now.parts.back() : now.parts.front());
        if (now.served)
            now.parts.pop_back();
        else
            now.parts.pop_front();
        return out;
    }

    // Where large parts all fail, single questions tell many culprits from an upstream in trouble.
    void sample(search& now) {
        if (std::exchange(now.sampled, true)) return;
        std::vector<batch> singles;
        for (auto& part : now.parts) {
            if (part.size() < 2) continue;
            singles.emplace_back(1, std::move(part.back()));
            part.pop_back();
        }
        for (auto& one : singles) now.parts.push_front(std::move(one));
    }

    bool is_over(const search& now, const batch& part) const {
        if (now.over || now.spent >= max_requests) return true;
        return now.served ? now.budget == 0 : now.sampled && part.size() > 1;
    }

    void give_up(search& now, batch part) {
        const error why(errc::unavailable, now.trouble ? now.trouble->message() : std::string());
        for (auto& one : part) now.failed.emplace_back(std::move(one), why);
    }

    task<void> ask_part(search& now, batch part) {
        std::vector<Question> asked;
        for (const auto& one : part) asked.push_back(one->question);
        const bool alone = std::exchange(now.alone, true);
        ++now.spent;
        if (now.budget > 0) --now.budget;
        auto seen = co_await policy_.request(std::move(asked), alone);
        CLONED_CHECK(!seen || seen->size() == part.size(), "each question has an answer");
        if (seen) {
            if (!std::exchange(now.served, true)) now.budget = now.cost;
            for (std::size_t i = 0; i < part.size(); ++i) {
                spoilers_.erase(policy_.key(part[i]->question));
                answer(*part[i], std::move((*seen)[i]));
            }
            co_return;
        }
        now.trouble = seen.error();
        now.over = policy_.spoils(seen.error().code()) == spoiling::no;
        if (!now.over && (part.size() > 1 || !alone)) {
            split(now, std::move(part));
            co_return;
        }
        if (!now.over && now.served) now.budget += now.cost;
        for (auto& one : part) now.failed.emplace_back(std::move(one), seen.error());
    }

    void split(search& now, batch part) {
        // Something that was not asked for may have come into the request of a single one.
        const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
        batch second(middle, part.end());
        batch first(part.begin(), middle);
        if (!first.empty()) now.parts.push_back(std::move(first));
        now.parts.push_back(std::move(second));
    }

    void answer(asker& one, result<Answer> with) {
        one.answer = std::move(with);
        one.wakes->wake();
    }

    bool is_spoiler(const Question& what) const {
        const auto known = spoilers_.find(policy_.key(what));
        return known != spoilers_.end() && clock_.now() < known->second;
    }

    void remember(const Question& what) {
        if (spoilers_.size() >= max_spoilers) spoilers_.clear();
        spoilers_.insert_or_assign(policy_.key(what), clock_.now() + spoils_for);
    }

    // Constant after construction
    clock& clock_;
    task_group& group_;
    policy policy_;
    // Loop thread only
    std::map<std::string, steady_time> spoilers_;  // by key: until when they are asked alone
    std::deque<std::weak_ptr<asker>> waiting_;     // who has left is gone
    std::shared_ptr<const runner> runner_ = std::make_shared<const runner>();
};

}  // namespace cloned
