#include "daemon/scheduler/name_check.hpp"

#include "base/check.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <set>

namespace cloned::scheduler {
namespace {

constexpr auto long_wait = std::chrono::hours(1);

// The upstream has understood the question and refuses it: one bad name, or a folder that it does
// not let us see, must not hold up everybody else.
bool is_about_a_name(errc code) {
    return code == errc::invalid_argument || code == errc::not_found;
}

}  // namespace

std::optional<std::string> name_check::take_known(const vm_identity& who) {
    const auto node = known_.extract(key_of(who));
    if (!node || clock_.now() - node.mapped().asked_at >= good_for) return std::nullopt;
    return node.mapped().vm;
}

void name_check::forget_old() {
    const auto now = clock_.now();
    std::erase_if(known_, [&](const auto& one) { return now - one.second.asked_at >= good_for; });
}

void name_check::answer(question& to, result<std::string> with) {
    to.answer = std::move(with);
    if (to.bell != nullptr) to.bell->wake();
}

task<result<std::string>> name_check::occupant(vm_identity who) {
    if (auto vm = take_known(who)) co_return std::move(*vm);
    const auto bell = clock_.make_alarm();
    auto mine = std::make_shared<question>();
    mine->who = std::move(who);
    mine->bell = bell.get();
    struct leave {
        question& from;
        ~leave() { from.bell = nullptr; }
    };
    const leave guard{*mine};
    waiting_.push_back(mine);
    if (!looking_) {
        looking_ = true;
        group_.spawn("names", look_up());
    }
    while (!mine->answer) co_await bell->sleep_until(clock_.now() + long_wait);
    co_return std::move(*mine->answer);
}

task<void> name_check::look_up() {
    while (!waiting_.empty()) {
        // Those who are picked in the same turn come into the same lookup.
        co_await asio::post(loop_, use_task);
        std::vector<question_ref> asked;
        const auto count = std::min(names_max, waiting_.size());
        asked.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
        co_await look_up_for(std::move(asked));
    }
    // Not where this is cancelled: nobody is sent any more then.
    looking_ = false;
}

std::vector<vm_identity> name_check::names_for(const std::vector<question_ref>& asked) {
    std::vector<vm_identity> names;
    std::set<key> taken;
    for (const auto& one : asked) {
        names.push_back(one->who);
        taken.insert(key_of(one->who));
    }
    // Some of those who come next may be known already.
    for (auto& who : next_(2 * names_max)) {
        if (names.size() >= names_max) break;
        const auto which = key_of(who);
        if (who.name.empty() || known_.contains(which) || !taken.insert(which).second) continue;
        names.push_back(std::move(who));
    }
    return names;
}

task<void> name_check::look_up_for(std::vector<question_ref> asked) {
    forget_old();
    // An earlier lookup may have foretold one who was waiting already: that is not for the next of
    // his name, who comes when the name is taken.
    for (const auto& one : asked) known_.erase(key_of(one->who));
    auto names = names_for(asked);
    std::vector<key> keys;
    for (const auto& name : names) keys.push_back(key_of(name));
    const auto asked_at = clock_.now();
    auto seen = co_await link_.backend().find_by_name(std::move(names));
    if (!seen && is_about_a_name(seen.error().code())) {
        co_await look_up_alone(std::move(asked));
        co_return;
    }
    if (!seen) {
        link_.did_not_answer(seen.error(), group_);
        for (const auto& one : asked) answer(*one, fail(seen.error()));
        co_return;
    }
    // An inventory of another server answers for itself alone: it must not keep the breaker closed
    // while every job that it lets pass fails to be sent.
    if (link_.info().inventory == link_.info().name) link_.answered();
    CLONED_CHECK(seen->size() == keys.size(), "a backend tells of each name");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i < asked.size())
            answer(*asked[i], std::move((*seen)[i]));
        else
            known_.insert_or_assign(keys[i], finding{std::move((*seen)[i]), asked_at});
    }
}

task<void> name_check::look_up_alone(std::vector<question_ref> asked) {
    for (const auto& one : asked) {
        std::vector<vm_identity> alone(1, one->who);
        auto seen = co_await link_.backend().find_by_name(std::move(alone));
        if (!seen && !is_about_a_name(seen.error().code()))
            link_.did_not_answer(seen.error(), group_);
        if (!seen)
            answer(*one, fail(seen.error()));
        else
            answer(*one, std::move(seen->front()));
    }
}

}  // namespace cloned::scheduler
