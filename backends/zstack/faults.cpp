#include "backends/zstack/faults.hpp"

#include "backends/http/intermediary.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cloned::backends::zstack {
namespace {

using http::json_node;

constexpr std::size_t max_words = 500;
constexpr std::size_t max_depth = 8;
constexpr std::size_t max_listed = 8;
constexpr std::size_t max_codes = 32;
constexpr std::size_t max_code_bytes = 64;
constexpr std::int64_t max_retry_after_s = 3600;

// How strongly a code proves that the call made no VM.
//
// An error is handed outwards from step to step and wrapped on its way, most often into SYS.1006.
// So only the outermost code tells at which gate a call was turned away, and only the line of
// single causes tells why it ended: a list of causes gathers what befell parts of it, while others
// may have succeeded. A code that may also come from a step behind the making proves nothing if the
// call has such steps.
//
// A wrong proof costs least where the job fails for good: it then leaves a VM that the upstream
// lists, and makes no second one. So what leads to a repetition needs the stronger proof.
enum class proof : std::uint8_t {
    none,
    outermost,  // only as the outermost code
    in_line,    // wherever in the line of causes it stands
    early,      // the same, but only for calls without late steps
};

struct code_row {
    std::string_view code;
    errc means;
    proof proves;
    verdict of_call;  // if it proves
    verdict of_item;
};

constexpr std::array<code_row, 34> rows{{
    {"HOST_ALLOCATION.1000", errc::resource_exhausted, proof::in_line, verdict::later,
     verdict::later},
    {"HOST_ALLOCATION.1001", errc::resource_exhausted, proof::in_line, verdict::later,
     verdict::later},
    {"HOST.1004", errc::resource_exhausted, proof::early, verdict::later, verdict::later},
    {"HOST.1010", errc::unavailable, proof::none, verdict::unknown, verdict::later},
    {"PS.1000", errc::resource_exhausted, proof::early, verdict::later, verdict::later},
    {"PS.1003", errc::unavailable, proof::none, verdict::unknown, verdict::later},
    {"VM.1010", errc::failed_precondition, proof::early, verdict::busy, verdict::later},
    {"ID.1000", errc::unauthenticated, proof::outermost, verdict::final, verdict::final},
    {"ID.1001", errc::unauthenticated, proof::outermost, verdict::no_session, verdict::later},
    {"ID.1002", errc::permission_denied, proof::in_line, verdict::final, verdict::final},
    {"ID.1003", errc::resource_exhausted, proof::in_line, verdict::final, verdict::final},
    {"ID.1005", errc::unauthenticated, proof::outermost, verdict::final, verdict::final},
    {"ID.1006", errc::unavailable, proof::outermost, verdict::busy, verdict::later},
    {"LICENSE.1000", errc::failed_precondition, proof::in_line, verdict::final, verdict::final},
    {"LICENSE.1001", errc::failed_precondition, proof::in_line, verdict::final, verdict::final},
    {"LICENSE.1003", errc::failed_precondition, proof::in_line, verdict::final, verdict::final},
    {"PORTAL.1002", errc::unavailable, proof::outermost, verdict::busy, verdict::later},
    {"SYS.1000", errc::upstream_failed, proof::none, verdict::unknown, verdict::later},
    {"SYS.1001", errc::deadline_exceeded, proof::none, verdict::unknown, verdict::unknown},
    {"SYS.1003", errc::not_found, proof::outermost, verdict::final, verdict::final},
    {"SYS.1007", errc::invalid_argument, proof::outermost, verdict::final, verdict::final},
    {"SYS.1009", errc::unavailable, proof::none, verdict::unknown, verdict::unknown},
    {"SYS.1010", errc::unavailable, proof::outermost, verdict::busy, verdict::later},
    {"SYS.1011", errc::unavailable, proof::none, verdict::unknown, verdict::unknown},
    {"SYS.1012", errc::unavailable, proof::none, verdict::unknown, verdict::unknown},
    {"SYS.1013", errc::upstream_failed, proof::outermost, verdict::final, verdict::final},
    {"SYS.1014", errc::upstream_failed, proof::outermost, verdict::final, verdict::final},
    {"SYS.1015", errc::upstream_failed, proof::none, verdict::unknown, verdict::unknown},
    {"SYS.1016", errc::upstream_failed, proof::none, verdict::unknown, verdict::later},
    {"SYS.1017", errc::upstream_failed, proof::none, verdict::unknown, verdict::final},
    {"LONG_JOB.1000", errc::upstream_failed, proof::none, verdict::unknown, verdict::final},
    // The most general one: what is inside tells more.
    {"SYS.1006", errc::upstream_failed, proof::none, verdict::unknown, verdict::later},
    // Families, by the beginning of the code.
    {"ID.20*", errc::unauthenticated, proof::outermost, verdict::final, verdict::final},
    {"LOGIN_CONTROL.*", errc::unauthenticated, proof::outermost, verdict::final, verdict::final},
}};

const code_row* find_row(std::string_view code) {
    const auto at = std::find_if(rows.begin(), rows.end(), [&](const code_row& row) {
        if (!row.code.ends_with('*')) return row.code == code;
        return code.starts_with(row.code.substr(0, row.code.size() - 1));
    });
    return at == rows.end() ? nullptr : &*at;
}

bool is_wrapper(std::string_view code) {
    return code == "SYS.1006" || code == "SYS.1000";
}

// The row of the code that tells most: the first in the line that wraps nothing.
const code_row* telling_row(const fault& what) {
    const code_row* wrapper = nullptr;
    for (const auto& code : what.line) {
        const auto* row = find_row(code);
        if (row != nullptr && !is_wrapper(code)) return row;
        if (row != nullptr && wrapper == nullptr) wrapper = row;
    }
    return wrapper;
}

void add_words(const json_node& object, fault& into) {
    auto words = object.text_or_empty("details");
    if (words.empty()) words = object.text_or_empty("description");
    const auto code = one_line(object.text_or_empty("code"), max_code_bytes);
    if (code.empty() && words.empty()) return;
    if (into.words.size() > max_words) return;
    if (!into.words.empty()) into.words += ", because of ";
    into.words += code;
    if (!code.empty() && !words.empty()) into.words += ": ";
    into.words += words.substr(0, max_words * 2);
}

void add_code(const json_node& object, std::vector<std::string>& to) {
    const auto code = object.text_or_empty("code");
    if (!code.empty() && to.size() < max_codes) to.emplace_back(code.substr(0, max_code_bytes));
}

void read_aside(const json_node& object, fault& into, std::size_t depth);

void read_list(const json_node& object, fault& into, std::size_t depth) {
    const auto list = object.find("causes");
    if (!list) return;
    const auto causes = list->elements();
    if (!causes) return;
    const auto count = std::min(causes->size(), max_listed);
    for (std::size_t i = 0; i < count; ++i) read_aside((*causes)[i], into, depth);
}

// All that hangs below a list of causes.
void read_aside(const json_node& object, fault& into, std::size_t depth) {
    if (depth == 0 || !object.is_object()) return;
    add_code(object, into.aside);
    if (const auto cause = object.find("cause")) read_aside(*cause, into, depth - 1);
    read_list(object, into, depth - 1);
}

void read_line(const json_node& object, fault& into, std::size_t depth) {
    if (depth == 0 || !object.is_object()) return;
    add_code(object, into.line);
    add_words(object, into);
    read_list(object, into, depth - 1);
    if (const auto cause = object.find("cause")) read_line(*cause, into, depth - 1);
}

std::optional<milliseconds> read_retry_after(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return milliseconds(std::min(seconds, max_retry_after_s) * 1000);
}

// The layer in front of the API answers in plain text, and a proxy may as well: only by what they
// speak of can they be told apart.
bool is_own_text(std::string_view body) {
    constexpr std::array<std::string_view, 13> known{"job",
                                                     "api mapping",
                                                     "Rate limit exceeded",
                                                     "action mapping",
                                                     "body doesn't",
                                                     "parameter.",
                                                     "parameter of",
                                                     "parameter[",
                                                     "'Authorization'",
                                                     "Authorization type",
                                                     "ccess key",
                                                     "ccessKey",
                                                     "TooSkewed"};
    if (body.empty() || body.front() == '<' || http::looks_like_json(body)) return false;
    const auto text = body.substr(0, max_words * 2);
    return std::any_of(known.begin(), known.end(), [&](std::string_view words) {
        return text.find(words) != std::string_view::npos;
    });
}

errc code_by_status(int status) {
    switch (status) {
        case 400:
            return errc::invalid_argument;
        // An access key that is unknown, wrong or out of time; a proxy that wants a login.
        case 401:
        case 403:
            return errc::unauthenticated;
        case 404:
            return errc::not_found;
        case 408:
        case 429:
        case 502:
        case 503:
        case 504:
            return errc::unavailable;
        default:
            return errc::upstream_failed;
    }
}

bool proves(const code_row& row, bool outermost, late_steps after) {
    switch (row.proves) {
        case proof::none:
            return false;
        case proof::outermost:
            return outermost;
        case proof::in_line:
            return true;
        case proof::early:
            break;
    }
    return after == late_steps::none;
}

}  // namespace

