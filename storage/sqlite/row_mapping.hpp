#pragma once

#include "model/lane.hpp"
#include "storage/sqlite/statement.hpp"

#include <string>

// The shapes of the rows that more than one query reads: its columns, and what they become.
namespace cloned::storage {

inline constexpr const char* lane_columns =
    "l.lane_id, l.endpoint, l.cluster, l.kind, l.paused, l.pause_reason, l.operator_limit, "
    "l.learned_ceiling ";
lane_record read_lane(const rows& row);

// From batches b and tenants t.
inline constexpr const char* batch_columns =
    "b.batch_id, b.uid, t.name, b.request_id, b.display_name, b.first_job, b.job_count, "
    "b.accepted_at_ms, b.ended_at_ms, b.blocked, b.queued, b.submitting, b.running, b.in_doubt, "
    "b.needs_operator, b.succeeded, b.failed, b.cancelled, b.leftovers ";
batch_record read_batch(const rows& row);

// From job_state s, jobs j, batches b, lanes l and chains c. The VM that an earlier job has made
// stands in the spec.
inline constexpr const char* queued_job_columns =
    "s.job_id, s.lane_id, s.tenant_id, s.priority, l.kind, j.spec, j.max_attempts, s.deadline_ms, "
    "b.accepted_at_ms, s.state, s.fence, s.attempt, s.cancel_requested, s.task, s.vm, "
    "s.error_code, s.error_text, s.wake_at_ms, s.sent_at_ms, s.changed_at_ms, c.vm, "
    "c.released_at_ms, "
    "x.job_id, b.leftovers ";
inline constexpr const char* queued_job_joins =
    "JOIN jobs j ON j.job_id = s.job_id JOIN batches b ON b.batch_id = s.batch_id "
    "JOIN lanes l ON l.lane_id = s.lane_id LEFT JOIN chains c ON c.job_id = s.job_id "
    "LEFT JOIN suspects x ON x.job_id = s.job_id ";
queued_job read_queued_job(const rows& row);

// The columns of job_progress, the first of which is number `first`.
job_progress read_progress(const rows& row, int first);

job_kind read_kind(const rows& row, int column);

}  // namespace cloned::storage
