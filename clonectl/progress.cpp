#include "clonectl/progress.hpp"

#include "base/text.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"
#include "clonectl/text_table.hpp"

#include <algorithm>
#include <cstdio>

namespace cloned::clonectl {
namespace {

using std::chrono::seconds;

constexpr seconds rate_window{60};
constexpr std::size_t max_failures = 5;

// Jobs that need nothing more, or nothing that waiting would bring.
std::int64_t settled(const v1::StateCounts& c) {
    return c.succeeded() + c.failed() + c.cancelled() + c.needs_operator();
}

std::string bar(std::int64_t done, std::int64_t total, std::size_t width) {
    const auto filled =
        total == 0 ? 0 : static_cast<std::size_t>(done) * width / static_cast<std::size_t>(total);
    return concat("[", std::string(filled, '#'), std::string(width - filled, '.'), "]");
}

std::string rate_text(double rate) {
    char text[32];
    std::snprintf(text, sizeof text, rate < 10 ? "%.1f/s" : "%.0f/s", rate);
    return text;
}

}  // namespace

void batch_progress::update(const v1::WatchBatchResponse& news, time now) {
    trouble_.clear();
    if (news.has_batch()) {
        known_ = true;
        batch_ = news.batch();
        const std::int64_t count = settled(batch_.counts());
        if (marks_.empty() || marks_.back().settled != count) marks_.push_back({now, count});
        while (marks_.size() > 2 && now - marks_.front().at > rate_window) marks_.pop_front();
    }
    for (const v1::JobEvent& event : news.events()) {
        if (event.state() != v1::JOB_STATE_FAILED &&
            event.state() != v1::JOB_STATE_NEEDS_OPERATOR) {
            continue;
        }
        failures_.push_back(concat(last_part(event.job()), " ", state_name(event.state()), ": ",
                                   one_line(event.detail(), 300)));
        if (failures_.size() > max_failures) failures_.pop_front();
    }
}

bool batch_progress::all_succeeded() const {
    return known_ && batch_.counts().succeeded() == batch_.job_count();
}

std::optional<double> batch_progress::jobs_per_second(time now) const {
    if (marks_.size() < 2) return std::nullopt;
    const std::chrono::duration<double> span = now - marks_.front().at;
    const auto jobs = static_cast<double>(marks_.back().settled - marks_.front().settled);
    if (span.count() < 1.0 || jobs <= 0) return std::nullopt;
    return jobs / span.count();
}

std::string batch_progress::summary(time now) const {
    const std::int64_t done = settled(batch_.counts());
    const std::int64_t total = batch_.job_count();
    const std::int64_t percent = total == 0 ? 0 : done * 100 / total;
    std::string out = concat(std::to_string(done), "/", std::to_string(total), "  ",
                             std::to_string(percent), " %");
    const auto rate = jobs_per_second(now);
    if (rate && !batch_.done()) {
        const auto left = 1 + static_cast<std::int64_t>(static_cast<double>(total - done) / *rate);
        out += concat("  ", rate_text(*rate), "  ", for_people(seconds(left)), " left");
    }
    return out;
}

std::string batch_progress::line(time now) const {
    if (!known_) return trouble_.empty() ? "waiting for the daemon" : trouble_;
    std::string out = concat(summary(now), "  ", counts_text(batch_.counts()));
    return trouble_.empty() ? out : concat(out, "  (", trouble_, ")");
}

std::vector<std::string> batch_progress::screen(std::size_t width, time now) const {
    std::vector<std::string> lines;
    if (known_) {
        constexpr std::size_t text_room = 45;
        const std::size_t bar_width =
            width > text_room + 10 ? std::min<std::size_t>(width - text_room, 60) : 10;
        lines.push_back(concat(bar(settled(batch_.counts()), batch_.job_count(), bar_width), "  ",
                               summary(now)));
        lines.push_back(concat("  ", counts_text(batch_.counts())));
        for (const std::string& failure : failures_) lines.push_back(concat("  ! ", failure));
    } else if (trouble_.empty()) {
        lines.emplace_back("waiting for the daemon");
    }
    if (!trouble_.empty()) lines.push_back(concat("  ", trouble_));
    for (std::string& text : lines) text = cut_to_width(text, width);
    return lines;
}

}  // namespace cloned::clonectl