fault read_error(const json_node& object) {
    fault out;
    out.structured = true;
    out.own = true;
    read_line(object, out, max_depth);
    return out;
}

fault read_fault(const http::response& answer) {
    fault out;
    const auto first = answer.body.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && answer.body[first] == '{') {
        http::json_document document;
        const auto root = document.parse(answer.body, std::size_t{1} << 20U);
        const auto object = root ? root->find("error") : std::nullopt;
        // Gateways have error objects too; codes such as SYS.1006 are the upstream's.
        if (object && object->text_or_empty("code").find('.') != std::string_view::npos)
            out = read_error(*object);
    }
    out.status = answer.status;
    out.retry_after = read_retry_after(answer.find("retry-after"));
    if (!out.structured) out.own = is_own_text(answer.body);
    if (!out.own) out.words = http::words_of_intermediary(answer);
    if (out.own && !out.structured) out.words = one_line(answer.body, max_words * 2);
    return out;
}

late_steps late_steps_of(const zstack_clone_spec& spec) {
    const bool none = !spec.full.value_or(false) && spec.strategy != "CreateStopped";
    return none ? late_steps::none : late_steps::possible;
}

verdict judge_call(const fault& what, late_steps after) {
    bool outermost = true;
    for (const auto& code : what.line) {
        const auto* row = find_row(code);
        if (row != nullptr && proves(*row, outermost, after)) return row->of_call;
        // What lies below a code that is no mere wrapper happened within that: it is no gate.
        if (!is_wrapper(code)) break;
        outermost = false;
    }
    return verdict::unknown;
}

