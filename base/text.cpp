#include "base/text.hpp"

#include "base/unicode.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace cloned {

namespace {

constexpr std::string_view replacement = "\uFFFD";
constexpr std::string_view cut_mark = "…";

bool is_between(char32_t code, char32_t first, char32_t last) {
    return code >= first && code <= last;
}

// What a terminal obeys, what turns the direction of writing, what ends a line elsewhere, and what
// has no width and so hides: Unicode's Cc, Zl, Zp, and those of Cf that change what is seen.
bool deceives(char32_t code) {
    return code < 0x20 || is_between(code, 0x7F, 0x9F) || code == 0xAD || code == 0x61C ||
           code == 0x115F || code == 0x1160 || code == 0x180E || is_between(code, 0x200B, 0x200F) ||
           is_between(code, 0x2028, 0x202E) || is_between(code, 0x2060, 0x206F) || code == 0x3164 ||
           is_between(code, 0xFE00, 0xFE0F) || code == 0xFEFF || code == 0xFFA0 ||
           is_between(code, 0xFFF9, 0xFFFB) || is_between(code, 0xE0000, 0xE0FFF);
}

bool breaks_line(char32_t code) {
    return code == '\n' || code == '\r' || code == '\t';
}

}  // namespace

std::string one_line(std::string_view text, std::size_t limit) {
    std::string out;
    out.reserve(std::min(text.size(), limit) + cut_mark.size());
    while (!text.empty()) {
        const auto next = first_of(text);
        auto shown = text.substr(0, next.bytes);
        if (next.valid && breaks_line(next.code)) {
            shown = " ";
        } else if (!next.valid || deceives(next.code)) {
            shown = replacement;
        }
        if (out.size() + shown.size() > limit) {
            out += cut_mark;
            break;
        }
        out += shown;
        text.remove_prefix(next.bytes);
    }
    return out;
}

bool is_plain(std::string_view text) {
    while (!text.empty()) {
        const auto next = first_of(text);
        if (!next.valid || deceives(next.code)) return false;
        text.remove_prefix(next.bytes);
    }
    return true;
}

std::string for_people(std::chrono::milliseconds span) {
    const auto ms = span.count();
    const auto number = [](std::int64_t n) { return std::to_string(n); };
    if (ms < 1000) return number(ms) + " ms";
    if (ms < 120'000) return number((ms + 500) / 1000) + " s";
    if (ms < 7'200'000) return number((ms + 30'000) / 60'000) + " min";
    return number(ms / 3'600'000) + " h " + number(ms % 3'600'000 / 60'000) + " min";
}

std::string rfc3339(wall_time when) {
    const auto ms = to_ms(when);
    const std::time_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> day{};
    std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 8> rest{};
    std::snprintf(rest.data(), rest.size(), ".%03dZ", static_cast<int>(ms - seconds * 1000));
    return concat(day.data(), rest.data());
}

}  // namespace cloned
