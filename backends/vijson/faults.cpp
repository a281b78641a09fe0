#include "backends/vijson/faults.hpp"

#include "backends/http/intermediary.hpp"
#include "backends/outcome.hpp"
#include "backends/vijson/fault_family.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace cloned::backends::vijson {
namespace {

using http::json_node;

constexpr std::size_t max_fault_bytes = std::size_t{1} << 20U;
constexpr std::size_t max_words = 500;
constexpr std::size_t max_raw_words = 4096;
constexpr std::size_t max_messages = 5;
constexpr int max_wrappers = 4;
constexpr int max_causes = 4;
constexpr std::int64_t max_retry_after_s = 3600;

void add_words(fault& into, std::string_view words) {
    if (words.empty() || into.words.size() >= max_raw_words) return;
    if (into.words.find(words) != std::string::npos) return;
    if (!into.words.empty()) into.words += " / ";
    into.words += words.substr(0, max_raw_words - into.words.size());
}

void add_messages(fault& into, const json_node& from) {
    const auto list = from.find("faultMessage");
    if (!list) return;
    const auto messages = list->elements();
    if (!messages) return;
    std::size_t n = 0;
    for (const auto& message : *messages) {
        if (++n > max_messages) break;
        const auto words = message.text_or_empty("message");
        add_words(into, words.empty() ? message.text_or_empty("key") : words);
    }
}

// Where the fault itself stands; the wrappers' words are taken along.
json_node unwrap(json_node node, fault& into) {
    for (int i = 0; i < max_wrappers; ++i) {
        const auto inner = node.find("fault");
        if (!inner || !inner->is_object()) break;
        add_words(into, node.text_or_empty("localizedMessage"));
        add_words(into, node.text_or_empty("faultstring"));
        node = *inner;
    }
    return node;
}

void read_into(const json_node& whole, fault& into) {
    auto node = unwrap(whole, into);
    const auto type = node.text_or_empty("_typeName");
    if (type != "LocalizedMethodFault") into.type = one_line(type, 100);
    into.structured = !type.empty() || node.find("faultstring") || node.find("faultMessage") ||
                      node.find("localizedMessage") || node.find("faultCause");
    if (const auto object = node.find("obj"))
        into.object_type = one_line(object->text_or_empty("type"), 100);
    for (int i = 0; i < max_causes; ++i) {
        add_words(into, node.text_or_empty("faultstring"));
        add_words(into, node.text_or_empty("localizedMessage"));
        add_messages(into, node);
        add_words(into, node.text_or_empty("reason"));
        const auto cause = node.find("faultCause");
        if (!cause || !cause->is_object()) break;
        node = unwrap(*cause, into);
    }
}

std::optional<milliseconds> read_retry_after(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return milliseconds(std::min(seconds, max_retry_after_s) * 1000);
}

verdict by_status(const fault& what) {
    const int status = what.status;
    if (status == 401) return verdict::no_session;
    if (what.cut) return verdict::unknown;
    // It says nothing about the job, nor about the VM.
    if (!what.structured)
        return http::was_not_carried_out(status) ? verdict::turned_back : verdict::unknown;
    if (status == 429) return verdict::busy;
    if (status == 404 || status == 409) return verdict::later;
    if (status == 408) return verdict::unknown;
    if (status >= 400 && status < 500) return verdict::final;
    return verdict::unknown;
}

bool is_foreign(const fault& what) {
    return what.status != 0 && !what.structured;
}

bool is_away(int status) {
    return status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
}

errc read_code(const fault& what, errc code) {
    switch (code) {
        case errc::unauthenticated:
        case errc::permission_denied:
        case errc::not_found:
        case errc::invalid_argument:
            return code;
        default:
            return is_away(what.status) ? errc::unavailable : errc::upstream_failed;
    }
}

}  // namespace

bool is_success(const http::response& answer) {
    return answer.status >= 200 && answer.status < 300;
}

fault read_fault(const json_node& node) {
    fault out;
    if (node.is_text()) {
        out.words = node.text()->substr(0, max_raw_words);
        return out;
    }
    read_into(node, out);
    return out;
}

