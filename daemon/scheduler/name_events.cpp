#include "daemon/scheduler/name_events.hpp"

#include "base/text.hpp"

namespace cloned::scheduler {
namespace {

// One name that the upstream cannot look up is asked for ever more rarely.
constexpr backoff_options unheard_pace{milliseconds(10'000), milliseconds(300'000),
                                       milliseconds(5'000)};

}  // namespace

job_update on_name_taken(const backends::occupant& by, const queued_job& job) {
    const auto name = one_line(identity_of(job.spec).name, 100);
    const auto vm = one_line(by.vm, 100);
    if (was_doubted(job)) {
        // An earlier attempt of ours was in doubt: this may well be its VM.
        const auto why = concat("not sent again: VM ", vm, " named ", name,
                                " is there, perhaps by an earlier attempt");
        return in_doubt_because(why, why);
    }
    // The name was free before an attempt: what that one has failed of is told instead.
    const auto& before = job.progress.last_error;
    const bool left_it = !job.progress.vm.empty() && backends::is_same_id(job.progress.vm, by.vm);
    const bool ours = left_it || !job.progress.task_id.empty();
    // `aborted`: perhaps by a lookup that could not tell, and no attempt.
    if (before && before->code() != errc::already_exists &&
        (ours || before->code() != errc::aborted)) {
        const std::string_view since =
            ours ? " is there since an attempt of this job failed: "
                 : " is there, perhaps left by an attempt of this job; the last one failed: ";
        // Told before, after an earlier try: the cause stays in sight.
        const auto why =
            before->message().starts_with("not sent again: ")
                ? before->message()
                : concat("not sent again: VM ", vm, " named ", name, since, before->message());
        if (ours && job.leftovers == leftover_policy::adopt_if_complete)
            return in_doubt_because(why, before->message());
        job_update as{.kind = transition_event::name_unusable,
                      .detail = why,
                      .said = error(before->code(), why)};
        if (ours) as.vm = by.vm;
        return as;
    }
    const auto why = concat("the name is taken: VM ", vm, " named ", name,
                            " was there before the job was sent", by.where);
    return {.kind = transition_event::name_unusable,
            .detail = why,
            .said = error(errc::already_exists, why)};
}

job_update on_name_refused(const error& said) {
    return {.kind = transition_event::name_unusable,
            .detail = concat("its name cannot be looked up: ", said.message()),
            .said = said};
}

job_update on_name_unheard(const error& said,
                           std::uint32_t times,
                           const queued_job& job,
                           const pause_source& pauses) {
    constexpr std::string_view sentence = "whether its name is free cannot be found out: ";
    const auto why = concat(sentence, said.message());
    job_update what{.kind = transition_event::refused_until,
                    .detail = why,
                    .said = error(errc::aborted, why),
                    .pause = backoff(unheard_pace, times, pauses.random)};
    // What an earlier attempt has ended with must not be forgotten for it.
    const auto& before = job.progress.last_error;
    if (!before || before->code() == errc::aborted) return what;
    const auto& words = before->message();
    const auto kept = words.substr(0, words.find(concat("; ", sentence)));
    what.said = error(before->code(), concat(kept, "; ", why));
    return what;
}

}  // namespace cloned::scheduler
