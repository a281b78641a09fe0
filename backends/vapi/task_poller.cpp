#include "backends/vapi/task_poller.hpp"

#include "backends/vapi/faults.hpp"
#include "base/fan_out.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace cloned::backends::vapi {
namespace {

constexpr std::size_t width = 4;
constexpr std::size_t max_confirmed_per_turn = 32;
constexpr std::size_t max_single_per_turn = 200;  // where nothing can be listed
constexpr int turns_without_list = 60;
constexpr std::size_t max_splits_per_turn = 32;
constexpr unsigned longest_pause = 32;  // turns in which a task that spoils lists is left out

// Some servers refuse a whole list because of one id in it, or because of too many matches.
bool is_about_the_list(const fault& what) {
    return what.type == "NOT_FOUND" || what.type == "INVALID_ARGUMENT" ||
           what.type == "RESOURCE_INACCESSIBLE";
}

// With a 500 they answer for one id as well (known of lists of VMs), or because all is ill.
bool may_be_about_the_list(const fault& what) {
    return to_read_error(what).code() == errc::upstream_failed;
}

// Others serve no list at all, or not to this account.
bool is_no_list_served(const fault& what) {
    return what.type == "UNAUTHORIZED" || what.type == "UNSUPPORTED" ||
           what.type == "OPERATION_NOT_FOUND";
}

}  // namespace

struct task_poller::turn {
    steady_time deadline{};
    std::vector<std::vector<std::string>> batches;
    std::unordered_map<std::string, task_status> known;
    std::vector<std::string> missing;
    std::unordered_map<std::string, error> untold;  // which list and question alike cannot tell of
    std::optional<error> trouble;
    std::size_t splits = 0;
    std::size_t first_splits = 0;  // so many before anything is answered
    bool anything = false;
    bool listed = false;   // a list was served
    bool refused = false;  // one was not, for good

    void note(error why) {
        if (!trouble) trouble = std::move(why);
    }
};

task<void> task_poller::list_one(turn& now, std::size_t index) {
    auto ask = wire_.list_tasks(now.batches[index]);
    ask.deadline = now.deadline;
    auto answer = co_await client_.send(std::move(ask));
    if (!answer) {
        now.note(answer.error());
        co_return;
    }
    const auto ids = std::move(now.batches[index]);
    if (!is_success(*answer)) {
        const auto what = read_fault(*answer);
        const bool shown_wrong = is_about_the_list(what);
        const auto most = now.anything || shown_wrong ? max_splits_per_turn : now.first_splits;
        if (is_no_list_served(what)) {
            now.refused = true;
            now.missing.insert(now.missing.end(), ids.begin(), ids.end());
        } else if (!shown_wrong && !may_be_about_the_list(what)) {
            now.note(to_read_error(what));
        } else if (ids.size() == 1) {
            now.refused |= shown_wrong;
            now.missing.push_back(ids.front());
        } else if (now.splits < most) {
            ++now.splits;
            const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
            now.batches.emplace_back(ids.begin(), middle);
            now.batches.emplace_back(middle, ids.end());
        } else {
            now.note(to_read_error(what));
        }
        co_return;
    }
    auto listed = wire_.read_list(answer->body);
    if (!listed) {
        now.note(not_understood(*answer, listed.error()));
        co_return;
    }
    now.anything = now.listed = true;
    std::unordered_map<std::string, task_status> by_id;
    for (auto& status : *listed) {
        auto id = status.task_id;
        by_id.insert_or_assign(std::move(id), std::move(status));
    }
    for (const auto& id : ids) {
        auto found = by_id.extract(id);
        if (found)
            now.known.insert(std::move(found));
        else if (!now.known.contains(id))
            now.missing.push_back(id);
    }
}

// A refused list adds its halves to the batches, which makes another round.
task<void> task_poller::list_all(turn& now) {
    std::size_t done = 0;
    while (done < now.batches.size()) {
        const auto first = done;
        const auto count = now.batches.size() - first;
        const std::function<task<void>(std::size_t)> body = [&](std::size_t i) {
            return list_one(now, first + i);
        };
        co_await fan_out(loop_, count, width, body);
        done = first + count;
    }
}

