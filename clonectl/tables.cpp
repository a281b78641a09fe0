#include "clonectl/tables.hpp"

#include "base/text.hpp"
#include "clonectl/resource_names.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

namespace cloned::clonectl {
namespace {

constexpr std::string_view state_prefix = "JOB_STATE_";

std::string number(std::int64_t n) {
    return std::to_string(n);
}

std::string time_text(const google::protobuf::Timestamp& time) {
    const auto ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(time);
    std::string text = rfc3339(from_ms(ms));
    text.replace(10, 1, " ");
    return text.substr(0, 19) + "Z";
}

// Names and values, a line each; what has no value is left out. Never cut: values are copied.
class details {
public:
    void add(std::string_view name, std::string value) {
        if (!value.empty()) table_.add({concat(name, ":"), std::move(value)});
    }
    std::string text() const { return table_.text(); }

private:
    text_table table_{{{}, {}}};
};

// The operations are named after their kinds.
std::string kind_of(const v1::JobSpec& spec) {
    const auto* choice = v1::JobSpec::descriptor()->FindOneofByName("operation");
    const auto* chosen = spec.GetReflection()->GetOneofFieldDescriptor(spec, choice);
    return chosen == nullptr ? std::string() : chosen->name();
}

const std::string& vm_name_of(const v1::JobSpec& spec) {
    static const std::string none;
    switch (spec.operation_case()) {
        case v1::JobSpec::kVcenterClone:
            return spec.vcenter_clone().name();
        case v1::JobSpec::kLinkedClone:
            return spec.linked_clone().name();
        case v1::JobSpec::kRestore:
            return spec.restore().name();
        case v1::JobSpec::kPowerOn:
            return spec.power_on().vm();
        case v1::JobSpec::kZstackClone:
            return spec.zstack_clone().name();
        case v1::JobSpec::kCustomizeGuest:
            return spec.customize_guest().vm();
        case v1::JobSpec::OPERATION_NOT_SET:
            return none;
    }
    return none;
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

void add_remedies(details& out, const std::string& job) {
    out.add("it was done", concat("clonectl resolve ", job, " --adopt VM"));
    out.add("give it up", concat("clonectl resolve ", job, " --abandon REASON"));
    out.add("look anew", concat("clonectl resolve ", job, " --look-again"));
}

std::string ceiling_text(const v1::Lane& lane) {
    return concat(number(lane.ceiling()), lane.ceiling_learned() ? " learned" : "");
}

std::string note_of(const v1::Lane& lane) {
    if (lane.paused()) return concat("paused: ", lane.pause_reason());
    if (lane.has_refused_since_time())
        return concat("everything is refused since ", time_text(lane.refused_since_time()), ": ",
                      one_line(lane.refused_reason()));
    const auto& scope = lane.ceiling_scope();
    if (scope.empty() || scope == "lane") return {};
    return concat("one ceiling for all lanes of its ", scope);
}

std::string jobs_table(const char* title,
                       std::string (*name)(std::string_view),
                       const std::vector<v1::Job>& jobs,
                       std::size_t width) {
    using t = text_table;
    text_table table({{title},
                      {"KIND", t::dispensable},
                      {"VM NAME", t::dispensable},
                      {"STATE"},
                      {"TRY", t::number | t::dispensable},
                      {"VM", t::dispensable},
                      {"LAST WORDS", t::cut}});
    for (const v1::Job& job : jobs) {
        table.add({name(job.name()), kind_of(job.spec()), vm_name_of(job.spec()),
                   state_name(job.state()), number(job.attempt()), job.vm(),
                   job.error().message()});
    }
    return table.text(width);
}

}  // namespace

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

std::string state_names() {
    std::string out;
    for (int i = v1::JobState_MIN + 1; i <= v1::JobState_MAX; ++i) {
        std::string name = state_name(static_cast<v1::JobState>(i));
        std::replace(name.begin(), name.end(), ' ', '-');
        out += concat(out.empty() ? "" : ", ", name);
    }
    return out;
}

std::string jobs_count(std::int64_t count) {
    return concat(number(count), count == 1 ? " job" : " jobs");
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
    details out;
    out.add("batch", batch.name());
    out.add("name", batch.display_name());
    out.add("tenant", batch.tenant());
    out.add("request id", batch.request_id());
    out.add("jobs", concat(number(batch.job_count()), ": ", counts_text(batch.counts())));
    if (batch.leftover_policy() == v1::LEFTOVER_POLICY_ADOPT_IF_COMPLETE)
        out.add("leftovers", "VMs that failed attempts leave complete are adopted");
    out.add("done", batch.done() ? "yes" : "no");
    if (batch.counts().needs_operator() > 0) {
        out.add("for an operator",
                concat("clonectl list jobs ", last_part(batch.name()), " --state needs-operator"));
    }
    out.add("accepted", time_text(batch.create_time()));
    if (batch.has_end_time()) out.add("ended", time_text(batch.end_time()));
    return out.text();
}

std::string job_text(const v1::Job& job) {
    details out;
    const v1::JobSpec& spec = job.spec();
    out.add("job", job.name());
    out.add("operation", kind_of(spec));
    out.add("endpoint", spec.endpoint());
    out.add("cluster", spec.cluster());
    out.add("lane", job.lane());
    out.add("VM name", spec.has_power_on() ? "" : vm_name_of(spec));
    out.add("VM", job.vm());
    out.add("state", concat(state_name(job.state()),
                            job.cancel_requested() ? ", cancellation asked for" : ""));
    if (job.has_progress_percent())
        out.add("progress", concat(number(job.progress_percent()), " %"));
    out.add("waits", job.waiting_reason());
    if (job.state() == v1::JOB_STATE_NEEDS_OPERATOR) add_remedies(out, short_job(job.name()));
    if (job.has_jobs_ahead()) out.add("jobs ahead", number(job.jobs_ahead()));
    if (job.has_wake_time()) out.add("taken up at", time_text(job.wake_time()));
    if (job.has_estimated_end_time()) {
        out.add("expected end", time_text(job.estimated_end_time()));
    }
    out.add("error", job.error().message());
    out.add("upstream task", job.upstream_task());
    out.add("attempts", number(job.attempt()));
    out.add("accepted", time_text(job.create_time()));
    if (job.has_end_time()) out.add("ended", time_text(job.end_time()));
    std::string text = out.text();
    if (job.history_size() > 0) text += "history:\n";
    for (const v1::JobEvent& event : job.history()) text += event_text(event);
    return text;
}

std::string batches_text(const std::vector<v1::Batch>& batches, std::size_t width) {
    using t = text_table;
    text_table table({{"BATCH"},
                      {"JOBS", t::number},
                      {"STATE"},
                      {"NAME", t::cut | t::dispensable},
                      {"ACCEPTED", t::dispensable}});
    for (const v1::Batch& batch : batches) {
        table.add({std::string(last_part(batch.name())), number(batch.job_count()),
                   counts_text(batch.counts()), batch.display_name(),
                   time_text(batch.create_time())});
    }
    return table.text(width);
}

std::string jobs_text(const std::vector<v1::Job>& jobs, std::size_t width) {
    return jobs_table("JOB", short_job, jobs, width);
}

std::string jobs_of_batch_text(const std::vector<v1::Job>& jobs, std::size_t width) {
    const auto key = [](std::string_view name) { return std::string(last_part(name)); };
    return jobs_table("KEY", key, jobs, width);
}

std::string lanes_text(const std::vector<v1::Lane>& lanes, std::size_t width) {
    using t = text_table;
    text_table table({{"LANE", t::number},
                      {"ENDPOINT", t::cut},
                      {"CLUSTER"},
                      {"KIND"},
                      {"IN FLIGHT", t::number},
                      {"CEILING"},
                      {"LIMIT", t::dispensable},
                      {"IN DOUBT", t::number | t::dispensable},
                      {"QUEUED", t::number},
                      {"REFUSALS", t::number | t::dispensable},
                      {"NOTE", t::cut}});
    for (const v1::Lane& lane : lanes) {
        table.add({std::string(last_part(lane.name())), lane.endpoint(), lane.cluster(),
                   lane.kind(), number(lane.in_flight()), ceiling_text(lane),
                   concat(number(lane.limit()), lane.limit_overridden() ? " set" : ""),
                   number(lane.in_doubt()), number(lane.queued()), number(lane.refusals()),
                   note_of(lane)});
    }
    return table.text(width);
}

std::string endpoints_text(const std::vector<v1::Endpoint>& endpoints, std::size_t width) {
    using t = text_table;
    text_table table({{"ENDPOINT"},
                      {"KIND"},
                      {"ADDRESS", t::cut},
                      {"AVAILABLE"},
                      {"IN FLIGHT", t::number | t::dispensable},
                      {"REQUESTS", t::number | t::dispensable},
                      {"LAST ANSWER", t::dispensable},
                      {"TROUBLE", t::cut}});
    for (const v1::Endpoint& endpoint : endpoints) {
        table.add(
            {std::string(last_part(endpoint.name())), endpoint.kind(),
             concat(endpoint.address(), endpoint.plain_http() ? " (plain HTTP)" : ""),
             endpoint.available() ? "yes" : "no", number(endpoint.in_flight()),
             number(endpoint.requests()),
             endpoint.has_last_answer_time() ? time_text(endpoint.last_answer_time()) : "never",
             endpoint.trouble()});
    }
    return table.text(width);
}

}  // namespace cloned::clonectl
