#include "backends/vapi/faults.hpp"

#include "backends/http/intermediary.hpp"
#include "backends/outcome.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cloned::backends::vapi {
namespace {

using http::json_node;

constexpr std::size_t max_envelope_bytes = std::size_t{1} << 20U;
constexpr std::size_t max_words = 500;
constexpr std::size_t max_messages = 5;
constexpr std::int64_t max_retry_after_s = 3600;

// How a type is judged where nothing else is said, and the code it gets.
struct type_row {
    std::string_view type;
    verdict means;
    errc code;
};

constexpr std::array<type_row, 27> types{{
    {"ALREADY_EXISTS", verdict::final, errc::already_exists},
    {"ALREADY_IN_DESIRED_STATE", verdict::final, errc::failed_precondition},
    {"CANCELED", verdict::final, errc::cancelled},
    {"CONCURRENT_CHANGE", verdict::later, errc::aborted},
    {"ERROR", verdict::unknown, errc::upstream_failed},
    {"FEATURE_IN_USE", verdict::final, errc::failed_precondition},
    {"INTERNAL_SERVER_ERROR", verdict::unknown, errc::upstream_failed},
    {"INVALID_ARGUMENT", verdict::final, errc::invalid_argument},
    {"INVALID_ELEMENT_CONFIGURATION", verdict::final, errc::invalid_argument},
    {"INVALID_ELEMENT_TYPE", verdict::final, errc::invalid_argument},
    {"INVALID_REQUEST", verdict::final, errc::invalid_argument},
    {"NOT_ALLOWED_IN_CURRENT_STATE", verdict::final, errc::failed_precondition},
    {"NOT_FOUND", verdict::final, errc::not_found},
    {"OPERATION_NOT_FOUND", verdict::final, errc::upstream_failed},
    {"RESOURCE_BUSY", verdict::busy, errc::upstream_failed},
    {"RESOURCE_IN_USE", verdict::final, errc::failed_precondition},
    {"RESOURCE_INACCESSIBLE", verdict::later, errc::upstream_failed},
    {"SERVICE_UNAVAILABLE", verdict::unknown, errc::unavailable},
    {"TIMED_OUT", verdict::unknown, errc::upstream_failed},
    {"UNABLE_TO_ALLOCATE_RESOURCE", verdict::later, errc::resource_exhausted},
    {"UNAUTHENTICATED", verdict::no_session, errc::unauthenticated},
    {"UNAUTHORIZED", verdict::final, errc::permission_denied},
    {"UNEXPECTED_INPUT", verdict::final, errc::invalid_argument},
    {"UNSUPPORTED", verdict::final, errc::upstream_failed},
    {"UNVERIFIED_PEER", verdict::final, errc::upstream_failed},
    {"OPERATION_NOT_ALLOWED", verdict::final, errc::failed_precondition},
    {"MALFORMED_REQUEST", verdict::final, errc::invalid_argument},
}};

const type_row* find_type(std::string_view type) {
    const auto at = std::find_if(types.begin(), types.end(),
                                 [&](const type_row& row) { return row.type == type; });
    return at == types.end() ? nullptr : &*at;
}

// "com.vmware.vapi.std.errors.not_found" → NOT_FOUND
std::string type_of_name(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
    std::string out;
    for (const char c : one_line(name, 64))
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return out;
}

void read_messages(const json_node& from, fault& into) {
    const auto list = from.find("messages");
    if (!list) return;
    const auto messages = list->elements();
    if (!messages) return;
    std::size_t n = 0;
    for (const auto& message : *messages) {
        if (++n > max_messages) break;
        if (into.message_id.empty() && n == 1)
            into.message_id = message.text_or_empty("id").substr(0, 200);
        auto words = message.text_or_empty("default_message");
        if (words.empty()) words = message.text_or_empty("localized");
        if (words.empty()) words = message.text_or_empty("id");
        if (words.empty()) continue;
        if (!into.words.empty()) into.words += " / ";
        into.words += words.substr(0, max_words * 2);
    }
}

// The structure {error_type, messages, data}, alone (/api) or within {type, value} (/rest). False
// if it is neither: gateways have messages as well, but not of this form.
bool read_envelope(const json_node& from, fault& into) {
    const auto name = from.text_or_empty("type");
    const auto value = from.find("value");
    const bool wrapped = !name.empty() && value;
    const json_node inner = wrapped ? *value : from;
    into.type = one_line(inner.text_or_empty("error_type"), 64);
    if (into.type.empty() && wrapped) into.type = type_of_name(name);
    read_messages(inner, into);
    into.structured = !into.type.empty() || !into.words.empty();
    if (!into.structured) return false;
    if (const auto data = inner.find("data")) into.transient = data->flag_at("is_transient");
    return true;
}

std::optional<milliseconds> read_retry_after(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return milliseconds(std::min(seconds, max_retry_after_s) * 1000);
}

verdict by_status(const fault& what) {
    if (what.status == 401) return verdict::no_session;
    // What is missing may have told of a failure in the midst of the work: /rest sends those with a
    // 400 as well.
    if (what.cut) return verdict::unknown;
    // It says nothing about the job, nor about the source VM: a proxy's 404 comes while its service
    // is not up (yet).
    if (!what.structured)
        return http::was_not_carried_out(what.status) ? verdict::turned_back : verdict::unknown;
    if (what.status == 429) return verdict::busy;
    if (what.status == 408) return verdict::unknown;
    if (what.status == 409) return verdict::later;
    if (what.status >= 400 && what.status < 500) return verdict::final;
    return verdict::unknown;
}

// {transient: true} makes what is final worth a later try; {transient: false} makes final what is
// certainly not started. What may have started stays unknown: no opinion makes it known.
verdict by_opinion(verdict v, const std::optional<bool>& transient) {
    if (!transient) return v;
    if (*transient) return v == verdict::final ? verdict::later : v;
    const bool not_started =
        v == verdict::busy || v == verdict::over_capacity || v == verdict::later;
    return not_started ? verdict::final : v;
}

bool is_foreign(const fault& what) {
    return what.status != 0 && !what.structured;
}

bool told_when(const fault& what) {
    return what.retry_after && (what.status == 503 || what.status == 429);
}

}  // namespace

