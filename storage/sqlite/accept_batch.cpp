#include "storage/sqlite/accept_batch.hpp"

#include "base/text.hpp"
#include "model/chain.hpp"
#include "model/guard.hpp"
#include "storage/spec_codec.hpp"
#include "storage/sqlite/row_mapping.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace cloned::storage {

accept_rules::accept_rules(SQLite::Database& database, const accept_limits& limits)
    : limits_(limits),
      find_request_(database,
                    "SELECT b.batch_id, b.content_hash, b.uid FROM batches b "
                    "JOIN tenants t ON t.tenant_id = b.tenant_id "
                    "WHERE t.name = ? AND b.request_id = ?"),
      names_(database) {}

result<std::optional<batch_id>> accept_rules::find_earlier(const new_batch& batch) {
    if (!guarded(guard::request_repeated)) return std::optional<batch_id>();
    auto found = find_request_.run(batch.tenant, batch.request_id);
    if (!found.next()) return std::optional<batch_id>();
    if (found.view(1) != batch.content_hash)
        return fail(errc::already_exists,
                    concat("the request ", one_line(batch.request_id, 100),
                           " was accepted with other content as batches/", found.view(2)));
    return std::optional<batch_id>(batch_id{found.integer(0)});
}

batch_result<void> accept_rules::judge(const new_batch& batch, std::int64_t live) {
    if (auto formed = check_form(batch); !formed) return fail(std::move(formed.error()));
    if (auto room = check_room(batch, live); !room) return fail(std::move(room.error()));
    auto conflicts = names_.conflicts_of(batch);
    if (conflicts.empty()) return {};
    const auto others = conflicts.size() - 1;
    const auto more =
        others == 0 ? std::string() : concat(" (and ", std::to_string(others), " more like it)");
    error words(errc::already_exists, concat(conflicts.front().sentence, more));
    return tl::unexpected(batch_refusal(std::move(words), std::move(conflicts)));
}

result<void> accept_rules::check_form(const new_batch& batch) {
    if (batch.jobs.empty()) return fail(errc::invalid_argument, "the batch has no job");
    if (batch.uid.empty() || batch.tenant.empty() || batch.request_id.empty())
        return fail(errc::invalid_argument, "the batch lacks its uid, tenant or request_id");
    std::unordered_map<std::string_view, std::size_t> keys;
    std::vector<std::pair<std::size_t, std::string>> waiting;
    keys.reserve(batch.jobs.size());
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
        const auto& job = batch.jobs[i];
        if (!job.after.empty()) waiting.emplace_back(i, job.after);
        if (job.key.empty() || job.endpoint.empty() || job.cluster.empty())
            return fail(errc::invalid_argument, "a job lacks its key, endpoint or cluster");
        if (!keys.emplace(job.key, i).second)
            return fail(errc::invalid_argument, concat("two jobs of the batch have the key '",
                                                       one_line(job.key, 100), "'"));
    }
    const auto place_of = [&](const std::string& key) {
        const auto found = keys.find(key);
        return found == keys.end() ? std::nullopt : std::optional(found->second);
    };
    const auto wrong = chain_problems(waiting, place_of);
    if (wrong.empty()) return {};
    return fail(errc::invalid_argument,
                concat("the 'after' of job '", one_line(batch.jobs[wrong.front().first].key, 100),
                       "' ", wrong.front().second));
}

result<void> accept_rules::check_room(const new_batch& batch, std::int64_t live) const {
    if (live + static_cast<std::int64_t>(batch.jobs.size()) > limits_.max_unfinished_jobs)
        return fail(errc::resource_exhausted,
                    concat("the limit of ", std::to_string(limits_.max_unfinished_jobs),
                           " jobs that have not ended is reached"));
    struct statvfs room{};
    if (limits_.min_free_bytes <= 0 || ::statvfs(limits_.folder.c_str(), &room) != 0) return {};
    const auto free_mib = static_cast<std::int64_t>(room.f_bavail * (room.f_frsize / 512) / 2048);
    const auto wanted_mib = limits_.min_free_bytes >> 20;
    if (free_mib >= wanted_mib) return {};
    return fail(errc::unavailable,
                concat("no new jobs are accepted: the database's file system has ",
                       std::to_string(free_mib), " MiB free of the ", std::to_string(wanted_mib),
                       " MiB that are kept for the jobs at hand"));
}

