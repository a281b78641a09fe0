#pragma once

#include "backends/known_tasks.hpp"
#include "backends/task_ids.hpp"
#include "base/async.hpp"
#include "base/result.hpp"
#include "model/job.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cloned::backends {

// What is sent, and a name for it in the upstream's logs.
struct submission {
    job_spec spec;
    std::string operation_id;  // sent in the correlation headers; no secret
    // The task id that we chose and that is on disk (chooses_task); jobs that share a call have the
    // same one.
    std::string task_id;
    bool repeated = false;  // an earlier request with this task id may have reached the upstream
};

// --- what can come back from a submit

struct started {
    std::string task_id;
};

// Done within the call; there is no task to poll.
struct finished {
    std::string vm;
};

enum class refusal : std::uint8_t {
    not_sent,   // no connection, no TLS, no session: nothing reached the upstream
    capacity,   // too many operations of this kind in this cluster
    busy,       // the source or the service is busy; a later try may succeed
    not_ready,  // the guest may still be booting; later tries may succeed, for a while
};

// Certainly not started; a repeat cannot make a second VM. Charges no attempt.
struct refused {
    refusal why = refusal::not_sent;
    error said;
    std::optional<milliseconds> retry_after;
};

// Certainly not done. `later`: a later attempt may succeed (bounded, charged).
struct failed {
    error said;
    bool later = false;
};

// Sent, or perhaps sent, and not known to have failed.
struct uncertain {
    error said;
    // It answered that it is not available: if nothing was begun, that was a refusal.
    bool unavailable = false;
};

using submit_outcome = std::variant<started, finished, refused, failed, uncertain>;

// --- what a poll tells

enum class task_phase : std::uint8_t {
    pending,  // not begun; the upstream queues it
    running,
    succeeded,
    failed,
    vanished,  // the upstream does not know this task (any more): the outcome is in doubt
    refused,   // turned away after all, as from submit(); nothing was done
};

struct task_status {
    std::string task_id;
    task_phase phase = task_phase::running;
    std::string vm;  // succeeded: the VM's id, where the upstream tells it
    // failed, refused: the upstream's words; only_waits: why the guest may be at work in vain
    error said;
    bool later = false;               // failed: a later attempt may succeed
    refusal why = refusal::not_sent;  // refused
    bool cancelled = false;           // failed because somebody cancelled it
    // running: the upstream has done its part, and only the guest is waited for. Such a wait is
    // ours to end.
    bool only_waits = false;
    std::optional<error> in_vain;  // running: why that wait will hardly come to an end
    std::optional<int> percent;
};

// --- evidence about a job whose outcome is not known

struct evidence_query {
    job_spec spec;
    wall_time sent_at{};
    wall_time now{};  // of the look
    // Tasks of this endpoint that are known to be of other attempts of ours, live and ended ones;
    // null: none.
    std::shared_ptr<const known_tasks> others;
    std::int64_t job = -1;  // whose tasks of earlier attempts are among them as well
    std::string task_id;    // of the attempt in doubt, where it is known
    // The look is to be made with a session that began later than that, see
    // evidence::fresh_session.
    std::optional<steady_time> session_after;

    bool is_own(std::string_view task) const {
        return !task_id.empty() && is_same_id(task, task_id);
    }
    // Of an earlier attempt of the same job?
    bool is_earlier(std::string_view task) const {
        return others && !is_own(task) && others->job_of(task) == job;
    }
    // Of another job, or of an earlier attempt?
    bool is_anothers(std::string_view task) const {
        return others && !is_own(task) && others->contains(task);
    }
};

// One look at the upstream.
struct evidence {
    enum class vm_presence : std::uint8_t {
        absent,
        present,      // there, and complete as far as the listing shows
        incomplete,   // there, but without its configuration: still being made, or left behind
        ambiguous,    // more than one candidate, or it cannot be told who made it
        foreign,      // there, and the upstream shows that something else than this job made it
        left_behind,  // there, and the upstream shows that an attempt of ours failed and left it
    };
    vm_presence presence = vm_presence::absent;
    std::string vm;
    // Live tasks that may be the job's: all that are not positively another's. While one of them
    // lives, absence proves nothing.
    task_ids candidate_tasks;
    // A task of the job, or one that began after it was sent, shows that it has made this VM: what
    // else is at work does not matter.
    bool is_made = false;
    // The tasks that have succeeded are shown; else a VM that they have made may be missing in a
    // list that lags, for as long as that lasts.
    bool shows_made = true;
    // Tasks that have succeeded since, that nobody of ours accounts for, and whose VM cannot be
    // seen: one of them may have made the job's.
    std::size_t unexplained_tasks = 0;
    std::string seen;  // what was seen, in one sentence for an operator
    // Why the upstream does not show its tasks. What cannot be seen can be at work: then absence
    // proves nothing.
    std::optional<error> tasks_refused;
    // left_behind: why the attempt failed. absent: what the only task says that has failed since
    // and may be the job's.
    std::optional<error> failure;
    bool left_complete = false;  // left_behind: the VM has its configuration
    // Made with such a session as was asked for: a session may be shown less than there is, and
    // must not confirm itself. False: it could not be had yet.
    bool fresh_session = true;
    // The attempt's own task, where the upstream still knows it: it settles everything, and the
    // rest is not looked at.
    std::optional<task_status> own_task;
};

