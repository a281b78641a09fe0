#include "clonectl/tables.hpp"

#include "base/text.hpp"
#include "clonectl/resource_names.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>

namespace cloned::clonectl {
namespace {

constexpr std::size_t max_cell = 60;
constexpr std::string_view state_prefix = "JOB_STATE_";

// Characters, not bytes: names may hold any letter.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789.%-") == std::string_view::npos;
}

std::string number(std::int64_t n) {
    return std::to_string(n);
}

std::string time_text(const google::protobuf::Timestamp& time) {
    const auto ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(time);
    std::string text = rfc3339(from_ms(ms));
    text.replace(10, 1, " ");
    return text.substr(0, 19) + "Z";
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    std::string label = concat(name, ":");
    label.resize(std::max<std::size_t>(label.size() + 1, 18), ' ');
    out += concat(label, one_line(value, 2000), "\n");
}

// The operations are named after their kinds.
std::string kind_of(const v1::JobSpec& spec) {
    const auto* choice = v1::JobSpec::descriptor()->FindOneofByName("operation");
    const auto* chosen = spec.GetReflection()->GetOneofFieldDescriptor(spec, choice);
    return chosen == nullptr ? std::string() : chosen->name();
}

const std::string& vm_name_of(const v1::JobSpec& spec) {
    if (spec.has_vcenter_clone()) return spec.vcenter_clone().name();
    if (spec.has_linked_clone()) return spec.linked_clone().name();
    if (spec.has_restore()) return spec.restore().name();
    if (spec.has_zstack_clone()) return spec.zstack_clone().name();
    if (spec.has_customize_guest()) return spec.customize_guest().vm();
    return spec.power_on().vm();
}

std::vector<std::pair<v1::JobState, std::int64_t>> by_state(const v1::StateCounts& c) {
    return {{v1::JOB_STATE_SUCCEEDED, c.succeeded()},
            {v1::JOB_STATE_FAILED, c.failed()},
            {v1::JOB_STATE_CANCELLED, c.cancelled()},
            {v1::JOB_STATE_NEEDS_OPERATOR, c.needs_operator()},
            {v1::JOB_STATE_IN_DOUBT, c.in_doubt()},
            {v1::JOB_STATE_RUNNING, c.running()},
            {v1::JOB_STATE_SUBMITTING, c.submitting()},
            {v1::JOB_STATE_QUEUED, c.queued()},
            {v1::JOB_STATE_BLOCKED, c.blocked()}};
}

std::string event_text(const v1::JobEvent& event) {
    std::string out = concat("  ", time_text(event.time()), "  ", state_name(event.state()));
    if (event.attempt() > 0) out += concat(", attempt ", number(event.attempt()));
    if (!event.vm().empty()) out += concat(", VM ", event.vm());
    if (!event.detail().empty()) out += concat(": ", one_line(event.detail()));
    return out + "\n";
}

std::string remedies_text(const std::string& job) {
    std::string out;
    add_line(out, "it was done", concat("clonectl resolve ", job, " --adopt VM"));
    add_line(out, "give it up", concat("clonectl resolve ", job, " --abandon REASON"));
    add_line(out, "look anew", concat("clonectl resolve ", job, " --look-again"));
    return out;
}

std::string ceiling_text(const v1::Lane& lane) {
    return concat(number(lane.ceiling()), lane.ceiling_learned() ? " learned" : "");
}

}  // namespace

std::string text_table::text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    std::vector<bool> right(widths.size(), rows_.size() > 1);
    const auto shown = [&](const std::vector<std::string>& row, std::size_t column) {
        return one_line(row[column], column + 1 == row.size() ? 2000 : max_cell);
    };
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        for (std::size_t c = 0; c < widths.size(); ++c) {
            widths[c] = std::max(widths[c], width_of(shown(rows_[r], c)));
            if (r > 0 && !is_number(rows_[r][c])) right[c] = false;
        }
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t c = 0; c < widths.size(); ++c) {
            const std::string cell = shown(row, c);
            const std::string pad(widths[c] - width_of(cell), ' ');
            line += right[c] ? concat(pad, cell, "  ") : concat(cell, pad, "  ");
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += concat(line, "\n");
    }
    return out;
}

std::string state_name(v1::JobState state) {
    std::string name = v1::JobState_Name(state);
    if (name.starts_with(state_prefix)) name.erase(0, state_prefix.size());
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '_') c = ' ';
    }
    return name.empty() ? "unknown" : name;
}

v1::JobState parse_state(std::string_view word) {
    std::string name(word);
    for (char& c : name) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c == '-' || c == ' ') c = '_';
    }
    v1::JobState state{};
    return v1::JobState_Parse(concat(state_prefix, name), &state) ? state
                                                                  : v1::JOB_STATE_UNSPECIFIED;
}

