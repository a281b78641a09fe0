#pragma once

#include "clonectl/text_table.hpp"
#include "cloned/v1/job_service.pb.h"

#include <string>
#include <string_view>
#include <vector>

// Resources as text for people. Pure; every line ends in a newline.
namespace cloned::clonectl {

// "queued" for JOB_STATE_QUEUED, "needs operator" for JOB_STATE_NEEDS_OPERATOR.
std::string state_name(v1::JobState state);

// JOB_STATE_UNSPECIFIED for a word that is none: "queued", "needs-operator", "NEEDS_OPERATOR".
v1::JobState parse_state(std::string_view word);

// Every such word, in a sentence.
std::string state_names();

// "1 job", "5 jobs".
std::string jobs_count(std::int64_t count);

// "12 succeeded, 3 running", the states without jobs left out.
std::string counts_text(const v1::StateCounts& counts);

std::string batch_text(const v1::Batch& batch);
std::string job_text(const v1::Job& job);

// Listings, at most `width` cells wide where their columns allow it.
std::string batches_text(const std::vector<v1::Batch>& batches,
                         std::size_t width = unlimited_width);
// With the batch before each key, as other commands take it.
std::string jobs_text(const std::vector<v1::Job>& jobs, std::size_t width = unlimited_width);
// Only the keys: the jobs are those of one batch.
std::string jobs_of_batch_text(const std::vector<v1::Job>& jobs,
                               std::size_t width = unlimited_width);
std::string lanes_text(const std::vector<v1::Lane>& lanes, std::size_t width = unlimited_width);
std::string endpoints_text(const std::vector<v1::Endpoint>& endpoints,
                           std::size_t width = unlimited_width);

}  // namespace cloned::clonectl
