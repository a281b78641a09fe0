#include "base/text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace cloned {

namespace {

// The bytes of the control character that `text` begins with, or 0. A terminal obeys these:
// ASCII's, those from U+0080 to U+009F, and those that turn the direction of writing.
std::size_t control_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;
    if (byte(0) != 0xE2) return 0;
    const bool embeds = byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE;
    const bool isolates = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
    return embeds || isolates ? 3 : 0;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t limit) {
    const bool cut = text.size() > limit;
    if (cut) {
        while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
        text = text.substr(0, limit);
    }
    std::string out;
    out.reserve(text.size() + 3);
    while (!text.empty()) {
        const std::size_t control = control_length(text);
        out += control > 0 ? ' ' : text.front();
        text.remove_prefix(control > 0 ? control : 1);
    }
    if (cut) out += "…";
    return out;
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
