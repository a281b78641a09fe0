#include "simulator/zstack/zones.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulator {

namespace {

struct named_zone {
    std::string_view name;
    std::int64_t offset_min;
};

// Clients write the name of their own zone; these are the ones that one has to expect.
constexpr std::array<named_zone, 32> zones{
    {{"GMT", 0},    {"UTC", 0},    {"WET", 0},    {"WEST", 60},  {"BST", 60},   {"CET", 60},
     {"CEST", 120}, {"EET", 120},  {"EEST", 180}, {"MSK", 180},  {"SAST", 120}, {"PKT", 300},
     {"IST", 330},  {"MMT", 390},  {"ICT", 420},  {"WIB", 420},  {"HKT", 480},  {"SGT", 480},
     {"PHT", 480},  {"AWST", 480}, {"JST", 540},  {"KST", 540},  {"AEST", 600}, {"AEDT", 660},
     {"NZST", 720}, {"NZDT", 780}, {"EST", -300}, {"EDT", -240}, {"CDT", -300}, {"MST", -420},
     {"PST", -480}, {"PDT", -420}}};

constexpr std::int64_t china_min = 480;
constexpr std::int64_t us_central_min = -360;

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t number(std::string_view digits) {
    std::int64_t out = 0;
    for (const char c : digits) {
        out = out * 10 + (c - '0');
    }
    return out;
}

std::optional<std::int64_t> offset(char sign, std::string_view hours, std::string_view minutes) {
    if ((sign != '+' && sign != '-') || !all_digits(hours) || !all_digits(minutes) ||
        number(hours) > 23 || number(minutes) > 59) {
        return {};
    }
    const std::int64_t ahead = number(hours) * 60 + number(minutes);
    return sign == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<std::int64_t> zone_offset_min(std::string_view zone, std::int64_t node_min) {
    if (zone == "CST") {
        return node_min == china_min ? china_min : us_central_min;
    }
    const auto* named = std::find_if(zones.begin(), zones.end(),
                                     [&](const named_zone& z) { return z.name == zone; });
    if (named != zones.end()) {
        return named->offset_min;
    }
    const std::string_view minutes = zone.size() < 2 ? "" : zone.substr(zone.size() - 2);
    if (zone.starts_with("GMT")) {
        const bool fits = (zone.size() == 8 || zone.size() == 9) && zone[zone.size() - 3] == ':';
        return fits ? offset(zone[3], zone.substr(4, zone.size() - 7), minutes) : std::nullopt;
    }
    return zone.size() == 5 ? offset(zone[0], zone.substr(1, 2), minutes) : std::nullopt;
}

}  // namespace cloned::simulator
