#include "daemon/rpc/handlers/watch_handlers.hpp"

#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/page_token.hpp"

#include <chrono>
#include <cstdint>

namespace cloned::rpc {
namespace {

constexpr std::size_t events_page = 500;
constexpr std::size_t jobs_page = 500;
// Most clients refuse messages of more than 4 MiB.
constexpr std::size_t message_bytes_max = 2U << 20U;
// A watcher looks by itself this often, should the hub ever have missed a commit.
constexpr std::chrono::seconds look_anyway{30};

std::string watch_filter(std::string_view tenant, std::string_view batch_uid) {
    return concat(tenant, "\n", batch_uid);
}

}  // namespace

task<outcome<event_id>> watch_handlers::start_position(std::string token, std::string filter) {
    auto last = co_await store_.last_event();
    if (!last) co_return refuse(failure_from(last.error()));
    if (token.empty()) co_return *last;
    const auto position = read_token(token, token_purpose::watch, filter);
    // A position that was never reached comes from another database; changes would be skipped.
    if (!position || *position > last->value)
        co_return refuse(invalid("resume_token", "is not a token of this watch"));
    event_id from;
    from.value = *position;
    co_return from;
}

task<void> watch_handlers::wait_for_news(watch_gate& stream, event_id heard) {
    while (!stream.over() && hub_.last() <= heard) {
        const bool time_passed = co_await stream.wait(look_anyway);
        if (time_passed) co_return;
    }
}

task<outcome<void>> watch_handlers::watch_batch(
    std::string tenant,
    v1::WatchBatchRequest request,
    std::shared_ptr<watch_stream<v1::WatchBatchResponse>> stream) {
    auto batch = co_await jobs_.find_batch(tenant, request.name(), "name");
    if (!batch) co_return refuse(batch.error());
    const std::string filter = watch_filter(tenant, batch->uid);
    const std::string uid = batch->uid;
    auto start = co_await start_position(request.resume_token(), filter);
    if (!start) co_return refuse(start.error());
    event_id position = *start;

    // The first message only shows the batch; read after the position, so that nothing is missed.
    std::vector<history_entry> events;
    event_id heard;
    for (bool first = true;; first = false) {
        auto now = co_await store_.find_batch(uid);
        if (!now) co_return refuse(failure_from(now.error()));
        if (first || !events.empty()) {
            v1::WatchBatchResponse message;
            write_batch(*now, *message.mutable_batch());
            for (const auto& event : events) write_event(event, uid, *message.add_events());
            message.set_resume_token(make_token(token_purpose::watch, filter, position.value));
            const bool open = co_await stream->send(std::move(message));
            if (!open) co_return outcome<void>();
        } else if (!is_done(*now)) {
            co_await wait_for_news(*stream, heard);
            if (stream->over()) co_return outcome<void>();
        }
        // What the hub told of before this page is read is in this page or in one before.
        heard = hub_.last();
        auto page =
            co_await store_.events_after(position, now->first_job, now->job_count, events_page);
        if (!page) co_return refuse(failure_from(page.error()));
        position = page->upto;
        events = std::move(page->events);
        // The batch was done before the page was read: nothing can come after an empty one.
        if (events.empty() && is_done(*now)) co_return outcome<void>();
    }
}

task<outcome<watch_handlers::watch_state>> watch_handlers::open_jobs_watch(
    std::string tenant, v1::WatchJobsRequest request) {
    watch_state state;
    const auto parent = parse_parent(request.parent());
    if (!parent) co_return refuse(invalid("parent", "must be batches/{uuid} or batches/-"));
    state.tenant = tenant;
    state.batch_uid = *parent;
    state.first.value = 1;
    state.count = INT64_MAX - 1;
    if (!parent->empty()) {
        auto batch = co_await jobs_.find_batch(tenant, request.parent(), "parent");
        if (!batch) co_return refuse(batch.error());
        state.first = batch->first_job;
        state.count = batch->job_count;
    }
    state.token_filter = watch_filter(tenant, *parent);
    auto position = co_await start_position(request.resume_token(), state.token_filter);
    if (!position) co_return refuse(position.error());
    state.position = *position;
    co_return state;
}

task<outcome<void>> watch_handlers::send_present_jobs(watch_state state, jobs_stream stream) {
    storage::job_filter filter;
    filter.tenant = state.tenant;
    filter.batch_uid = state.batch_uid;
    job_id after;
    for (;;) {
        auto jobs = co_await store_.list_jobs(filter, after, jobs_page);
        if (!jobs) co_return refuse(failure_from(jobs.error()));
        if (jobs->empty()) co_return outcome<void>();
        v1::WatchJobsResponse message;
        std::size_t bytes = 0;
        for (const auto& job : *jobs) {
            if (bytes > message_bytes_max) break;
            auto* shown = message.add_jobs();
            write_job(job, *shown);
            bytes += shown->ByteSizeLong();
            after = job.id;
        }
        const bool open = co_await stream->send(std::move(message));
        if (!open) co_return outcome<void>();
    }
}

task<outcome<v1::WatchJobsResponse>> watch_handlers::describe(watch_state state,
                                                              std::vector<history_entry> events) {
    v1::WatchJobsResponse message;
    for (const auto& event : events) {
        std::string uid = state.batch_uid;
        if (uid.empty()) {
            auto batch = co_await batches_.find(event.job);
            if (!batch && batch.error().code() == errc::not_found) continue;  // deleted meanwhile
            if (!batch) co_return refuse(failure_from(batch.error()));
            if ((*batch)->tenant != state.tenant) continue;
            uid = (*batch)->uid;
        }
        write_event(event, uid, *message.add_events());
    }
    co_return message;
}

task<outcome<void>> watch_handlers::watch_jobs(std::string tenant,
                                               v1::WatchJobsRequest request,
                                               jobs_stream stream) {
    auto opened = co_await open_jobs_watch(std::move(tenant), request);
    if (!opened) co_return refuse(opened.error());
    watch_state state = std::move(*opened);
    if (request.resume_token().empty()) {
        auto sent = co_await send_present_jobs(state, stream);
        if (!sent) co_return sent;
    }
    // The first message with a token also tells the client that it has seen all there is.
    bool tell = true;
    while (!stream->over()) {
        const event_id heard = hub_.last();
        auto page =
            co_await store_.events_after(state.position, state.first, state.count, events_page);
        if (!page) co_return refuse(failure_from(page.error()));
        const bool news = !page->events.empty();
        state.position = page->upto;
        auto message = co_await describe(state, std::move(page->events));
        if (!message) co_return refuse(message.error());
        if (tell || message->events_size() > 0) {
            message->set_resume_token(
                make_token(token_purpose::watch, state.token_filter, state.position.value));
            co_await stream->send(std::move(*message));
            tell = false;
        }
        if (!news) co_await wait_for_news(*stream, heard);
    }
    co_return outcome<void>();
}

}  // namespace cloned::rpc
