#include "daemon/rpc/handlers/job_handlers.hpp"

#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/text_rules.hpp"

namespace cloned::rpc {
namespace {

constexpr std::size_t history_max = 100;

}  // namespace

failure unknown(std::string_view what, std::string_view name) {
    return failure(errc::not_found, concat("there is no ", what, " ", presentable(name, 150)));
}

task<outcome<batch_record>> job_handlers::find_batch(std::string tenant,
                                                     std::string name,
                                                     std::string field) {
    const auto uid = parse_batch(name);
    if (!uid) co_return refuse(invalid(std::move(field), "must have the form batches/{uuid}"));
    auto batch = co_await store_.find_batch(*uid);
    if (!batch && batch.error().code() != errc::not_found)
        co_return refuse(failure_from(batch.error()));
    if (!batch || batch->tenant != tenant) co_return refuse(unknown("batch", name));
    co_return std::move(*batch);
}

task<outcome<job_record>> job_handlers::find_job(std::string tenant, std::string name) {
    const auto path = parse_job(name);
    if (!path) co_return refuse(invalid("name", "must have the form batches/{uuid}/jobs/{key}"));
    auto job = co_await store_.find_job(path->batch, path->key);
    if (!job && job.error().code() != errc::not_found) co_return refuse(failure_from(job.error()));
    if (!job || job->tenant != tenant) co_return refuse(unknown("job", name));
    co_return std::move(*job);
}

task<outcome<v1::Batch>> job_handlers::get_batch(std::string tenant, v1::GetBatchRequest request) {
    auto batch = co_await find_batch(std::move(tenant), request.name(), "name");
    if (!batch) co_return refuse(batch.error());
    v1::Batch answer;
    write_batch(*batch, answer);
    co_return answer;
}

task<outcome<v1::Job>> job_handlers::get_job(std::string tenant, v1::GetJobRequest request) {
    auto job = co_await find_job(std::move(tenant), request.name());
    if (!job) co_return refuse(job.error());
    auto history = co_await store_.history(job->id, history_max);
    if (!history) co_return refuse(failure_from(history.error()));
    const auto why = co_await control_.explain(*job);
    v1::Job answer;
    write_job(*job, answer);
    write_explanation(why, answer);
    for (const auto& event : *history) write_event(event, job->batch_uid, *answer.add_history());
    co_return answer;
}

task<outcome<v1::Job>> job_handlers::cancel_job(std::string tenant, v1::CancelJobRequest request) {
    auto job = co_await find_job(tenant, request.name());
    if (!job) co_return refuse(job.error());
    const auto done = co_await control_.cancel(job->id);
    if (!done) co_return refuse(failure_from(done.error()));
    auto now = co_await find_job(std::move(tenant), request.name());
    if (!now) co_return refuse(now.error());
    v1::Job answer;
    write_job(*now, answer);
    co_return answer;
}

task<outcome<v1::CancelBatchResponse>> job_handlers::cancel_batch(std::string tenant,
                                                                  v1::CancelBatchRequest request) {
    auto batch = co_await find_batch(tenant, request.name(), "name");
    if (!batch) co_return refuse(batch.error());
    const auto tally = co_await control_.cancel_batch(batch->id);
    if (!tally) co_return refuse(failure_from(tally.error()));
    auto now = co_await find_batch(std::move(tenant), request.name(), "name");
    if (!now) co_return refuse(now.error());
    v1::CancelBatchResponse answer;
    write_batch(*now, *answer.mutable_batch());
    answer.set_cancelled_count(tally->cancelled);
    answer.set_requested_count(tally->requested);
    answer.set_unaffected_count(tally->unaffected);
    co_return answer;
}

task<outcome<v1::RetryBatchResponse>> job_handlers::retry_batch(std::string tenant,
                                                                v1::RetryBatchRequest request) {
    auto batch = co_await find_batch(tenant, request.name(), "name");
    if (!batch) co_return refuse(batch.error());
    const auto retried = co_await control_.retry_batch(batch->id, request.include_cancelled());
    if (!retried) co_return refuse(failure_from(retried.error()));
    auto now = co_await find_batch(std::move(tenant), request.name(), "name");
    if (!now) co_return refuse(now.error());
    v1::RetryBatchResponse answer;
    write_batch(*now, *answer.mutable_batch());
    answer.set_retried_count(*retried);
    co_return answer;
}

}  // namespace cloned::rpc
