#include "daemon/scheduler/guest_wait.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

// A guest that was never started before tells only after its boot that it has Tools.
constexpr auto vain_wait = milliseconds(120'000);

// How long a guest is waited for.
milliseconds wait_limit(const job_spec& spec) {
    std::int64_t asked = 0;
    milliseconds usual = std::chrono::hours(1);
    if (const auto* guest = std::get_if<customize_guest_spec>(&spec)) {
        asked = guest->guest_timeout_ms;
    } else if (const auto* power = std::get_if<power_on_spec>(&spec)) {
        asked = power->tools_timeout_ms;
        usual = std::chrono::minutes(15);
    }
    return asked > 0 ? milliseconds(asked) : usual;
}

job_update failed_with(error why) {
    std::string words(why.message());
    return {.kind = transition_event::failed_for_good,
            .detail = std::move(words),
            .said = std::move(why)};
}

}  // namespace

std::string awaited_by(const job_spec& spec) {
    const auto vm = one_line(source_of(spec), 100);
    if (std::holds_alternative<power_on_spec>(spec))
        return concat("VMware Tools to run in VM ", vm, ", which is powered on");
    return concat("the guest of VM ", vm, " to carry out its customization");
}

job_update on_wait_cancelled(const queued_job& job) {
    const auto why = concat("cancelled while it waited for ", awaited_by(job.spec));
    return {.kind = transition_event::was_cancelled,
            .detail = why,
            .said = error(errc::cancelled, why)};
}

std::optional<job_update> on_wait(const backends::task_status& status,
                                  const queued_job& job,
                                  milliseconds waited,
                                  wall_time now) {
    if (status.phase != backends::task_phase::running || !status.only_waits) return std::nullopt;
    if (job.progress.cancel_requested) return on_wait_cancelled(job);
    // A guest that is still being customized must not be given to the next job: its wait goes on.
    const bool only_looks = std::holds_alternative<power_on_spec>(job.spec);
    if (only_looks && job.deadline && now >= *job.deadline)
        return failed_with(
            {errc::deadline_exceeded,
             concat("the deadline passed while it waited for ", awaited_by(job.spec))});
    const auto most = wait_limit(job.spec);
    if (status.in_vain && waited >= std::min(most, vain_wait)) return failed_with(*status.in_vain);
    if (waited < most) return std::nullopt;
    auto why =
        concat("gave up after it had waited ", for_people(most), " for ", awaited_by(job.spec));
    if (!status.said.message().empty()) why += concat("; ", status.said.message());
    return failed_with({errc::deadline_exceeded, std::move(why)});
}

}  // namespace cloned::scheduler