struct accept_batch::progress {
    batch_id batch;
    tenant_id tenant;
    job_id first_job;
    std::vector<lane_id> lane_of;  // by index in the batch's jobs
    std::vector<lane_id> distinct_lanes;
    std::vector<std::int64_t> inventory_of;
    std::map<queue_key, queue_length> queued;
    state_counts counts;
    std::optional<wall_time> next_wake;
};

accept_batch::accept_batch(SQLite::Database& database,
                           write_transaction& transaction,
                           const accept_limits& limits)
    : transaction_(transaction),
      rules_(database, limits),
      add_batch_(database,
                 "INSERT INTO batches (batch_id, uid, tenant_id, request_id, content_hash, "
                 "display_name, first_job, job_count, accepted_at_ms, blocked, queued, submitting, "
                 "running, in_doubt, needs_operator, succeeded, failed, cancelled, leftovers) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, ?)"),
      add_job_(database,
               "INSERT INTO jobs (job_id, batch_id, key, spec, labels, not_before_ms, "
               "max_attempts) VALUES (?, ?, ?, ?, ?, ?, ?)"),
      add_state_(database,
                 "INSERT INTO job_state (job_id, batch_id, lane_id, tenant_id, priority, state, "
                 "fence, attempt, cancel_requested, task, vm, wake_at_ms, deadline_ms, "
                 "changed_at_ms, inventory_id, vm_name, vm_folder) "
                 "VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, '', '', ?, ?, ?, ?, ?, ?)"),
      find_batch_(database,
                  concat("SELECT ",
                         batch_columns,
                         "FROM batches b JOIN tenants t ON t.tenant_id = b.tenant_id "
                         "WHERE b.batch_id = ?")
                      .c_str()),
      add_batch_lane_(database, "INSERT INTO batch_lanes (lane_id, batch_id) VALUES (?, ?)"),
      add_chain_(database,
                 "INSERT INTO chains (job_id, after_job, needs_vm, vm) VALUES (?, ?, ?, '')"),
      find_lanes_(database,
                  concat("SELECT ",
                         lane_columns,
                         "FROM lanes l WHERE EXISTS (SELECT 1 FROM batch_lanes x "
                         "WHERE x.lane_id = l.lane_id AND x.batch_id = ?) "
                         "ORDER BY l.lane_id")
                      .c_str()) {}

batch_result<accepted_batch> accept_batch::run(const new_batch& batch) {
    auto earlier = rules_.find_earlier(batch);
    if (!earlier) return fail(std::move(earlier.error()));
    if (*earlier) return repeat(**earlier);
    auto verdict = rules_.judge(batch, transaction_.unfinished_jobs_now());
    if (!verdict) return tl::unexpected(std::move(verdict.error()));
    return write(batch);
}

batch_result<accepted_batch> accept_batch::repeat(batch_id earlier) {
    accepted_batch answer;
    {
        auto found = find_batch_.run(earlier);
        if (!found.next()) return fail(errc::internal, "a batch disappeared while it was read");
        answer.batch = read_batch(found);
    }
    answer.lanes = lanes_of(earlier);
    return answer;
}

batch_result<accepted_batch> accept_batch::write(const new_batch& batch) {
    progress so_far;
    const auto tenant = transaction_.names().tenant(batch.tenant);
    if (!tenant) return fail(tenant.error());
    so_far.tenant = *tenant;
    if (auto resolved = resolve_lanes(batch, so_far); !resolved)
        return fail(std::move(resolved.error()));
    const auto count = static_cast<std::int64_t>(batch.jobs.size());
    so_far.batch = transaction_.take_batch();
    so_far.first_job = transaction_.take_jobs(count);
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) write_job(batch, i, so_far);
    write_chains(batch, so_far);
    write_batch_row(batch, so_far);
    transaction_.accepted(count);
    transaction_.note_change();

    accepted_batch answer;
    answer.created = true;
    answer.batch =
        batch_record{so_far.batch,       batch.uid,        batch.tenant,   batch.request_id,
                     batch.display_name, so_far.first_job, count,          so_far.counts,
                     batch.at,           std::nullopt,     batch.leftovers};
    answer.lanes = lanes_of(so_far.batch);
    for (auto& [key, length] : so_far.queued) {
        transaction_.queued(key, length.jobs);
        answer.queued.push_back(length);
    }
    answer.next_wake = so_far.next_wake;
    return answer;
}

