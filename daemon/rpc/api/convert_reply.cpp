#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/error_details.hpp"
#include "daemon/rpc/api/resource_names.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/api/vendor_json.hpp"

#include <google/protobuf/util/json_util.h>

namespace cloned::rpc {
namespace {

// Texts that come from upstreams; a message of 500 events stays far below gRPC's usual 4 MiB.
constexpr std::size_t words_bytes_max = 2000;

v1::JobState api_state(job_state state) {
    return static_cast<v1::JobState>(static_cast<int>(state) + 1);
}

void write_time(wall_time time, google::protobuf::Timestamp& out) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    out.set_seconds(seconds.time_since_epoch().count());
    out.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1'000'000));
}

void write_span(std::int64_t ms, google::protobuf::Duration& out) {
    out.set_seconds(ms / 1000);
    out.set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
}

void write_placement(const placement& where, v1::Placement& out) {
    out.set_folder(where.folder);
    out.set_resource_pool(where.resource_pool);
    out.set_host(where.host);
    out.set_cluster(where.cluster);
    out.set_datastore(where.datastore);
}

template <class Spec, class Message>
void write_snapshot_operation(const Spec& spec, Message& out) {
    out.set_cluster(spec.cluster);
    out.set_vm(spec.vm);
    out.set_snapshot(spec.snapshot);
    out.set_name(spec.name);
    if (spec.where != placement()) write_placement(spec.where, *out.mutable_placement());
}

// The elements of a JSON array.
google::protobuf::RepeatedPtrField<google::protobuf::Value> objects_in(const std::string& array) {
    google::protobuf::ListValue list;
    if (!array.empty() && !google::protobuf::util::JsonStringToMessage(array, &list).ok())
        list.clear_values();
    return *list.mutable_values();
}

struct operation_writer {
    v1::JobSpec& out;

    void operator()(const vcenter_clone_spec& spec) const {
        auto& to = *out.mutable_vcenter_clone();
        to.set_source(spec.source);
        to.set_name(spec.name);
        if (spec.where != placement()) write_placement(spec.where, *to.mutable_placement());
        for (const auto& disk : spec.disks_to_remove) to.add_disks_to_remove(disk);
        for (const auto& [disk, datastore] : spec.disks_to_update) {
            auto* update = to.add_disks_to_update();
            update->set_disk(disk);
            update->set_datastore(datastore);
        }
        if (spec.power_on) to.set_power_on(*spec.power_on);
        to.set_guest_customization_spec(spec.guest_customization_spec);
    }
    void operator()(const linked_clone_spec& spec) const {
        write_snapshot_operation(spec, *out.mutable_linked_clone());
    }
    void operator()(const restore_spec& spec) const {
        write_snapshot_operation(spec, *out.mutable_restore());
    }
    void operator()(const power_on_spec& spec) const {
        out.mutable_power_on()->set_vm(spec.vm);
        out.mutable_power_on()->set_wait_for_tools(spec.wait_for_tools);
        if (spec.tools_timeout_ms > 0)
            write_span(spec.tools_timeout_ms, *out.mutable_power_on()->mutable_tools_timeout());
    }
    void operator()(const zstack_clone_spec& spec) const {
        auto& to = *out.mutable_zstack_clone();
        to.set_vm_instance_uuid(spec.vm_instance);
        to.set_name(spec.name);
        to.set_strategy(spec.strategy);
        if (spec.full) to.set_full(*spec.full);
        to.set_primary_storage_uuid_for_root_volume(spec.primary_storage_for_root_volume);
        to.set_primary_storage_uuid_for_data_volume(spec.primary_storage_for_data_volume);
        for (const auto& tag : spec.root_volume_system_tags) to.add_root_volume_system_tags(tag);
        for (const auto& tag : spec.data_volume_system_tags) to.add_data_volume_system_tags(tag);
        to.set_cluster_uuid(spec.cluster);
        to.set_host_uuid(spec.host);
        for (auto& nic : objects_in(spec.vm_nic_params))
            *to.add_vm_nic_params() = std::move(*nic.mutable_struct_value());
        for (const auto& tag : spec.system_tags) to.add_system_tags(tag);
        for (const auto& tag : spec.user_tags) to.add_user_tags(tag);
    }
    // What was stored came from such a message; should it not fit any more, it is shown as far as
    // it does.
    void operator()(const customize_guest_spec& spec) const {
        auto& to = *out.mutable_customize_guest();
        to.set_vm(spec.vm);
        from_vendor_json(spec.auth, *to.mutable_auth());
        from_vendor_json(spec.customization, *to.mutable_spec());
        for (const auto& param : objects_in(spec.config_params)) {
            std::string text;
            if (google::protobuf::util::MessageToJsonString(param, &text).ok())
                from_vendor_json(text, *to.add_config_params());
        }
        to.set_wait_for_guest(spec.wait_for_guest);
        if (spec.boot_grace_ms > 0) write_span(spec.boot_grace_ms, *to.mutable_boot_grace());
        if (spec.guest_timeout_ms > 0)
            write_span(spec.guest_timeout_ms, *to.mutable_guest_timeout());
    }
};