verdict judge_item(const fault& what) {
    const auto leaves_doubt = [](const std::string& code) {
        const auto* row = find_row(code);
        return row != nullptr && row->of_item == verdict::unknown;
    };
    if (std::any_of(what.line.begin(), what.line.end(), leaves_doubt) ||
        std::any_of(what.aside.begin(), what.aside.end(), leaves_doubt))
        return verdict::unknown;
    const auto* row = telling_row(what);
    // The upstream has tried and given up; a reason that we do not know may pass.
    return row == nullptr ? verdict::later : row->of_item;
}

bool is_dead_session(const fault& what) {
    return !what.line.empty() && what.line.front() == "ID.1001";
}

error to_error(const fault& what) {
    if (what.status != 0 && !what.own) return {http::code_of_intermediary(what.status), what.words};
    const auto* row = telling_row(what);
    const auto unlisted = what.structured ? errc::upstream_failed : code_by_status(what.status);
    const auto code = row != nullptr ? row->means : unlisted;
    auto text = one_line(what.words, max_words);
    if (text.empty()) text = "no explanation";
    if (what.status != 0) text += concat(" (HTTP ", std::to_string(what.status), ")");
    return {code, std::move(text)};
}

error to_read_error(const fault& what) {
    auto said = to_error(what);
    if (said.code() != errc::deadline_exceeded) return said;
    return {errc::unavailable, said.message()};
}

error explain(const http::response& answer) {
    return to_read_error(read_fault(answer));
}

}  // namespace cloned::backends::zstack
