#pragma once

#include "simulator/model/types.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cloned::simulator {

// Lets unordered maps with string keys be asked with a string_view.
struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

template <std::integral Number>
void append_number(std::string& out, Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

// JSON is written by hand: polls carry hundreds of task records, and building a tree for each only
// to print it would be most of this program's time.
void append_json(std::string& out, std::string_view text);  // quoted and escaped
std::string json_text(std::string_view text);

// RFC 3339 in UTC with milliseconds.
void append_time(std::string& out, std::int64_t epoch_ms);

std::string base64(std::string_view bytes);
std::optional<std::string> base64_decoded(std::string_view text);  // padded, without blanks
std::string upper(std::string_view text);
bool same_ignoring_case(std::string_view a, std::string_view b);

// `*` stands for any run of characters; everything else is literal. Linear in the common case and
// never worse than the product of the two lengths.
bool glob_match(std::string_view pattern, std::string_view text);

// vCenter stores three characters of an entity's name in escaped form, and compares names so.
std::string stored_name(std::string_view name);

std::string_view trimmed(std::string_view text);  // of the blanks at its ends

// Lists in settings are separated by commas; an empty item is none.
template <class Do>
void for_each_in_list(std::string_view list, const Do& act) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        if (end > 0) {
            act(list.substr(0, end));
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}
bool is_in_list(std::string_view list, std::string_view item);

inline instant from_ms(double ms) {
    return instant(static_cast<std::int64_t>(ms * 1e6));
}

inline std::int64_t to_ms(std::chrono::nanoseconds t) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(t).count();
}

}  // namespace cloned::simulator