task<void> task_poller::confirm_one(turn& now, std::string id) {
    auto ask = wire_.get_task(id);
    ask.deadline = now.deadline;
    auto answer = co_await client_.send(std::move(ask));
    if (!answer) {
        now.note(answer.error());
        co_return;
    }
    if (is_success(*answer)) {
        auto status = wire_.read_task(id, answer->body);
        if (status) {
            now.anything = true;
            now.known.insert_or_assign(id, std::move(*status));
        } else {
            now.note(not_understood(*answer, status.error()));
        }
        co_return;
    }
    const auto what = read_fault(*answer);
    if (!what.structured || (answer->status != 404 && what.type != "NOT_FOUND")) {
        auto why = to_read_error(what);
        if (may_be_about_the_list(what)) now.untold.insert_or_assign(id, why);
        now.note(std::move(why));
        co_return;
    }
    now.anything = true;
    task_status gone;
    gone.task_id = id;
    gone.phase = task_phase::vanished;
    gone.said = to_error(what);
    now.known.insert_or_assign(id, std::move(gone));
}

task<void> task_poller::confirm_missing(turn& now) {
    if (now.missing.empty()) co_return;
    const auto start = confirm_from_ % now.missing.size();
    std::rotate(now.missing.begin(), now.missing.begin() + static_cast<std::ptrdiff_t>(start),
                now.missing.end());
    const auto most = now.listed ? max_confirmed_per_turn : max_single_per_turn;
    const auto count = std::min(now.missing.size(), most);
    confirm_from_ += count;
    const std::function<task<void>(std::size_t)> body = [&](std::size_t i) {
        return confirm_one(now, now.missing[i]);
    };
    co_await fan_out(loop_, count, width, body);
}

result<std::vector<task_status>> task_poller::statuses_of(std::vector<std::string> ids,
                                                          const turn& now) {
    if (!now.anything && now.trouble) return fail(*now.trouble);
    std::vector<task_status> out;
    out.reserve(ids.size());
    for (auto& id : ids) {
        const auto found = now.known.find(id);
        if (found != now.known.end()) {
            out.push_back(found->second);
        } else {
            auto& silent = out.emplace_back();
            const auto why = now.untold.find(id);
            if (why != now.untold.end()) silent.said = why->second;
            silent.task_id = std::move(id);
        }
    }
    return out;
}

// Those that are asked for in a list. Of the others each whose pause is over gets a list of its
// own.
std::vector<std::string> task_poller::without_spoilers(
    const std::vector<std::string>& ids, std::vector<std::vector<std::string>>& alone) {
    std::vector<std::string> out;
    std::map<std::string, pause_of_task> still;
    for (const auto& id : ids) {
        const auto known = spoilers_.find(id);
        if (known == spoilers_.end()) {
            out.push_back(id);
            continue;
        }
        auto& its = still[id] = known->second;
        if (its.left > 0)
            --its.left;
        else
            alone.emplace_back(1, id);
    }
    spoilers_ = std::move(still);
    return out;
}

// A task of which neither a list nor a question tells anything spoils lists, if others are told of.
void task_poller::remember(const turn& now) {
    for (const auto& [id, status] : now.known) spoilers_.erase(id);
    if (!now.anything) return;
    for (const auto& [id, why] : now.untold) {
        auto& its = spoilers_[id];
        its.span = std::clamp(its.span * 2, 2U, longest_pause);
        its.left = its.span;
    }
}

task<result<std::vector<task_status>>> task_poller::poll(std::vector<std::string> ids,
                                                         steady_time deadline) {
    turn now;
    now.deadline = deadline;
    if (singly_for_ > 0) {
        --singly_for_;
        now.missing = ids;
        co_await confirm_missing(now);
        co_return statuses_of(std::move(ids), now);
    }
    const auto together = without_spoilers(ids, now.batches);
    for (auto n = together.size(); n > 0; n /= 2) ++now.first_splits;
    for (std::span<const std::string> rest(together); !rest.empty();) {
        const auto n = std::clamp<std::size_t>(wire_.batch_size(rest), 1, rest.size());
        now.batches.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
        rest = rest.subspan(n);
    }
    co_await list_all(now);
    co_await confirm_missing(now);
    remember(now);
    // What is refused in each list and known by itself shows that it is the list.
    if (now.refused && !now.listed && now.anything) singly_for_ = turns_without_list;
    co_return statuses_of(std::move(ids), now);
}

}  // namespace cloned::backends::vapi
