#include "backends/http/intermediary.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cloned::backends::http {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t max_page_bytes = std::size_t{16} << 10U;
constexpr std::size_t max_title_bytes = 150;
constexpr std::size_t max_location_bytes = 200;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// With each run of blanks as one.
std::string closed_up(std::string_view text) {
    std::string out;
    for (const char c : trimmed(text)) {
        const bool blank = blanks.find(c) != std::string_view::npos;
        if (!blank) out += c;
        if (blank && out.back() != ' ') out += ' ';
    }
    return out;
}

// What stands between the first <name ...> and its end; nothing if there is none.
std::string_view element(std::string_view page, std::string_view lower, std::string_view name) {
    const auto open = lower.find(concat("<", name));
    if (open == std::string_view::npos) return {};
    const auto begin = lower.find('>', open);
    if (begin == std::string_view::npos) return {};
    const auto end = lower.find(concat("</", name), begin);
    return trimmed(page.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1));
}

std::string without_tags(std::string_view page) {
    std::string out;
    bool in_tag = false;
    for (const char c : page) {
        if (c == '<') in_tag = true;
        if (!in_tag) out += c;
        if (c == '>') out += ' ';
        if (c == '>') in_tag = false;
    }
    return closed_up(out);
}

std::string quoted(std::string_view text) {
    return concat("\"", one_line(text, max_title_bytes), "\"");
}

std::string shown_body(std::string_view body) {
    const auto text = trimmed(body.substr(0, max_page_bytes));
    if (text.empty()) return "no text";
    if (text.front() != '<') return quoted(closed_up(text));
    const auto lower = lower_case(text);
    for (const auto* name : {"title", "h1", "body"}) {
        const auto words = without_tags(element(text, lower, name));
        if (!words.empty()) return concat("page ", quoted(words));
    }
    const auto words = without_tags(text);
    return words.empty() ? std::string("a page without words") : concat("page ", quoted(words));
}

}  // namespace

bool looks_like_json(std::string_view body) {
    const auto text = trimmed(body);
    return !text.empty() && std::string_view("{[\"").find(text.front()) != std::string_view::npos;
}

bool was_not_carried_out(int status) {
    switch (status) {
        case 408:
        case 460:
        case 499:
            return false;
        case 505:
        case 511:
            return true;
        default:
            return status >= 300 && status < 500;
    }
}

errc code_of_intermediary(int status) {
    if (status == 401) return errc::unauthenticated;
    return status == 500 ? errc::upstream_failed : errc::unavailable;
}

std::string words_of_intermediary(const response& answer) {
    const bool surely =
        code_of_intermediary(answer.status) == errc::unavailable && !looks_like_json(answer.body);
    auto out = concat("HTTP ", std::to_string(answer.status),
                      surely ? " from something in front of the upstream ("
                             : " without the upstream's own words (",
                      shown_body(answer.body), ")");
    const auto location = answer.find("location");
    if (!location.empty()) out += concat(", Location ", one_line(location, max_location_bytes));
    return out;
}

}  // namespace cloned::backends::http
