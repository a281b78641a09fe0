#pragma once

#include "cloned/v1/job_service.pb.h"

#include <string>
#include <string_view>
#include <vector>

// Resources as text for people. Pure; every line ends in a newline.
namespace cloned::clonectl {

// Columns are as wide as their widest cell; columns of numbers are set to the right. A cell is cut
// at 60 characters, the last column never.
class text_table {
public:
    explicit text_table(std::vector<std::string> titles) : rows_{std::move(titles)} {}
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// "queued" for JOB_STATE_QUEUED, "needs operator" for JOB_STATE_NEEDS_OPERATOR.
std::string state_name(v1::JobState state);

// JOB_STATE_UNSPECIFIED for a word that is none: "queued", "needs-operator", "NEEDS_OPERATOR".
v1::JobState parse_state(std::string_view word);

// "12 succeeded, 3 running", the states without jobs left out.
std::string counts_text(const v1::StateCounts& counts);

std::string batch_text(const v1::Batch& batch);
std::string job_text(const v1::Job& job);
std::string batches_text(const std::vector<v1::Batch>& batches);
std::string jobs_text(const std::vector<v1::Job>& jobs);
std::string lanes_text(const std::vector<v1::Lane>& lanes);
std::string endpoints_text(const std::vector<v1::Endpoint>& endpoints);

}  // namespace cloned::clonectl