bool is_success(const http::response& answer) {
    return answer.status >= 200 && answer.status < 300;
}

error not_understood(const http::response& answer, const error& why) {
    if (http::looks_like_json(answer.body)) return why;
    return {errc::unavailable, http::words_of_intermediary(answer)};
}

fault read_fault(const http::response& answer) {
    fault out;
    out.status = answer.status;
    out.retry_after = read_retry_after(answer.find("retry-after"));
    const auto first = answer.body.find_first_not_of(" \t\r\n");
    const bool looks_like_json = first != std::string::npos && answer.body[first] == '{';
    if (looks_like_json) {
        http::json_document document;
        const auto root = document.parse(answer.body, max_envelope_bytes);
        if (root && read_envelope(*root, out)) return out;
        const auto retry_after = out.retry_after;
        out = fault();
        out.status = answer.status;
        out.retry_after = retry_after;
        out.cut = !root;
    }
    out.words = http::words_of_intermediary(answer);
    return out;
}

fault read_task_fault(const http::json_node& info) {
    fault out;
    auto source = info.find("error");
    if (!source) source = info.find("result");
    if (!source) {
        out.words = "the upstream gave no reason";
    } else if (source->is_text()) {
        out.words = *source->text();
    } else if (!read_envelope(*source, out)) {
        out.words = source->serialized().substr(0, 1024);
    }
    return out;
}

verdict judge(const fault& what, capacity_signal signal) {
    if (told_when(what))
        return what.structured ? by_opinion(verdict::busy, what.transient) : verdict::turned_back;
    const auto* row = find_type(what.type);
    auto v = row != nullptr ? row->means : by_status(what);
    if (what.type == "NOT_ALLOWED_IN_CURRENT_STATE" && signal == capacity_signal::yes)
        v = verdict::over_capacity;
    return by_opinion(v, what.transient);
}

submit_outcome outcome_of(const fault& what, capacity_signal signal) {
    auto said = to_error(what);
    switch (judge(what, signal)) {
        case verdict::no_session:
            return refused{refusal::not_sent, std::move(said), what.retry_after};
        case verdict::turned_back:
            return outcome_turned_back(std::move(said), what.retry_after);
        case verdict::over_capacity:
            return refused{refusal::capacity, error(errc::resource_exhausted, said.message()),
                           what.retry_after};
        case verdict::busy:
            return refused{refusal::busy, std::move(said), what.retry_after};
        case verdict::later:
            return failed{std::move(said), true};
        case verdict::final:
            return failed{std::move(said), false};
        case verdict::unknown:
            break;
    }
    const bool unavailable = what.status == 503 || what.type == "SERVICE_UNAVAILABLE";
    return uncertain{error(errc::in_doubt, said.message()), unavailable};
}

bool may_succeed_later(const fault& what, capacity_signal signal) {
    if (what.transient) return *what.transient;
    if (what.type == "NOT_ALLOWED_IN_CURRENT_STATE") return signal == capacity_signal::yes;
    const auto* row = find_type(what.type);
    // The task has ended, so nothing is unknown any more; a reason that we do not know may pass.
    return row == nullptr || row->means != verdict::final;
}

error to_error(const fault& what) {
    if (is_foreign(what)) return {http::code_of_intermediary(what.status), what.words};
    const auto* row = find_type(what.type);
    const auto code = row != nullptr ? row->code : code_by_status(what.status);
    std::string text = what.type;
    if (!what.words.empty()) text += text.empty() ? what.words : ": " + what.words;
    text = one_line(text, max_words);
    if (text.empty()) text = "no explanation";
    if (what.status != 0) text += concat(" (HTTP ", std::to_string(what.status), ")");
    return {code, std::move(text)};
}

error to_read_error(const fault& what) {
    auto said = to_error(what);
    if (is_foreign(what)) return said;
    switch (said.code()) {
        case errc::unauthenticated:
        case errc::permission_denied:
        case errc::not_found:
        case errc::invalid_argument:
            return said;
        default:
            break;
    }
    const int s = what.status;
    const bool away = s == 408 || s == 429 || s == 502 || s == 503 || s == 504;
    return {away ? errc::unavailable : errc::upstream_failed, said.message()};
}

error explain(const http::response& answer) {
    const auto what = read_fault(answer);
    if (what.message_id.find("failedToLoginMaxUserSessionCountReached") != std::string::npos)
        return {errc::resource_exhausted,
                concat("the upstream has reached its limit of sessions for this user; an operator "
                       "must end unused sessions or raise the limit: ",
                       to_error(what).message())};
    return to_read_error(what);
}

}  // namespace cloned::backends::vapi
