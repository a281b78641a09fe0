#include "tests/rpc/fake_batch_store.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace cloned::rpc::test {
void fake_batch_store::move_job(const std::string& batch_uid,
                                const std::string& key,
                                job_state to,
                                const std::string& detail) {
    auto& batch = batches_.at(batch_uid);
    for (auto& [id, job] : jobs_) {
        if (job.batch_uid != batch_uid || job.request.key != key) continue;
        history_entry event;
        event.id.value = static_cast<std::int64_t>(events_.size()) + 1;
        event.job = job.id;
        event.key = key;
        event.from = job.progress.state;
        event.to = to;
        event.detail = detail;
        --batch.counts[event.from];
        ++batch.counts[to];
        job.progress.state = to;
        events_.push_back(event);
        if (listener_) listener_(event.id);
        return;
    }
    CLONED_CHECK(false, "the test names a job that is not there");
}

storage::batch_result<void> fake_batch_store::verdict(const storage::new_batch& batch) const {
    if (refusal) return fail(*refusal);
    std::set<std::string> taken;
    for (const auto& [id, job] : jobs_)
        if (!is_ended(job.progress.state)) taken.insert(identity_of(job.request.spec).name);
    storage::name_conflicts conflicts;
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
        const auto name = identity_of(batch.jobs[i].spec).name;
        if (name.empty() || taken.insert(name).second) continue;
        conflicts.push_back({i, "the name " + name + " is in use"});
    }
    if (conflicts.empty()) return {};
    error words(errc::already_exists, "names are in use");
    return tl::unexpected(storage::batch_refusal(std::move(words), std::move(conflicts)));
}

storage::accepted_batch fake_batch_store::keep(storage::new_batch batch) {
    storage::accepted_batch out;
    out.created = true;
    auto& record = out.batch;
    record.id.value = static_cast<std::int64_t>(batches_.size()) + 1;
    record.uid = batch.uid;
    record.tenant = batch.tenant;
    record.request_id = batch.request_id;
    record.display_name = batch.display_name;
    record.first_job.value = static_cast<std::int64_t>(jobs_.size()) + 1;
    record.job_count = static_cast<std::int64_t>(batch.jobs.size());
    record.counts[job_state::queued] = record.job_count;
    record.accepted_at = batch.at;
    for (auto& request : batch.jobs) {
        job_record job;
        job.id.value = static_cast<std::int64_t>(jobs_.size()) + 1;
        job.batch = record.id;
        job.batch_uid = batch.uid;
        job.tenant = batch.tenant;
        job.lane.value = 1 + static_cast<std::int64_t>(kind_of(request.spec));
        job.request = std::move(request);
        job.accepted_at = batch.at;
        jobs_.emplace(job.id.value, std::move(job));
    }
    batches_[record.uid] = record;
    requests_[{batch.tenant, batch.request_id}] = known_request{batch.content_hash, batch.uid};
    return out;
}

task<storage::batch_result<storage::accepted_batch>> fake_batch_store::accept(
    storage::new_batch batch) {
    if (before_accept) before_accept();
    const auto earlier = requests_.find({batch.tenant, batch.request_id});
    if (earlier != requests_.end()) {
        if (earlier->second.content_hash != batch.content_hash)
            co_return fail(errc::already_exists, "the request_id was used for other content");
        storage::accepted_batch out;
        out.batch = batches_.at(earlier->second.batch_uid);
        co_return out;
    }
    if (auto good = verdict(batch); !good) co_return tl::unexpected(std::move(good.error()));
    ++accepted;
    co_return keep(std::move(batch));
}

task<storage::batch_result<void>> fake_batch_store::check(storage::new_batch batch) {
    ++checked;
    co_return verdict(batch);
}

task<result<batch_record>> fake_batch_store::find_batch(std::string uid) {
    const auto found = batches_.find(uid);
    if (found == batches_.end()) co_return fail(errc::not_found, "no such batch");
    co_return found->second;
}

task<result<batch_record>> fake_batch_store::find_request(std::string tenant,
                                                          std::string request_id,
                                                          std::string content_hash) {
    const auto found = requests_.find({tenant, request_id});
    if (found == requests_.end() || forget_requests) co_return fail(errc::not_found, "none");
    if (found->second.content_hash != content_hash)
        co_return fail(errc::not_found, "other content");
    co_return batches_.at(found->second.batch_uid);
}

task<result<std::vector<batch_record>>> fake_batch_store::list_batches(storage::batch_filter filter,
                                                                       batch_id before,
                                                                       std::size_t limit) {
    std::vector<batch_record> out;
    for (const auto& [uid, batch] : batches_) {
        if (batch.tenant != filter.tenant || batch.id >= before) continue;
        const bool ended = batch.counts.ended() == batch.job_count;
        if (!filter.ended || *filter.ended == ended) out.push_back(batch);
    }
    std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.id > b.id; });
    if (out.size() > limit) out.resize(limit);
    co_return out;
}

task<result<job_record>> fake_batch_store::find_job(std::string batch_uid, std::string key) {
    for (const auto& [id, job] : jobs_)
        if (job.batch_uid == batch_uid && job.request.key == key) co_return job;
    co_return fail(errc::not_found, "no such job");
}

task<result<job_record>> fake_batch_store::find_job(job_id id) {
    const auto found = jobs_.find(id.value);
    if (found == jobs_.end()) co_return fail(errc::not_found, "no such job");
    co_return found->second;
}

task<result<std::vector<job_record>>> fake_batch_store::list_jobs(storage::job_filter filter,
                                                                  job_id after,
                                                                  std::size_t limit) {
    std::vector<job_record> out;
    for (auto at = jobs_.upper_bound(after.value); at != jobs_.end() && out.size() < limit; ++at) {
        const auto& job = at->second;
        if (!filter.tenant.empty() && job.tenant != filter.tenant) continue;
        if (!filter.batch_uid.empty() && job.batch_uid != filter.batch_uid) continue;
        if (filter.lane && job.lane != *filter.lane) continue;
        const auto& states = filter.states;
        if (!states.empty() &&
            std::find(states.begin(), states.end(), job.progress.state) == states.end())
            continue;
        out.push_back(job);
    }
    co_return out;
}

task<result<std::vector<history_entry>>> fake_batch_store::history(job_id job, std::size_t limit) {
    std::vector<history_entry> out;
    for (const auto& event : events_)
        if (event.job == job) out.push_back(event);
    if (out.size() > limit) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(limit));
    co_return out;
}

task<result<storage::event_page>> fake_batch_store::events_after(event_id after,
                                                                 job_id first,
                                                                 std::int64_t count,
                                                                 std::size_t limit) {
    ++event_reads;
    storage::event_page page;
    page.upto = after;
    for (auto i = static_cast<std::size_t>(after.value); i < events_.size(); ++i) {
        if (page.events.size() == limit) break;
        const auto& event = events_[i];
        page.upto = event.id;
        if (event.job.value >= first.value && event.job.value - first.value < count)
            page.events.push_back(event);
    }
    co_return page;
}

task<result<event_id>> fake_batch_store::last_event() {
    event_id last;
    last.value = static_cast<std::int64_t>(events_.size());
    co_return last;
}

void fake_batch_store::on_commit(std::function<void(event_id last)> listener) {
    listener_ = std::move(listener);
}

}  // namespace cloned::rpc::test
