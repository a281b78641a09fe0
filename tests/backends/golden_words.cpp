#include "tests/backends/golden_words.hpp"

#include "base/text.hpp"

namespace cloned::testing {

using namespace cloned::backends;

namespace {

std::string said(const std::string& kind, const error& what) {
    return concat(kind, " ", to_string(what.code()), ": ", what.message());
}

std::string name_of(refusal why) {
    switch (why) {
        case refusal::not_sent:
            return "not_sent";
        case refusal::capacity:
            return "capacity";
        case refusal::busy:
            return "busy";
        case refusal::not_ready:
            return "not_ready";
    }
    return "?";
}

std::string name_of(evidence::vm_presence presence) {
    switch (presence) {
        case evidence::vm_presence::absent:
            return "absent";
        case evidence::vm_presence::present:
            return "present";
        case evidence::vm_presence::incomplete:
            return "incomplete";
        case evidence::vm_presence::ambiguous:
            return "ambiguous";
        case evidence::vm_presence::foreign:
            return "foreign";
        case evidence::vm_presence::left_behind:
            return "left_behind";
    }
    return "?";
}

std::string phase_of(const task_status& what) {
    switch (what.phase) {
        case task_phase::pending:
            return "pending";
        case task_phase::running:
            return what.percent      ? concat("running ", std::to_string(*what.percent), "%")
                   : what.in_vain    ? said("running in vain", *what.in_vain)
                   : what.only_waits ? "running, only waits"
                                     : "running";
        case task_phase::succeeded:
            return "succeeded";
        case task_phase::failed:
            return said(what.cancelled ? "cancelled"
                        : what.later   ? "failed later"
                                       : "failed",
                        what.said);
        case task_phase::vanished:
            return concat("vanished: ", what.said.message());
        case task_phase::refused:
            return said("refused " + name_of(what.why), what.said);
    }
    return "?";
}

struct outcome_words {
    std::string operator()(const started& what) const { return concat("started ", what.task_id); }
    std::string operator()(const finished& what) const { return concat("finished ", what.vm); }
    std::string operator()(const refused& what) const {
        auto kind = "refused " + name_of(what.why);
        if (what.retry_after) kind += concat(" for ", for_people(*what.retry_after));
        return said(kind, what.said);
    }
    std::string operator()(const failed& what) const {
        return said(what.later ? "failed later" : "failed", what.said);
    }
    std::string operator()(const uncertain& what) const { return said("uncertain", what.said); }
};

}  // namespace

void add_line(std::string& to, const std::string& line) {
    if (!to.empty()) to += '\n';
    to += line;
}

std::string words_of(const error& what) {
    return said("error", what);
}

std::string words_of(const submit_outcome& what) {
    return std::visit(outcome_words(), what);
}

std::string words_of(const task_status& what) {
    auto out = concat(what.task_id, " ", phase_of(what));
    if (!what.vm.empty()) out += concat(", ", what.vm);
    return out;
}

std::string words_of(const evidence& what) {
    auto out = name_of(what.presence);
    if (!what.vm.empty()) out += " " + what.vm;
    for (const auto& task : what.candidate_tasks) out += concat(", perhaps ", task);
    if (what.own_task) out += concat(", own ", words_of(*what.own_task));
    return concat(out, ": ", what.seen);
}

std::string words_of(cancel_outcome what) {
    switch (what) {
        case cancel_outcome::asked:
            return "asked";
        case cancel_outcome::too_late:
            return "too_late";
        case cancel_outcome::unsupported:
            return "unsupported";
        case cancel_outcome::only_waits:
            return "only_waits";
    }
    return "?";
}

}  // namespace cloned::testing
