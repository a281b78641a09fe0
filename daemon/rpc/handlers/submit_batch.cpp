#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"

namespace cloned::rpc {
namespace {

using name_conflicts = std::vector<std::pair<std::size_t, std::string>>;

// A VM name that is in use is a FAILED_PRECONDITION: the other job has to end first. ALREADY_EXISTS
// is left for the one thing that the API promises by it, a request_id that was used before.
failure refused_names(const name_conflicts& conflicts, const std::vector<std::string>& fields) {
    problem_list problems;
    for (std::size_t i = 0; i < conflicts.size(); ++i) {
        if (problems.full())
            problems.count_one();
        else
            problems.add(fields[i], conflicts[i].second);
    }
    failure why = invalid(problems);
    why.code = errc::failed_precondition;
    why.reason = "VM_NAME_TAKEN";
    return why;
}

failure refused(const error& why,
                const name_conflicts& conflicts,
                const std::vector<std::string>& fields) {
    if (!conflicts.empty()) return refused_names(conflicts, fields);
    failure out = failure_from(why);
    if (why.code() == errc::already_exists) out.reason = "REQUEST_ID_REUSED";
    return out;
}

// The paths of the fields in conflict; they need the jobs, which the store takes away.
class field_namer {
public:
    explicit field_namer(const std::vector<job_request>& jobs) {
        kinds_.reserve(jobs.size());
        for (const auto& job : jobs) kinds_.push_back(kind_of(job.spec));
    }

    std::vector<std::string> fields_of(const name_conflicts& conflicts) const {
        std::vector<std::string> out;
        for (const auto& [index, sentence] : conflicts) {
            if (out.size() >= problem_list::kept_max) break;
            const auto kind = index < kinds_.size() ? to_string(kinds_[index]) : "";
            out.push_back(concat("jobs[", std::to_string(index), "].", kind, ".name"));
        }
        return out;
    }

private:
    std::vector<job_kind> kinds_;
};

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
    name_conflicts conflicts;
    v1::SubmitBatchResponse answer;
    answer.mutable_batch()->set_request_id(batch.request_id);
    answer.mutable_batch()->set_display_name(batch.display_name);
    answer.mutable_batch()->set_tenant(batch.tenant);
    answer.mutable_batch()->set_job_count(static_cast<std::int64_t>(batch.jobs.size()));
    auto checked = co_await store_.check(std::move(batch), &conflicts);
    if (!checked) co_return refuse(refused(checked.error(), conflicts, namer.fields_of(conflicts)));
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
    name_conflicts conflicts;
    auto accepted = co_await store_.accept(std::move(batch), &conflicts);
    crash_point("submit.after_accept");
    if (!accepted)
        co_return refuse(refused(accepted.error(), conflicts, namer.fields_of(conflicts)));
    // A batch that was there before has been announced by the call that made it, or by the start.
    if (accepted->created) control_.accepted(*accepted);
    v1::SubmitBatchResponse answer;
    answer.set_created(accepted->created);
    write_batch(accepted->batch, *answer.mutable_batch());
    co_return answer;
}

}  // namespace cloned::rpc
