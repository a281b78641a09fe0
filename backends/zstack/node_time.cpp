#include "backends/zstack/node_time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace cloned::backends::zstack {
namespace {

using namespace std::chrono;

constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Runs of letters and of digits. What stands between them is left out: newer Java runtimes write a
// comma behind the year, and a narrow blank of three bytes in front of "AM".
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> out;
    std::size_t i = 0;
    while (i < text.size()) {
        const auto start = i;
        if (is_digit(text[i])) {
            while (i < text.size() && is_digit(text[i])) ++i;
        } else if (is_letter(text[i])) {
            while (i < text.size() && is_letter(text[i])) ++i;
        } else {
            ++i;
            continue;
        }
        out.push_back(text.substr(start, i - start));
    }
    return out;
}

std::optional<int> number(std::string_view text, int low, int high) {
    if (text.empty() || text.size() > 4 || !is_digit(text[0])) return std::nullopt;
    int out = 0;
    for (const char c : text) out = out * 10 + (c - '0');
    if (out < low || out > high) return std::nullopt;
    return out;
}

}  // namespace

std::string date_header(wall_time now, minutes offset) {
    const auto local = floor<seconds>(now) + offset;
    const auto day = floor<days>(local);
    const year_month_day date(day);
    const hh_mm_ss time(local - day);
    const auto minutes_off = static_cast<int>(offset.count());
    std::array<char, 16> zone{"GMT"};
    if (minutes_off != 0)
        std::snprintf(zone.data(), zone.size(), "GMT%c%02d:%02d", minutes_off < 0 ? '-' : '+',
                      std::abs(minutes_off) / 60 % 100, std::abs(minutes_off) % 60);
    std::array<char, 96> out{};
    std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d %s",
                  weekdays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), zone.data());
    return out.data();
}

std::optional<wall_time> read_node_time(std::string_view text, minutes offset) {
    if (text.size() > 64) return std::nullopt;
    const auto words = words_of(text);
    if (words.size() != 7) return std::nullopt;
    const auto at = std::find(months.begin(), months.end(), words[0]);
    const auto on = number(words[1], 1, 31);
    const auto in = number(words[2], 1970, 9999);
    const auto hour = number(words[3], 1, 12);
    const auto minute = number(words[4], 0, 59);
    const auto second = number(words[5], 0, 60);
    const bool after_noon = words[6] == "PM";
    if (at == months.end() || !on || !in || !hour || !minute || !second ||
        (!after_noon && words[6] != "AM"))
        return std::nullopt;
    const auto month_number = static_cast<unsigned>(at - months.begin()) + 1;
    const year_month_day date(year(*in), month(month_number), day(static_cast<unsigned>(*on)));
    if (!date.ok()) return std::nullopt;
    const auto local = sys_days(date) + hours(*hour % 12 + (after_noon ? 12 : 0)) +
                       minutes(*minute) + seconds(*second);
    return wall_time(local - offset);
}

}  // namespace cloned::backends::zstack
