#include "base/text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace cloned {

std::string one_line(std::string_view text, std::size_t limit) {
    const bool cut = text.size() > limit;
    if (cut) {
        while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
        text = text.substr(0, limit);
    }
    std::string out;
    out.reserve(text.size() + 3);
    for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
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
