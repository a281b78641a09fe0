#include "daemon/scheduler/doubt.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"

#include <algorithm>

namespace cloned::scheduler {

using backends::evidence;

doubt::verdict doubt::again(wall_time now, std::string why) {
    auto pause = limits_.first_pause * (std::int64_t{1} << std::min(looks_, 10));
    pause = std::min(pause, limits_.longest_pause);
    // No look before the request is dead can prove absence: the one right after it can.
    if (now < dead_by_) pause = std::min(pause, dead_by_ - now + milliseconds(1));
    ++looks_;
    return {finding::look_again, std::max(pause, milliseconds(1)), {}, std::move(why)};
}

doubt::verdict doubt::consider(const evidence& seen, wall_time now) {
    const std::set<std::string> live(seen.candidate_tasks.begin(), seen.candidate_tasks.end());
    if (now >= dead_by_) {
        if (!suspects_) {
            suspects_ = live;
        } else {
            std::erase_if(*suspects_, [&](const auto& t) { return !live.contains(t); });
        }
    }
    const bool nobody_works =
        live.empty() || (suspects_ && suspects_->empty()) || !guarded(guard::live_suspects);

    if (seen.presence == evidence::vm_presence::ambiguous) {
        if (!guarded(guard::ambiguous_to_operator)) return {finding::made, {}, seen.vm, seen.seen};
        // What is handed to the operator gives its slot back: nothing of it may be at work any
        // more.
        if (now >= dead_by_ && nobody_works && ++ambiguous_ >= limits_.ambiguous_looks)
            return {finding::unsettled, {}, {}, concat("ambiguous evidence: ", seen.seen)};
        return again(now, seen.seen);
    }
    ambiguous_ = 0;

    const bool foreign = seen.presence == evidence::vm_presence::foreign;
    if (foreign || seen.presence == evidence::vm_presence::absent) {
        first_incomplete_.reset();
        if (now < dead_by_ || !nobody_works) {
            first_absent_.reset();
            return again(now, seen.seen);
        }
        if (!first_absent_ && guarded(guard::second_look)) {
            first_absent_ = now;
            return again(now, seen.seen);
        }
        if ((first_absent_ && now <= *first_absent_) || !seen.fresh_session)
            return again(now, seen.seen);
        const auto what = foreign ? finding::taken : finding::absent;
        return {what, {}, seen.vm, concat("looked twice: ", seen.seen)};
    }

    first_absent_.reset();
    const bool finished =
        seen.presence == evidence::vm_presence::present || !guarded(guard::unfinished_vm);
    if (finished && nobody_works) return {finding::made, {}, seen.vm, seen.seen};
    if (seen.presence == evidence::vm_presence::incomplete && nobody_works) {
        if (!first_incomplete_) first_incomplete_ = now;
        if (now - *first_incomplete_ >= limits_.incomplete_patience)
            return {finding::unsettled,
                    {},
                    seen.vm,
                    concat("the VM is there but was never finished: ", seen.seen)};
    }
    return again(now, seen.seen);
}

}  // namespace cloned::scheduler