// In the place of a VM's id.
inline constexpr std::string_view several_vms = "(several)";

// Of a failed request: is that an answer, which does not change by being asked for again?
constexpr bool is_definite(errc code) {
    return code == errc::invalid_argument || code == errc::not_found ||
           code == errc::permission_denied || code == errc::failed_precondition;
}

// Who bears a name already.
struct occupant {
    std::string vm;  // empty: nobody; several_vms: not one alone
    // Where it was looked for, if the job does not say so: a clause for an operator, with the blank
    // before it.
    std::string where;
    bool sure = true;  // false: it may lie elsewhere than the job's VM would; later more is known

    friend bool operator==(const occupant&, const occupant&) = default;
};

enum class cancel_outcome : std::uint8_t {
    asked,
    too_late,
    unsupported,
    only_waits,  // there is nothing left to cancel but our own wait, see task_status
};

// One upstream server.
//
// Threads:      the loop thread only.
// Errors:       submit() never fails otherwise than by its outcome. The others: `unavailable` and
//               `in_doubt` mean that the upstream did not answer (reads may simply be repeated);
//               `upstream_failed`, `protocol_error`, `unauthenticated`, `permission_denied` carry
//               its words.
// Cancellation: a submit that is cancelled after its first byte left counts as uncertain for the
//               caller; the exception of the cancellation is all that it gets.
// Time:         each call ends within the endpoint's request timeout, logins included.
class backend {
public:
    virtual ~backend() = default;

    virtual task<submit_outcome> submit(submission what) = 0;

    // Jobs that may share a call (may_share_call, endpoint_info::names_per_call) in one; an outcome
    // for each, in their order. One after the other where the upstream cannot.
    virtual task<std::vector<submit_outcome>> submit_together(std::vector<submission> what) {
        std::vector<submit_outcome> outcomes;
        outcomes.reserve(what.size());
        for (auto& one : what) {
            auto outcome = co_await submit(std::move(one));
            outcomes.push_back(std::move(outcome));
        }
        co_return outcomes;
    }

    // One entry per task asked for, in any order; as few requests as the upstream allows.
    virtual task<result<std::vector<task_status>>> poll(std::vector<std::string> tasks) = 0;

    virtual task<result<evidence>> look(evidence_query query) = 0;

    // How many jobs look_together() looks for with about as many requests as for one.
    virtual std::size_t looks_together_max() const { return 1; }

    // look() for each, in their order; fails as a whole. One after the other where the upstream has
    // no better way.
    virtual task<result<std::vector<evidence>>> look_together(std::vector<evidence_query> queries) {
        std::vector<evidence> all;
        all.reserve(queries.size());
        for (auto& query : queries) {
            auto one = co_await look(std::move(query));
            if (!one) co_return fail(one.error());
            all.push_back(std::move(*one));
        }
        co_return all;
    }

    // Are the names of the VMs that jobs of this kind make unique in their folders, so that one
    // that is there before is in the way, and can find_by_name() tell?
    virtual bool has_unique_names(job_kind) const { return false; }

    // Who bears these names already. As few requests as the upstream allows; fails as a whole.
    virtual task<result<std::vector<occupant>>> find_by_name(std::vector<vm_identity> names) {
        static_cast<void>(names);
        co_return fail(errc::internal, "this upstream is not asked for names");
    }

    virtual task<result<cancel_outcome>> cancel(std::string task_id) = 0;

    // Does the upstream list operations of this kind that have not ended, by anyone? Asked
    // when it refuses for lack of capacity although nothing of ours is at work.
    virtual task<result<bool>> anyone_at_work(job_kind kind) = 0;

    // A cheap read that shows whether the upstream answers and accepts our credentials.
    virtual task<result<void>> probe() = 0;

    // The same for an operator: a login that was refused is not put off any longer.
    virtual task<result<void>> log_in() { return probe(); }
    // What the configuration says now is used from the next login on.
    virtual void use_secret(std::string secret) { secret.clear(); }

    // Logs out. Best effort, bounded in time.
    virtual task<void> close() = 0;

    // Requests sent since the start, logins included.
    virtual std::int64_t requests_sent() const = 0;
};

}  // namespace cloned::backends
