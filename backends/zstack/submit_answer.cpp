#include "backends/zstack/submit_answer.hpp"

#include "backends/http/intermediary.hpp"
#include "backends/outcome.hpp"
#include "backends/zstack/task_name.hpp"
#include "base/text.hpp"

namespace cloned::backends::zstack {
namespace {

// The limit is counted over a minute that slides along.
constexpr milliseconds rate_limit_pause{10'000};

// The uuid at the end of the location. Its host is what the node takes for its own address, which
// we may not reach and must not follow to: our requests carry a session.
std::string uuid_in_location(const std::string& body) {
    http::json_document document;
    const auto root = document.parse(body, std::size_t{64} << 10U);
    if (!root) return {};
    auto location = root->text_or_empty("location");
    location = location.substr(0, location.find_first_of("?#"));
    constexpr std::string_view mark = "/api-jobs/";
    const auto at = location.rfind(mark);
    if (at == std::string_view::npos) return {};
    const auto uuid = location.substr(at + mark.size());
    return is_uuid(uuid) ? std::string(uuid) : std::string();
}

submit_outcome accepted(const std::string& uuid, const std::string& name) {
    return started{task_name{uuid, name}.text()};
}

bool is_duplicate(const fault& what) {
    return what.status == 400 && what.words.find("uplicate job uuid") != std::string::npos;
}

submit_outcome refused_or_failed(const fault& what) {
    auto said = to_error(what);
    if (!what.own && what.status != 401) {
        const bool told_when = what.status == 503 && what.retry_after;
        if (told_when || http::was_not_carried_out(what.status))
            return outcome_turned_back(std::move(said), what.retry_after);
        return uncertain{error(errc::in_doubt, said.message())};
    }
    switch (what.status) {
        // What is wrong here no job can help: the endpoint is held until somebody has put it right.
        case 401:
        case 403:
            return refused{refusal::not_sent, std::move(said), what.retry_after};
        case 429:
            return refused{refusal::busy, std::move(said),
                           what.retry_after.value_or(rate_limit_pause)};
        case 408:
            break;
        default:
            if (what.status >= 400 && what.status < 500) return failed{std::move(said), false};
    }
    return uncertain{error(errc::in_doubt, said.message())};
}

submit_outcome as_outcome(const task_status& status) {
    switch (status.phase) {
        case task_phase::succeeded:
            return finished{status.vm};
        case task_phase::failed:
            // Before it is sent again its VM is looked for.
            if (status.later) break;
            return failed{status.said, false};
        case task_phase::refused:
            return refused{status.why, status.said, std::nullopt};
        default:
            break;
    }
    return uncertain{error(errc::in_doubt, status.said.message())};
}

}  // namespace

std::vector<submit_outcome> outcomes_of(const http::response& answer,
                                        const std::string& uuid,
                                        const std::vector<std::string>& names,
                                        late_steps after) {
    std::vector<submit_outcome> out;
    out.reserve(names.size());
    if (answer.status == 202 && http::looks_like_json(answer.body)) {
        const auto told = uuid_in_location(answer.body);
        for (const auto& name : names) out.push_back(accepted(told.empty() ? uuid : told, name));
        return out;
    }
    // The same call can be answered as the job would be: by a gateway that waits for it.
    const auto what = read_fault(answer);
    if (answer.status == 200 || (answer.status == 503 && what.structured)) {
        const auto job = read_job(answer);
        if (job) {
            for (const auto& status : judge(uuid, names, *job, after))
                out.push_back(as_outcome(status));
            return out;
        }
        const error doubt(errc::in_doubt,
                          concat("accepted, but without a usable result: ", job.error().message()));
        out.assign(names.size(), uncertain{doubt});
        return out;
    }
    for (const auto& name : names)
        out.push_back(is_duplicate(what) ? accepted(uuid, name) : refused_or_failed(what));
    return out;
}

void hint_at_nics(std::vector<submit_outcome>& outcomes, nic_form as) {
    const std::string_view hint =
        as == nic_form::list
            ? "; if this build takes vmNicParams as a string, set nic_params = \"string\""
            : "; if this build takes vmNicParams as a list, set nic_params = \"list\"";
    for (auto& one : outcomes) {
        auto* doubt = std::get_if<uncertain>(&one);
        auto* end = std::get_if<failed>(&one);
        if (doubt == nullptr && end == nullptr) continue;
        auto& said = doubt != nullptr ? doubt->said : end->said;
        said = error(said.code(), concat(said.message(), hint));
    }
}

}  // namespace cloned::backends::zstack
