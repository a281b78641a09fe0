#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"

namespace cloned::rpc {
namespace {

// The paths of the fields in conflict; they need the jobs, which the store takes away.
class field_namer {
public:
    explicit field_namer(const std::vector<job_request>& jobs) {
        kinds_.reserve(jobs.size());
        for (const auto& job : jobs) kinds_.push_back(kind_of(job.spec));
    }

    std::string field_of(std::size_t job) const {
        const auto kind = job < kinds_.size() ? to_string(kinds_[job]) : "";
        return concat("jobs[", std::to_string(job), "].", kind, ".name");
    }

private:
    std::vector<job_kind> kinds_;
};

// A VM name that is in use is a FAILED_PRECONDITION: the other job has to end first. ALREADY_EXISTS
// is left for the one thing that the API promises by it, a request_id that was used before.
failure refused_names(const storage::name_conflicts& conflicts, const field_namer& namer) {
    problem_list problems;
    for (const auto& conflict : conflicts) {
        if (problems.full())
            problems.count_one();
        else
            problems.add(namer.field_of(conflict.job), conflict.sentence);
    }
    failure why = invalid(problems);
    why.code = errc::failed_precondition;
    why.reason = "VM_NAME_TAKEN";
    return why;
}

failure refused(const storage::batch_refusal& why, const field_namer& namer) {
    if (!why.conflicts.empty()) return refused_names(why.conflicts, namer);
    failure out = failure_from(why);
    if (why.code() == errc::already_exists) out.reason = "REQUEST_ID_REUSED";
    return out;
}

}  // namespace

task<outcome<v1::SubmitBatchResponse>> job_handlers::answer_problems(checked_batch input) {
    failure why = invalid(input.problems);
    if (!input.problems.only_circumstances() || input.validate_only) co_return refuse(why);
    // The first answer may have been lost, and the deadline of a job have passed since.
    auto& batch = input.batch;
    auto known = co_await store_.find_request(batch.tenant, batch.request_id, batch.content_hash);
    if (!known) co_return refuse(why);
    v1::SubmitBatchResponse answer;
    write_batch(*known, *answer.mutable_batch());
    co_return answer;
}

task<outcome<v1::SubmitBatchResponse>> job_handlers::check_only(storage::new_batch batch) {
    const field_namer namer(batch.jobs);
    v1::SubmitBatchResponse answer;
    answer.mutable_batch()->set_request_id(batch.request_id);
    answer.mutable_batch()->set_display_name(batch.display_name);
    answer.mutable_batch()->set_leftover_policy(write_policy(batch.leftovers));
    answer.mutable_batch()->set_tenant(batch.tenant);
    answer.mutable_batch()->set_job_count(static_cast<std::int64_t>(batch.jobs.size()));
    auto checked = co_await store_.check(std::move(batch));
    if (!checked) co_return refuse(refused(checked.error(), namer));
    co_return answer;
}

task<outcome<v1::SubmitBatchResponse>> job_handlers::submit(std::string tenant,
                                                            checked_batch input) {
    auto& batch = input.batch;
    batch.tenant = std::move(tenant);
    if (!input.problems.empty()) co_return co_await answer_problems(std::move(input));
    batch.uid = random_.uuid();
    batch.at = clock_.wall();
    if (input.validate_only) co_return co_await check_only(std::move(batch));

    const field_namer namer(batch.jobs);
    auto accepted = co_await store_.accept(std::move(batch));
    crash_point("submit.after_accept");
    if (!accepted) co_return refuse(refused(accepted.error(), namer));
    // A batch that was there before has been announced by the call that made it, or by the start.
    if (accepted->created) control_.accepted(*accepted);
    v1::SubmitBatchResponse answer;
    answer.set_created(accepted->created);
    write_batch(accepted->batch, *answer.mutable_batch());
    co_return answer;
}

}  // namespace cloned::rpc
