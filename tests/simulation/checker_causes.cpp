// I11: the cause that a job tells is the one that the upstream's ledger would name; and whatever an
// upstream says, it is told on one line and without secrets.

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "simulator/model/world.hpp"
#include "tests/simulation/checker.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulation {
namespace {

using simulator::record_state;

// How upstreams call their errors; who uses such a word names a cause.
constexpr std::array<std::string_view, 16> causes{
    "ALREADY_EXISTS",        "CONCURRENT_CHANGE", "FEATURE_IN_USE",     "INTERNAL_SERVER_ERROR",
    "INVALID_ARGUMENT",      "NOT_FOUND",         "RESOURCE_BUSY",      "RESOURCE_IN_USE",
    "RESOURCE_INACCESSIBLE", "TIMED_OUT",         "UNABLE_TO_ALLOCATE", "UNAUTHORIZED",
    "UNSUPPORTED",           "SYS.1006",          "SYS.1007",           "is taken",
};

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

// Where its VM belongs; empty: the upstream chooses.
std::string checker::folder_of(const job_record& job) const {
    const auto who = identity_of(job.request.spec);
    const auto& things = net_.model().at(net_.instant()).things;
    const auto number = simulator::inventory::vm_number(who.source);
    const auto* source = number ? things.find(*number) : nullptr;
    return source == nullptr ? who.folder : things.folder_id(source->folder);
}

// Does somebody else than the job, or did another job of ours, bear its name where its VM belongs?
// Who says that he cannot tell the folder may look in all of them.
bool checker::is_name_anothers(const job_record& job) const {
    const auto name = identity_of(job.request.spec).name;
    const auto& said = job.progress.last_error;
    const auto folder = said && has(said->message(), "cannot be told") ? "" : folder_of(job);
    const auto settings = settings_of(plan_);
    if (has(settings.hidden_names, name)) return true;
    const auto own = concat("cloned-", std::to_string(job.id.value), "-");
    const auto& upstream = net_.model().at(net_.instant());
    for (const auto& record : upstream.book.records()) {
        const bool its = record.op_id.starts_with(own);
        const bool there = folder.empty() || upstream.things.folder_id(record.folder) == folder;
        if (record.name == name && there && (!its || record.state == record_state::made))
            return true;
    }
    return false;
}

void checker::judge_cause(const job_record& job) {
    const auto name = identity_of(job.request.spec).name;
    const auto& said = job.progress.last_error;
    if (name.empty() || !said) return;
    const auto own = concat("cloned-", std::to_string(job.id.value), "-");
    std::set<std::string> told;  // by the ledger
    bool known = false;
    for (const auto& record : net_.model().at(net_.instant()).book.records()) {
        if (!record.op_id.starts_with(own) || record.error.empty()) continue;
        told.insert(record.error);
        known = true;
    }
    for (const auto cause : causes) {
        if (!has(said->message(), cause)) continue;
        // Why nothing could be looked at is a cause as well.
        if (has(said->message(), "does not show its tasks")) continue;
        if (has(said->message(), concat("cannot be told: ", cause))) continue;
        const bool name_is_taken = cause == "ALREADY_EXISTS" || cause == "is taken";
        if (name_is_taken && is_name_anothers(job)) continue;
        const auto same = [&](const std::string& one) { return has(one, cause); };
        if (std::any_of(told.begin(), told.end(), same)) continue;
        // That the name is taken comes second where the failure that took it is told as well.
        const auto is_told = [&](const std::string& one) { return has(said->message(), one); };
        if (name_is_taken && std::any_of(told.begin(), told.end(), is_told)) continue;
        // Calls that were refused are not in the ledger; only what the plan refuses can be.
        const auto planned = [&](const simulator::fault_rule& rule) {
            return has(rule.type, cause);
        };
        const bool by_rule = std::any_of(plan_.rules.begin(), plan_.rules.end(), planned);
        if (by_rule || (!known && !name_is_taken)) continue;
        book_.violate(wrong::other, concat("job ", std::to_string(job.id.value), " is ",
                                           to_string(job.progress.state), " by '", said->message(),
                                           "', of which the ledger knows nothing"));
    }
}

void checker::judge_causes() {
    if (book_.history_lost) return;
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            const auto state = job.progress.state;
            if (state == job_state::failed || state == job_state::needs_operator) judge_cause(job);
            if (state == job_state::needs_operator && !job.progress.last_error)
                book_.violate(wrong::other, concat("job ", std::to_string(job.id.value),
                                                   " needs an operator and does not say why"));
        }
}

void checker::judge_words(const std::map<job_id, std::vector<history_entry>>& histories) {
    std::vector<std::string> secrets{"guest-secret"};
    for (const auto& endpoint : plan_.endpoints)
        secrets.push_back(to_base64(concat(endpoint.options.user, ":", endpoint.options.password)));
    const auto judge = [&](job_id job, const std::string& words) {
        const bool tells = std::any_of(secrets.begin(), secrets.end(),
                                       [&](const auto& secret) { return has(words, secret); });
        if (is_plain(words) && !tells) return;
        book_.violate(wrong::other, concat("job ", std::to_string(job.value),
                                           tells ? " tells a secret: " : " deceives who reads: ",
                                           one_line(words, 1000)));
    };
    for (const auto& [id, history] : histories)
        for (const auto& entry : history) judge(id, entry.detail);
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs)
            if (job.progress.last_error) judge(job.id, job.progress.last_error->message());
}

}  // namespace cloned::simulation
