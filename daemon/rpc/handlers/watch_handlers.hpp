#pragma once

#include "cloned/v1/job_service.pb.h"
#include "daemon/rpc/api/call_failure.hpp"
#include "daemon/rpc/handlers/batch_cache.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"
#include "daemon/rpc/handlers/watch_hub.hpp"
#include "daemon/rpc/handlers/watch_stream.hpp"
#include "storage/batch_store.hpp"

#include <memory>
#include <string>

namespace cloned::rpc {

// The calls that show changes as they happen, without gRPC. A watcher remembers a position in the
// order of all changes and reads on from it in pages, as fast as its client takes them.
//
// Threads:      the loop thread only.
// Errors:       the result is how the stream ends; one that is over already ignores it.
// Cancellation: by the stream being over; noticed at the next send or wait.
// Lifetime:     the parts must outlive every call.
class watch_handlers {
public:
    watch_handlers(storage::batch_store& store, job_handlers& jobs, watch_hub& hub)
        : store_(store), jobs_(jobs), hub_(hub), batches_(store) {}

    task<outcome<void>> watch_batch(std::string tenant,
                                    v1::WatchBatchRequest request,
                                    std::shared_ptr<watch_stream<v1::WatchBatchResponse>> stream);
    task<outcome<void>> watch_jobs(std::string tenant,
                                   v1::WatchJobsRequest request,
                                   std::shared_ptr<watch_stream<v1::WatchJobsResponse>> stream);

private:
    using jobs_stream = std::shared_ptr<watch_stream<v1::WatchJobsResponse>>;

    // Where a watcher stands, and which jobs it watches.
    struct watch_state {
        std::string tenant;
        std::string batch_uid;  // empty: every batch
        std::string token_filter;
        event_id position;
        job_id first;
        std::int64_t count = 0;
    };

    task<outcome<event_id>> start_position(std::string token, std::string filter);
    task<outcome<watch_state>> open_jobs_watch(std::string tenant, v1::WatchJobsRequest request);
    task<outcome<void>> send_present_jobs(watch_state state, jobs_stream stream);
    task<outcome<v1::WatchJobsResponse>> describe(watch_state state,
                                                  std::vector<history_entry> events);
    // Waits until the hub tells of a later commit than `heard`, or the stream is over.
    task<void> wait_for_news(watch_gate& stream, event_id heard);

    storage::batch_store& store_;
    job_handlers& jobs_;
    watch_hub& hub_;
    batch_cache batches_;
};

}  // namespace cloned::rpc
