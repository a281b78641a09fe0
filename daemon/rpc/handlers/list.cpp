#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/page_token.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"

#include <cstdint>

namespace cloned::rpc {
namespace {

constexpr std::int32_t batches_usual = 50;
constexpr std::int32_t jobs_usual = 100;

// Most clients refuse messages of more than 4 MiB; a page ends early rather than pass this.
constexpr std::size_t page_bytes_max = 2U << 20U;

constexpr auto bad_token = "is not a page token of this list, parent and filter";

struct page {
    std::size_t size = 0;
    std::int64_t position = 0;  // of the last entry of the page before
};

outcome<page> read_page(std::int32_t size,
                        std::int32_t usual,
                        const std::string& token,
                        token_purpose purpose,
                        std::string_view filter,
                        std::int64_t start) {
    problem_list problems;
    page out;
    out.size = check_page_size(size, usual, field_place(problems));
    out.position = start;
    if (!token.empty()) {
        if (const auto position = read_token(token, purpose, filter))
            out.position = *position;
        else
            problems.add("page_token", bad_token);
    }
    if (!problems.empty()) return refuse(invalid(problems));
    return out;
}

std::string filter_text(const storage::job_filter& filter) {
    std::string out = concat(filter.tenant, "\n", filter.batch_uid, "\n");
    for (const auto state : filter.states) out += concat(to_string(state), ",");
    if (filter.lane) out += concat("\n", std::to_string(filter.lane->value));
    return out;
}

}  // namespace

outcome<storage::job_filter> read_job_filter(const std::string& tenant,
                                             const v1::ListJobsRequest& request) {
    problem_list problems;
    storage::job_filter filter;
    filter.tenant = tenant;
    if (auto parent = parse_parent(request.parent()))
        filter.batch_uid = std::move(*parent);
    else
        problems.add("parent", "must be batches/{uuid} or batches/-");
    // In the order of the states and each once, so that equal filters have equal tokens.
    bool wanted[job_state_count] = {};
    for (int i = 0; i < request.states_size(); ++i) {
        const auto state = read_state(request.states(i));
        if (state)
            wanted[static_cast<std::size_t>(*state)] = true;
        else
            problems.add(concat("states[", std::to_string(i), "]"), "is not a state of a job");
    }
    for (std::size_t i = 0; i < job_state_count; ++i)
        if (wanted[i]) filter.states.push_back(static_cast<job_state>(i));
    if (!request.lane().empty()) {
        filter.lane = parse_lane(request.lane());
        if (!filter.lane) problems.add("lane", "must have the form lanes/{number}");
    }
    if (!problems.empty()) return refuse(invalid(problems));
    return filter;
}

task<outcome<v1::ListBatchesResponse>> job_handlers::list_batches(std::string tenant,
                                                                  v1::ListBatchesRequest request) {
    if (!v1::ListBatchesRequest::Show_IsValid(request.show()))
        co_return refuse(invalid("show", "has an unknown value"));
    storage::batch_filter filter;
    filter.tenant = tenant;
    if (request.show() == v1::ListBatchesRequest::SHOW_ACTIVE) filter.ended = false;
    if (request.show() == v1::ListBatchesRequest::SHOW_ENDED) filter.ended = true;
    const std::string text = concat(tenant, "\n", std::to_string(request.show()));
    const auto page = read_page(request.page_size(), batches_usual, request.page_token(),
                                token_purpose::list_batches, text, INT64_MAX);
    if (!page) co_return refuse(page.error());

    batch_id before;
    before.value = page->position;
    auto batches = co_await store_.list_batches(std::move(filter), before, page->size + 1);
    if (!batches) co_return refuse(failure_from(batches.error()));
    v1::ListBatchesResponse answer;
    const auto count = std::min(batches->size(), page->size);
    for (std::size_t i = 0; i < count; ++i) write_batch((*batches)[i], *answer.add_batches());
    if (batches->size() > count)
        answer.set_next_page_token(
            make_token(token_purpose::list_batches, text, (*batches)[count - 1].id.value));
    co_return answer;
}

task<outcome<v1::ListJobsResponse>> job_handlers::list_jobs(std::string tenant,
                                                            v1::ListJobsRequest request) {
    auto filter = read_job_filter(tenant, request);
    if (!filter) co_return refuse(filter.error());
    const std::string text = filter_text(*filter);
    const auto page = read_page(request.page_size(), jobs_usual, request.page_token(),
                                token_purpose::list_jobs, text, 0);
    if (!page) co_return refuse(page.error());
    if (!filter->batch_uid.empty()) {
        auto batch = co_await find_batch(std::move(tenant), request.parent(), "parent");
        if (!batch) co_return refuse(batch.error());
    }

    job_id after;
    after.value = page->position;
    auto jobs = co_await store_.list_jobs(std::move(*filter), after, page->size + 1);
    if (!jobs) co_return refuse(failure_from(jobs.error()));
    v1::ListJobsResponse answer;
    std::size_t bytes = 0;
    std::size_t shown = 0;
    while (shown < jobs->size() && shown < page->size && bytes < page_bytes_max) {
        auto* job = answer.add_jobs();
        write_job((*jobs)[shown++], *job);
        bytes += job->ByteSizeLong();
    }
    if (jobs->size() > shown)
        answer.set_next_page_token(
            make_token(token_purpose::list_jobs, text, (*jobs)[shown - 1].id.value));
    co_return answer;
}

}  // namespace cloned::rpc
