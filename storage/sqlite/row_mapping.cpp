#include "storage/sqlite/row_mapping.hpp"

#include "storage/spec_codec.hpp"

namespace cloned::storage {

job_kind read_kind(const rows& row, int column) {
    const auto kind = job_kind_from_string(row.view(column));
    if (!kind) throw store_failure(error(errc::internal, "the database holds an unknown job kind"));
    return *kind;
}

lane_record read_lane(const rows& row) {
    lane_record lane;
    lane.id = lane_id{row.integer(0)};
    lane.key = lane_key{row.text(1), row.text(2), read_kind(row, 3)};
    lane.settings.paused = row.flag(4);
    lane.settings.pause_reason = row.text(5);
    lane.settings.operator_limit = row.integer_if_set(6);
    lane.settings.learned_ceiling = row.integer_if_set(7);
    return lane;
}

batch_record read_batch(const rows& row) {
    batch_record batch;
    batch.id = batch_id{row.integer(0)};
    batch.uid = row.text(1);
    batch.tenant = row.text(2);
    batch.request_id = row.text(3);
    batch.display_name = row.text(4);
    batch.first_job = job_id{row.integer(5)};
    batch.job_count = row.integer(6);
    batch.accepted_at = row.time(7);
    batch.ended_at = row.time_if_set(8);
    for (std::size_t i = 0; i < job_state_count; ++i)
        batch.counts.of[i] = row.integer(9 + static_cast<int>(i));
    batch.leftovers = static_cast<leftover_policy>(row.integer(9 + job_state_count));
    return batch;
}

job_progress read_progress(const rows& row, int first) {
    job_progress progress;
    progress.state = row.state(first);
    progress.fence = row.integer(first + 1);
    progress.attempt = static_cast<std::uint32_t>(row.integer(first + 2));
    progress.cancel_requested = row.flag(first + 3);
    progress.task_id = row.text(first + 4);
    progress.vm = row.text(first + 5);
    if (!row.null(first + 6))
        progress.last_error = error(errc_from_string(row.view(first + 6)), row.text(first + 7));
    progress.wake_at = row.time_if_set(first + 8);
    progress.sent_at = row.time_if_set(first + 9);
    progress.changed_at = row.time(first + 10);
    return progress;
}

queued_job read_queued_job(const rows& row) {
    queued_job job;
    job.id = job_id{row.integer(0)};
    job.lane = lane_id{row.integer(1)};
    job.tenant = tenant_id{row.integer(2)};
    job.priority = static_cast<job_priority>(row.integer(3));
    auto spec = decode_spec(read_kind(row, 4), row.view(5));
    if (!spec) throw store_failure(std::move(spec.error()));
    job.spec = std::move(*spec);
    job.max_attempts = static_cast<std::uint32_t>(row.integer(6));
    job.deadline = row.time_if_set(7);
    job.accepted_at = row.time(8);
    job.progress = read_progress(row, 9);
    job.ready_at = job.accepted_at;
    job.suspect = !row.null(22);
    job.leftovers = static_cast<leftover_policy>(row.integer(23));
    if (row.null(20)) return job;
    if (source_of(job.spec).empty()) set_source(job.spec, row.text(20));
    job.ready_at = row.time_if_set(21).value_or(job.accepted_at);
    return job;
}

}  // namespace cloned::storage
