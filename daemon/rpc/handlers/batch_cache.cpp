#include "daemon/rpc/handlers/batch_cache.hpp"

namespace cloned::rpc {
namespace {

// A few hundred bytes each.
constexpr std::size_t known_max = 10'000;

}  // namespace

std::shared_ptr<const batch_identity> batch_cache::known(job_id job) const {
    auto at = by_first_job_.upper_bound(job.value);
    if (at == by_first_job_.begin()) return nullptr;
    --at;
    const auto& batch = at->second;
    return job.value < batch->first_job + batch->job_count ? batch : nullptr;
}

task<result<std::shared_ptr<const batch_identity>>> batch_cache::find(job_id job) {
    if (auto batch = known(job)) co_return batch;
    auto record = co_await store_.find_job(job);
    if (!record) co_return fail(record.error());
    auto batch = co_await store_.find_batch(record->batch_uid);
    if (!batch) co_return fail(batch.error());
    auto identity = std::make_shared<batch_identity>();
    identity->uid = batch->uid;
    identity->tenant = batch->tenant;
    identity->first_job = batch->first_job.value;
    identity->job_count = batch->job_count;
    std::shared_ptr<const batch_identity> found = std::move(identity);
    // The events of old batches are rare; starting anew is simpler than aging.
    if (by_first_job_.size() >= known_max) by_first_job_.clear();
    by_first_job_[found->first_job] = found;
    co_return found;
}

}  // namespace cloned::rpc