std::string counts_text(const v1::StateCounts& counts) {
    std::string out;
    for (const auto& [state, count] : by_state(counts)) {
        if (count == 0) continue;
        out += concat(out.empty() ? "" : ", ", number(count), " ", state_name(state));
    }
    return out;
}

std::string batch_text(const v1::Batch& batch) {
    std::string out;
    add_line(out, "batch", batch.name());
    add_line(out, "name", batch.display_name());
    add_line(out, "tenant", batch.tenant());
    add_line(out, "request id", batch.request_id());
    add_line(out, "jobs", concat(number(batch.job_count()), ": ", counts_text(batch.counts())));
    add_line(out, "done", batch.done() ? "yes" : "no");
    add_line(out, "accepted", time_text(batch.create_time()));
    if (batch.has_end_time()) add_line(out, "ended", time_text(batch.end_time()));
    return out;
}

std::string job_text(const v1::Job& job) {
    std::string out;
    const v1::JobSpec& spec = job.spec();
    add_line(out, "job", job.name());
    add_line(out, "operation", kind_of(spec));
    add_line(out, "endpoint", spec.endpoint());
    add_line(out, "cluster", spec.cluster());
    add_line(out, "lane", job.lane());
    add_line(out, "VM name", spec.has_power_on() ? "" : vm_name_of(spec));
    add_line(out, "VM", job.vm());
    add_line(
        out, "state",
        concat(state_name(job.state()), job.cancel_requested() ? ", cancellation asked for" : ""));
    if (job.has_progress_percent()) {
        add_line(out, "progress", concat(number(job.progress_percent()), " %"));
    }
    add_line(out, "waits", job.waiting_reason());
    if (job.state() == v1::JOB_STATE_NEEDS_OPERATOR) out += remedies_text(short_job(job.name()));
    if (job.has_jobs_ahead()) add_line(out, "jobs ahead", number(job.jobs_ahead()));
    if (job.has_wake_time()) add_line(out, "taken up at", time_text(job.wake_time()));
    if (job.has_estimated_end_time()) {
        add_line(out, "expected end", time_text(job.estimated_end_time()));
    }
    add_line(out, "error", job.error().message());
    add_line(out, "upstream task", job.upstream_task());
    add_line(out, "attempts", number(job.attempt()));
    add_line(out, "accepted", time_text(job.create_time()));
    if (job.has_end_time()) add_line(out, "ended", time_text(job.end_time()));
    if (job.history_size() > 0) out += "history:\n";
    for (const v1::JobEvent& event : job.history()) out += event_text(event);
    return out;
}

std::string batches_text(const std::vector<v1::Batch>& batches) {
    text_table table({"BATCH", "ACCEPTED", "JOBS", "STATE", "NAME"});
    for (const v1::Batch& batch : batches) {
        table.add({std::string(last_part(batch.name())), time_text(batch.create_time()),
                   number(batch.job_count()), counts_text(batch.counts()), batch.display_name()});
    }
    return table.text();
}

std::string jobs_text(const std::vector<v1::Job>& jobs) {
    text_table table({"JOB", "KIND", "VM NAME", "STATE", "TRY", "VM", "LAST WORDS"});
    for (const v1::Job& job : jobs) {
        table.add({short_job(job.name()), kind_of(job.spec()), vm_name_of(job.spec()),
                   state_name(job.state()), number(job.attempt()), job.vm(),
                   job.error().message()});
    }
    return table.text();
}

std::string lanes_text(const std::vector<v1::Lane>& lanes) {
    text_table table({"LANE", "ENDPOINT", "CLUSTER", "KIND", "IN FLIGHT", "CEILING", "LIMIT",
                      "IN DOUBT", "QUEUED", "REFUSALS", "NOTE"});
    for (const v1::Lane& lane : lanes) {
        table.add({std::string(last_part(lane.name())), lane.endpoint(), lane.cluster(),
                   lane.kind(), number(lane.in_flight()), ceiling_text(lane),
                   concat(number(lane.limit()), lane.limit_overridden() ? " set" : ""),
                   number(lane.in_doubt()), number(lane.queued()), number(lane.refusals()),
                   lane.paused() ? concat("paused: ", lane.pause_reason()) : ""});
    }
    return table.text();
}

std::string endpoints_text(const std::vector<v1::Endpoint>& endpoints) {
    text_table table({"ENDPOINT", "KIND", "ADDRESS", "AVAILABLE", "IN FLIGHT", "REQUESTS",
                      "LAST ANSWER", "TROUBLE"});
    for (const v1::Endpoint& endpoint : endpoints) {
        table.add(
            {std::string(last_part(endpoint.name())), endpoint.kind(), endpoint.address(),
             endpoint.available() ? "yes" : "no", number(endpoint.in_flight()),
             number(endpoint.requests()),
             endpoint.has_last_answer_time() ? time_text(endpoint.last_answer_time()) : "never",
             endpoint.trouble()});
    }
    return table.text();
}

}  // namespace cloned::clonectl
