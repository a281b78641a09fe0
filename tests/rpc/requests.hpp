#pragma once

#include "cloned/v1/job_service.pb.h"
#include "daemon/rpc/api/batch_reader.hpp"
#include "daemon/rpc/api/endpoint_directory.hpp"

#include <string>

// Requests that are in order, for tests to spoil, and the endpoints that they fit.
namespace cloned::rpc::test {

inline constexpr auto some_request_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
inline constexpr auto other_request_id = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

// vc-1 (vcenter, no default cluster, folder group-v1), snap-1 and snap-2 (snapservice; snap-1 has
// the default cluster domain-c1). Only vc-1 serves vcenter_clone and power_on.
catalog some_endpoints();

v1::JobSpec good_vcenter_clone();
v1::JobSpec good_linked_clone();
v1::JobSpec good_restore();
v1::JobSpec good_power_on();

// A batch of `count` linked clones with names and keys of their own.
v1::SubmitBatchRequest good_batch(int count, const std::string& request_id = some_request_id);

inline wall_time some_time() {
    return from_ms(1'700'000'000'000);
}

checked_batch read_batch(const v1::SubmitBatchRequest& request,
                         const endpoint_directory& endpoints,
                         batch_rules rules = batch_rules());

}  // namespace cloned::rpc::test