result<void> accept_batch::resolve_lanes(const new_batch& batch, progress& so_far) {
    so_far.lane_of.reserve(batch.jobs.size());
    so_far.inventory_of.reserve(batch.jobs.size());
    const job_request* previous = nullptr;
    for (const auto& job : batch.jobs) {
        // Neighbours are mostly alike.
        if (previous != nullptr && previous->endpoint == job.endpoint &&
            previous->cluster == job.cluster && previous->spec.index() == job.spec.index()) {
            so_far.lane_of.push_back(so_far.lane_of.back());
            so_far.inventory_of.push_back(so_far.inventory_of.back());
            continue;
        }
        const lane_key key{job.endpoint, job.cluster, kind_of(job.spec)};
        const auto lane = transaction_.names().lane(key);
        if (!lane) return fail(lane.error());
        so_far.lane_of.push_back(*lane);
        so_far.inventory_of.push_back(
            transaction_.names().inventory(inventory_of(batch, job.endpoint)));
        auto& distinct = so_far.distinct_lanes;
        if (std::find(distinct.begin(), distinct.end(), *lane) == distinct.end())
            distinct.push_back(*lane);
        previous = &job;
    }
    return {};
}

void accept_batch::write_job(const new_batch& batch, std::size_t index, progress& so_far) {
    const auto& job = batch.jobs[index];
    const job_id id{so_far.first_job.value + static_cast<std::int64_t>(index)};
    const bool chained = !job.after.empty();
    const bool early = job.not_before && *job.not_before > batch.at;
    const auto state = early || chained ? job_state::blocked : job_state::queued;
    add_job_.execute(id, so_far.batch, job.key, encode_spec(job.spec), encode_labels(job.labels),
                     job.not_before, job.max_attempts);

    const auto lane = so_far.lane_of[index];
    const auto wake_at = chained ? std::optional(never) : early ? job.not_before : std::nullopt;
    const auto identity = identity_of(job.spec);
    if (identity.name.empty())
        add_state_.execute(id, so_far.batch, lane, so_far.tenant, job.priority, state, wake_at,
                           job.deadline, batch.at, nullptr, nullptr, nullptr);
    else
        add_state_.execute(id, so_far.batch, lane, so_far.tenant, job.priority, state, wake_at,
                           job.deadline, batch.at, so_far.inventory_of[index], identity.name,
                           identity.folder);

    ++so_far.counts[state];
    if (chained) return;
    if (early) {
        so_far.next_wake = std::min(so_far.next_wake.value_or(*wake_at), *wake_at);
        return;
    }
    const queue_key key{lane, so_far.tenant, job.priority};
    auto& length = so_far.queued.try_emplace(key, queue_length{key, 0, id.value}).first->second;
    ++length.jobs;
}

void accept_batch::write_chains(const new_batch& batch, const progress& so_far) {
    std::unordered_map<std::string_view, std::int64_t> ids;
    const auto id_at = [&](std::size_t i) {
        return so_far.first_job.value + static_cast<std::int64_t>(i);
    };
    const auto is_chained = [](const job_request& job) { return !job.after.empty(); };
    if (std::none_of(batch.jobs.begin(), batch.jobs.end(), is_chained)) return;
    ids.reserve(batch.jobs.size());
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) ids.emplace(batch.jobs[i].key, id_at(i));
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
        const auto& job = batch.jobs[i];
        if (!is_chained(job)) continue;
        const bool needs_vm = source_of(job.spec).empty();
        add_chain_.execute(id_at(i), ids.at(job.after), needs_vm);
    }
}

void accept_batch::write_batch_row(const new_batch& batch, const progress& so_far) {
    add_batch_.execute(so_far.batch, batch.uid, so_far.tenant, batch.request_id, batch.content_hash,
                       batch.display_name, so_far.first_job, batch.jobs.size(), batch.at,
                       so_far.counts[job_state::blocked], so_far.counts[job_state::queued],
                       static_cast<std::int64_t>(batch.leftovers));
    for (const auto lane : so_far.distinct_lanes) add_batch_lane_.execute(lane, so_far.batch);
}

std::vector<lane_record> accept_batch::lanes_of(batch_id batch) {
    std::vector<lane_record> lanes;
    auto found = find_lanes_.run(batch);
    while (found.next()) lanes.push_back(read_lane(found));
    return lanes;
}

}  // namespace cloned::storage