v1::Priority api_priority(job_priority priority) {
    switch (priority) {
        case job_priority::low:
            return v1::PRIORITY_LOW;
        case job_priority::normal:
            return v1::PRIORITY_NORMAL;
        case job_priority::high:
            return v1::PRIORITY_HIGH;
    }
    return v1::PRIORITY_UNSPECIFIED;
}

void write_counts(const state_counts& counts, v1::StateCounts& out) {
    out.set_blocked(counts[job_state::blocked]);
    out.set_queued(counts[job_state::queued]);
    out.set_submitting(counts[job_state::submitting]);
    out.set_running(counts[job_state::running]);
    out.set_in_doubt(counts[job_state::in_doubt]);
    out.set_needs_operator(counts[job_state::needs_operator]);
    out.set_succeeded(counts[job_state::succeeded]);
    out.set_failed(counts[job_state::failed]);
    out.set_cancelled(counts[job_state::cancelled]);
}

}  // namespace

void write_spec(const job_request& request, v1::JobSpec& out) {
    out.set_key(request.key);
    out.set_endpoint(request.endpoint);
    out.set_cluster(request.cluster);
    std::visit(operation_writer{out}, request.spec);
    out.set_priority(api_priority(request.priority));
    if (request.not_before) write_time(*request.not_before, *out.mutable_not_before());
    if (request.deadline) write_time(*request.deadline, *out.mutable_deadline());
    out.set_max_attempts(static_cast<std::int32_t>(request.max_attempts));
    for (const auto& [key, value] : request.labels) (*out.mutable_labels())[key] = value;
    out.set_after(request.after);
}

void write_job(const job_record& job, v1::Job& out) {
    const auto& progress = job.progress;
    out.set_name(format_job(job.batch_uid, job.request.key));
    write_spec(job.request, *out.mutable_spec());
    out.set_state(api_state(progress.state));
    out.set_done(is_ended(progress.state) || progress.state == job_state::needs_operator);
    // A job that succeeded in the end has no error, whatever its earlier attempts met.
    if (progress.last_error && progress.state != job_state::succeeded) {
        out.mutable_error()->set_code(rpc_code(progress.last_error->code()));
        out.mutable_error()->set_message(
            presentable(progress.last_error->message(), words_bytes_max));
    }
    out.set_vm(presentable(progress.vm, words_bytes_max));
    out.set_upstream_task(presentable(progress.task_id, words_bytes_max));
    out.set_attempt(static_cast<std::int32_t>(progress.attempt));
    out.set_lane(format_lane(job.lane));
    out.set_cancel_requested(progress.cancel_requested && !is_ended(progress.state));
    out.set_given_vm(job.given_vm);
    if (progress.state == job_state::blocked && progress.wake_at && *progress.wake_at != never)
        write_time(*progress.wake_at, *out.mutable_wake_time());
    write_time(job.accepted_at, *out.mutable_create_time());
    write_time(progress.changed_at, *out.mutable_update_time());
    if (job.ended_at) write_time(*job.ended_at, *out.mutable_end_time());
}

