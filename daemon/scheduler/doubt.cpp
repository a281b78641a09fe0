#include "daemon/scheduler/doubt.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"

#include <algorithm>

namespace cloned::scheduler {

using backends::evidence;
using backends::is_definite;

doubt::verdict doubt::again(wall_time now, std::string why) {
    auto pause = limits_.first_pause * (std::int64_t{1} << std::min(looks_, 10));
    pause = std::min(pause, limits_.longest_pause);
    // No look before the request is dead can prove absence: the one right after it can.
    if (now < dead_by_) pause = std::min(pause, dead_by_ - now + milliseconds(1));
    ++looks_;
    return {.what = finding::look_again,
            .pause = std::max(pause, milliseconds(1)),
            .why = std::move(why)};
}

// What cannot be seen may be at work: that ends at the operator's, by the number of looks.
doubt::verdict doubt::consider_blindness(const evidence& seen, wall_time now) {
    first_absent_.reset();
    if (now < dead_by_) return again(now, seen.seen);
    const bool for_good = seen.tasks_refused && is_definite(seen.tasks_refused->code());
    ++blind_;
    if (blind_ < (for_good ? limits_.refused_looks : limits_.blind_looks))
        return again(now, seen.seen);
    return {.what = finding::unsettled,
            .why = concat("cannot be told by looking: ", seen.seen),
            .failure = seen.failure};
}

doubt::verdict doubt::consider_absence(const evidence& seen, wall_time now, bool nobody_works) {
    first_incomplete_.reset();
    if (seen.tasks_refused || seen.unexplained_tasks > 0) return consider_blindness(seen, now);
    blind_ = 0;
    if (now < dead_by_ || !nobody_works) {
        first_absent_.reset();
        return again(now, seen.seen);
    }
    if (!first_absent_ && guarded(guard::second_look)) {
        first_absent_ = now;
        return again(now, seen.seen);
    }
    if (first_absent_ && now <= *first_absent_) return again(now, seen.seen);
    if (first_absent_ && !seen.shows_made && now < *first_absent_ + limits_.untold_patience)
        return again(now, seen.seen);
    if (!seen.fresh_session) {
        if (++stale_ < limits_.blind_looks) return again(now, seen.seen);
        return {.what = finding::unsettled,
                .why = concat("no new session could be had to make sure: ", seen.seen)};
    }
    const bool foreign = seen.presence == evidence::vm_presence::foreign;
    return {.what = foreign ? finding::taken : finding::absent,
            .vm = seen.vm,
            .why = concat("looked twice: ", seen.seen),
            .failure = seen.failure};
}

doubt::verdict doubt::consider(const evidence& seen, wall_time now) {
    const auto& live = seen.candidate_tasks;
    // What was refused has shown nothing, neither that somebody works nor that nobody does.
    if (now >= dead_by_ && !seen.tasks_refused)
        suspects_ = suspects_ ? common_->of(*suspects_, live) : live;
    const bool nobody_works =
        live.empty() || (suspects_ && suspects_->empty()) || !guarded(guard::live_suspects);

    if (seen.presence == evidence::vm_presence::ambiguous) {
        if (!guarded(guard::ambiguous_to_operator))
            return {.what = finding::made, .vm = seen.vm, .why = seen.seen};
        // What is handed to the operator gives its slot back: nothing of it may be at work any
        // more.
        if (now >= dead_by_ && nobody_works && ++ambiguous_ >= limits_.ambiguous_looks)
            return {.what = finding::unsettled, .why = concat("ambiguous evidence: ", seen.seen)};
        return again(now, seen.seen);
    }
    ambiguous_ = 0;

    if (seen.presence == evidence::vm_presence::left_behind) {
        if (now < dead_by_ || !nobody_works) return again(now, seen.seen);
        return {.what = finding::left,
                .vm = seen.vm,
                .why = seen.seen,
                .failure = seen.failure,
                .left_complete = seen.left_complete};
    }
    if (seen.presence == evidence::vm_presence::foreign ||
        seen.presence == evidence::vm_presence::absent)
        return consider_absence(seen, now, nobody_works);

    first_absent_.reset();
    if (seen.is_made) return {.what = finding::made, .vm = seen.vm, .why = seen.seen};
    // Where the tasks are hidden, what is sent may still be on its way to be refused; and what
    // hides them for a moment must not be taken for their end.
    if (seen.tasks_refused) {
        if (now < dead_by_) return again(now, seen.seen);
        if (!is_definite(seen.tasks_refused->code()) && ++blind_ < limits_.refused_looks)
            return again(now, seen.seen);
    } else {
        blind_ = 0;
    }
    const bool finished =
        seen.presence == evidence::vm_presence::present || !guarded(guard::unfinished_vm);
    if (finished && nobody_works) return {.what = finding::made, .vm = seen.vm, .why = seen.seen};
    if (seen.presence == evidence::vm_presence::incomplete && nobody_works) {
        if (!first_incomplete_) first_incomplete_ = now;
        if (now - *first_incomplete_ >= limits_.incomplete_patience)
            return {.what = finding::unsettled,
                    .vm = seen.vm,
                    .why = concat("the VM is there but was never finished: ", seen.seen)};
    }
    return again(now, seen.seen);
}

}  // namespace cloned::scheduler
