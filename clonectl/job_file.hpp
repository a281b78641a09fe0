#pragma once

#include "cloned/v1/job.pb.h"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cloned::clonectl {

inline constexpr std::size_t max_file_jobs = 100'000;  // what SubmitJobs takes

struct job_file {
    std::vector<v1::JobSpec> jobs;
    std::string request_id;    // only if the file names one
    std::string display_name;  // the same
    bool adopts_leftovers = false;
};

// The jobs, or one line for each mistake ("line 3: …", "jobs[2]: …"). Only the form is checked
// here; what a job may say is the daemon's to judge.
using job_file_result = tl::expected<job_file, std::vector<std::string>>;

// JSON if the text begins with a brace or a bracket, else CSV.
job_file_result read_jobs(std::string_view text);

// A list of jobs, or an object with "jobs" and optionally "requestId" and "displayName", each job
// in protobuf's JSON mapping.
job_file_result read_json_jobs(std::string_view text);

// A header line that names the columns, then one line for each job.
job_file_result read_csv_jobs(std::string_view text);

// The columns that read_csv_jobs knows, for --help: names with commas between them, in lines that
// fit a terminal.
std::string csv_columns();

// Collects mistakes, and stops at so many that nobody would read on.
class mistakes {
public:
    void add(std::string line) {
        if (++count_ <= max_shown) lines_.push_back(std::move(line));
    }
    bool empty() const { return count_ == 0; }
    std::vector<std::string> take() {
        if (count_ > max_shown) {
            lines_.push_back("… and " + std::to_string(count_ - max_shown) + " more");
        }
        return std::move(lines_);
    }

private:
    static constexpr std::size_t max_shown = 50;
    std::size_t count_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace cloned::clonectl