fault read_fault(const http::response& answer) {
    fault out;
    const auto first = answer.body.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && answer.body[first] == '{') {
        http::json_document document;
        const auto root = document.parse(answer.body, max_fault_bytes);
        if (root) out = read_fault(*root);
        out.cut = !root;
    }
    out.status = answer.status;
    out.retry_after = read_retry_after(answer.find("retry-after"));
    if (!out.structured) out.words = http::words_of_intermediary(answer);
    return out;
}

verdict judge(const fault& what) {
    if (what.retry_after && (what.status == 503 || what.status == 429))
        return what.structured ? verdict::busy : verdict::turned_back;
    if (what.type.empty()) return by_status(what);
    const auto* row = find_family(what.type);
    if (row == nullptr) return verdict::unknown;
    // Only the VM is the job's own affair: another object that is gone may be back or renewed.
    const bool elsewhere = row->type == "ManagedObjectNotFound" && !what.object_type.empty() &&
                           what.object_type != "VirtualMachine";
    return elsewhere ? verdict::later : row->means;
}

submit_outcome outcome_of(const fault& what) {
    auto said = to_error(what);
    switch (judge(what)) {
        case verdict::no_session:
            return refused{refusal::not_sent, std::move(said), what.retry_after};
        case verdict::turned_back:
            return outcome_turned_back(std::move(said), what.retry_after);
        case verdict::busy:
            return refused{refusal::busy, std::move(said), what.retry_after};
        case verdict::not_ready:
            return refused{refusal::not_ready, std::move(said), what.retry_after};
        case verdict::later:
            return failed{std::move(said), true};
        case verdict::final:
            return failed{std::move(said), false};
        // Cancelled while it was carried out, perhaps.
        case verdict::cancelled:
        case verdict::unknown:
            break;
    }
    return uncertain{error(errc::in_doubt, said.message())};
}

void end_with(task_status& status, const fault& what) {
    status.said = to_error(what);
    status.phase = task_phase::failed;
    switch (judge(what)) {
        case verdict::busy:
            status.phase = task_phase::refused;
            status.why = refusal::busy;
            break;
        case verdict::not_ready:
            status.phase = task_phase::refused;
            status.why = refusal::not_ready;
            break;
        case verdict::cancelled:
            status.cancelled = true;
            break;
        case verdict::final:
            break;
        // The task has ended, so nothing is unknown any more; a reason that we do not know may
        // pass.
        case verdict::no_session:
        case verdict::turned_back:
        case verdict::unknown:
        case verdict::later:
            status.later = true;
            break;
    }
}

error to_error(const fault& what) {
    if (is_foreign(what)) return {http::code_of_intermediary(what.status), what.words};
    const auto* row = find_family(what.type);
    auto code = row != nullptr ? row->code : errc::upstream_failed;
    if (what.type.empty()) code = code_by_status(what.status);
    auto text = what.type;
    if (!what.words.empty()) text += text.empty() ? what.words : ": " + what.words;
    text = one_line(text, max_words);
    if (text.empty()) text = "no explanation";
    if (what.status != 0) text += concat(" (HTTP ", std::to_string(what.status), ")");
    return {code, std::move(text)};
}

error to_read_error(const fault& what) {
    const auto said = to_error(what);
    if (is_foreign(what)) return said;
    return {read_code(what, said.code()), said.message()};
}

error explain(const http::response& answer) {
    return to_read_error(read_fault(answer));
}

error explain_login(const http::response& answer) {
    auto why = explain(answer);
    switch (why.code()) {
        case errc::permission_denied:
        case errc::unauthenticated:
            return {errc::unauthenticated, why.message()};
        case errc::unavailable:
            return why;
        default:
            return {errc::upstream_failed, why.message()};
    }
}

bool is_dead_session(const http::response& answer) {
    if (answer.status == 401) return true;
    if (answer.status != 403 && answer.status != 500) return false;
    // Spares the reading of every other fault.
    if (answer.body.find("NotAuthenticated") == std::string::npos) return false;
    return is_a(read_fault(answer).type, "NotAuthenticated");
}

}  // namespace cloned::backends::vijson
