#pragma once

#include "cloned/v1/job.pb.h"
#include "daemon/scheduler/job_control.hpp"
#include "model/job.hpp"
#include "model/lane.hpp"

#include <optional>
#include <string_view>

// Between the messages of the API and the model. Pure; protobuf goes no further than here.
namespace cloned::rpc {

// --- requests

// What the client wrote, in the model's form: total, so that also content with mistakes can be
// hashed. Nothing is filled in but the key (the position, from 1) and the priority; a missing
// operation becomes an empty vcenter_clone. max_attempts 0 stays 0.
job_request read_job(const v1::JobSpec& spec, std::size_t index);

// Nothing if it is outside the years 1 to 9999. Rounds down to milliseconds.
std::optional<wall_time> read_time(const google::protobuf::Timestamp& time);

// Nothing for JOB_STATE_UNSPECIFIED and values that are not known.
std::optional<job_state> read_state(int state);

// --- replies: each sets every field of a fresh message

void write_spec(const job_request& request, v1::JobSpec& out);
void write_job(const job_record& job, v1::Job& out);
void write_explanation(const scheduler::explanation& why, v1::Job& out);
void write_event(const history_entry& event, std::string_view batch_uid, v1::JobEvent& out);
v1::LeftoverPolicy write_policy(leftover_policy policy);
void write_batch(const batch_record& batch, v1::Batch& out);
void write_lane(const lane_status& lane, v1::Lane& out);
void write_endpoint(const endpoint_status& endpoint, v1::Endpoint& out);

// No job is left that can still change without a request.
bool is_done(const batch_record& batch);

}  // namespace cloned::rpc
