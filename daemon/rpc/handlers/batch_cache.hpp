#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "storage/batch_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace cloned::rpc {

// What never changes of a batch.
struct batch_identity {
    std::string uid;
    std::string tenant;
    std::int64_t first_job = 0;
    std::int64_t job_count = 0;
};

// Finds the batch that a job belongs to, which events do not tell. The jobs of a batch have
// consecutive ids, so one look at the store serves for all of them.
//
// Threads:  the loop thread only.
// Lifetime: `store` must outlive every call.
class batch_cache {
public:
    explicit batch_cache(storage::batch_store& store) : store_(store) {}

    // not_found: the batch has been deleted.
    task<result<std::shared_ptr<const batch_identity>>> find(job_id job);

private:
    std::shared_ptr<const batch_identity> known(job_id job) const;

    storage::batch_store& store_;
    std::map<std::int64_t, std::shared_ptr<const batch_identity>> by_first_job_;
};

}  // namespace cloned::rpc
