// The life of a job, with a byte for each event that comes upon it.
#include "base/check.hpp"
#include "model/transition.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace {

using namespace cloned;
using enum transition_event;

constexpr std::uint32_t attempts_max = 20;

template <std::size_t N>
bool is_one_of(transition_event event, const std::array<transition_event, N>& list) {
    return std::find(list.begin(), list.end(), event) != list.end();
}

// What an upstream said, or what was seen there.
constexpr std::array evidence{task_known,     refused,         refused_until, failed_for_good,
                              failed_for_now, outcome_unknown, done,          proven_absent,
                              unsettled,      was_cancelled};
// Of that, what shows that nothing was done, so that it may be sent again.
constexpr std::array undone{refused, refused_until, failed_for_now, proven_absent};
constexpr std::array operators_words{adopted, abandoned, look_again};

// A job as its records have it.
struct life {
    job_progress job;
    std::uint32_t max_attempts = 1;

    void meet(transition_event event) {
        const auto to = next(job, max_attempts, event);
        if (!to) return;
        check(event, *to);
        job.state = to->to;
        job.attempt = to->attempt;
        if (event == cancel_asked) job.cancel_requested = true;
        if (event == retry_asked) job.cancel_requested = false;
    }

private:
    void check(transition_event event, const transition& to) const {
        check_attempts(event, to);
        check_ends(event, to);
        if (holds_slot(job.state)) check_slot(event, to);
        if (job.state == job_state::needs_operator)
            CLONED_CHECK(is_one_of(event, operators_words), "only the operator decides");
        if (to.to == job_state::submitting && job.state != job_state::submitting)
            CLONED_CHECK(event == slot_given && job.state == job_state::queued,
                         "sent without a slot");
        if (to.to == job_state::needs_operator)
            CLONED_CHECK(job.state == job_state::in_doubt, "an operator is asked without a doubt");
        if (job.cancel_requested && event != retry_asked)
            CLONED_CHECK(to.to != job_state::queued && to.to != job_state::blocked,
                         "a job that nobody wants is sent again");
    }

    void check_attempts(transition_event event, const transition& to) const {
        CLONED_CHECK(to.attempt <= max_attempts, "more attempts than it may have");
        CLONED_CHECK(to.attempt <= job.attempt + 1, "two attempts were charged at once");
        CLONED_CHECK(to.attempt <= job.attempt || event == slot_given,
                     "only sending is an attempt");
        CLONED_CHECK(
            to.attempt == job.attempt ||
                is_one_of(event, std::array{slot_given, refused, refused_until, retry_asked}),
            "an attempt was given back");
        CLONED_CHECK(to.pause == (to.to == job_state::blocked), "a pause is for what waits");
        CLONED_CHECK(!to.exhausted || (to.to == job_state::failed && to.attempt == max_attempts),
                     "exhausted with attempts left");
    }

    void check_ends(transition_event event, const transition& to) const {
        if (is_ended(job.state)) {
            CLONED_CHECK(job.state != job_state::succeeded, "a success is the end");
            CLONED_CHECK(event == retry_asked, "an ended job moves only when it is wanted again");
        }
        if (to.to == job_state::succeeded)
            CLONED_CHECK(event == done || event == adopted, "a success that nobody told");
        if (to.to == job_state::cancelled)
            CLONED_CHECK(event == cancel_asked || job.cancel_requested, "cancelled without a wish");
    }

    void check_slot(transition_event event, const transition& to) const {
        if (event == cancel_asked) {
            CLONED_CHECK(to.to == job.state, "a wish does not end what is with the upstream");
            return;
        }
        CLONED_CHECK(is_one_of(event, evidence), "a slot was left without evidence");
        if (to.to == job_state::queued || to.to == job_state::blocked)
            CLONED_CHECK(is_one_of(event, undone),
                         "sent again without knowing that it was not done");
        if (event == outcome_unknown)
            CLONED_CHECK(to.to == job_state::in_doubt, "an unknown outcome is a doubt");
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    life one;
    one.max_attempts = data[0] % attempts_max + 1;
    if ((data[0] & 0x80U) != 0) one.job.state = job_state::blocked;
    for (std::size_t i = 1; i < size; ++i)
        one.meet(static_cast<transition_event>(data[i] % transition_event_count));
    return 0;
}
