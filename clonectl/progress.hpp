#pragma once

#include "cloned/v1/job_service.pb.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace cloned::clonectl {

// What a watcher knows of a batch, and how it is shown. Pure: the time comes from the caller.
class batch_progress {
public:
    using time = std::chrono::steady_clock::time_point;

    void update(const v1::WatchBatchResponse& news, time now);

    bool known() const { return known_; }
    const v1::Batch& batch() const { return batch_; }

    // True once no job can change any more without a request.
    bool done() const { return known_ && batch_.done(); }

    // True if every job succeeded.
    bool all_succeeded() const;

    // Why nothing new arrives; empty: all is well.
    void set_trouble(std::string words) { trouble_ = std::move(words); }

    // One line, for logs and pipes.
    std::string line(time now) const;

    // A few lines of at most `width` cells, for a terminal.
    std::vector<std::string> screen(std::size_t width, time now) const;

private:
    std::optional<double> jobs_per_second(time now) const;
    std::string summary(time now) const;

    struct mark {
        time at;
        std::int64_t settled;
    };

    bool known_ = false;
    v1::Batch batch_;
    std::deque<mark> marks_;            // of the last minute
    std::deque<std::string> failures_;  // the newest five
    std::string trouble_;
};

}  // namespace cloned::clonectl