void write_explanation(const scheduler::explanation& why, v1::Job& out) {
    out.set_waiting_reason(presentable(why.waiting_reason, words_bytes_max));
    if (why.jobs_ahead) out.set_jobs_ahead(*why.jobs_ahead);
    if (why.estimated_end) write_time(*why.estimated_end, *out.mutable_estimated_end_time());
    if (why.percent) out.set_progress_percent(*why.percent);
}

void write_event(const history_entry& event, std::string_view batch_uid, v1::JobEvent& out) {
    out.set_job(format_job(batch_uid, event.key));
    out.set_from_state(api_state(event.from));
    out.set_state(api_state(event.to));
    write_time(event.at, *out.mutable_time());
    out.set_attempt(static_cast<std::int32_t>(event.attempt));
    out.set_vm(presentable(event.vm, words_bytes_max));
    out.set_detail(presentable(event.detail, words_bytes_max));
}

bool is_done(const batch_record& batch) {
    return batch.counts.ended() + batch.counts[job_state::needs_operator] >= batch.job_count;
}

v1::LeftoverPolicy write_policy(leftover_policy policy) {
    return policy == leftover_policy::leave ? v1::LEFTOVER_POLICY_LEAVE
                                            : v1::LEFTOVER_POLICY_ADOPT_IF_COMPLETE;
}

void write_batch(const batch_record& batch, v1::Batch& out) {
    out.set_name(format_batch(batch.uid));
    out.set_request_id(batch.request_id);
    out.set_display_name(batch.display_name);
    out.set_job_count(batch.job_count);
    write_counts(batch.counts, *out.mutable_counts());
    out.set_done(is_done(batch));
    write_time(batch.accepted_at, *out.mutable_create_time());
    if (batch.ended_at) write_time(*batch.ended_at, *out.mutable_end_time());
    out.set_tenant(batch.tenant);
    out.set_leftover_policy(write_policy(batch.leftovers));
}

void write_lane(const lane_status& status, v1::Lane& out) {
    const auto& lane = status.lane;
    out.set_name(format_lane(lane.id));
    out.set_endpoint(lane.key.endpoint);
    out.set_cluster(lane.key.cluster);
    out.set_kind(std::string(to_string(lane.key.kind)));
    out.set_limit(status.limit);
    out.set_limit_overridden(lane.settings.operator_limit.has_value());
    out.set_ceiling(status.ceiling);
    out.set_ceiling_learned(lane.settings.learned_ceiling.has_value());
    out.set_in_flight(status.in_flight);
    out.set_in_doubt(status.in_doubt);
    out.set_queued(status.queued);
    out.set_refusals(status.refusals);
    if (status.last_refusal_at)
        write_time(*status.last_refusal_at, *out.mutable_last_refusal_time());
    out.set_paused(lane.settings.paused);
    out.set_pause_reason(lane.settings.pause_reason);
    if (status.refused_since) {
        write_time(*status.refused_since, *out.mutable_refused_since_time());
        out.set_refused_reason(presentable(status.refused_words, words_bytes_max));
    }
    out.set_ceiling_scope(std::string(to_string(status.scope)));
    if (status.mean_duration) {
        const auto ms = status.mean_duration->count();
        out.mutable_mean_duration()->set_seconds(ms / 1000);
        out.mutable_mean_duration()->set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
    }
}

void write_endpoint(const endpoint_status& endpoint, v1::Endpoint& out) {
    out.set_name(format_endpoint(endpoint.info.name));
    out.set_kind(std::string(to_string(endpoint.info.kind)));
    out.set_address(endpoint.info.address);
    out.set_plain_http(endpoint.info.plain_http);
    out.set_available(endpoint.available);
    out.set_trouble(presentable(endpoint.trouble, words_bytes_max));
    out.set_in_flight(endpoint.in_flight);
    out.set_requests(endpoint.requests);
    if (endpoint.last_answer_at)
        write_time(*endpoint.last_answer_at, *out.mutable_last_answer_time());
}

}  // namespace cloned::rpc
