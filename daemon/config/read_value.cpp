#include "daemon/config/read_value.hpp"

#include "base/text.hpp"
#include "daemon/config/values.hpp"

#include <algorithm>
#include <type_traits>

namespace cloned {
namespace {

std::string take(const toml::node& node, std::int64_t least, std::int64_t most, std::string& into) {
    const auto text = node.value_exact<std::string>();
    if (!text) return "must be text in quotes";
    const auto size = static_cast<std::int64_t>(text->size());
    if (size < least) return least == 1 ? "must not be empty" : "is too short";
    if (size > most) return concat("must be of at most ", std::to_string(most), " bytes");
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(text->begin(), text->end(), control)) {
        return "must not hold control characters";
    }
    into = *text;
    return {};
}

template <class Number>
std::string take(const toml::node& node, std::int64_t least, std::int64_t most, Number& into)
    requires std::is_integral_v<Number>
{
    const auto number = node.value_exact<std::int64_t>();
    if (!number) return "must be a whole number";
    if (*number < least || *number > most) {
        return concat("must be ", std::to_string(least), " to ", std::to_string(most));
    }
    into = static_cast<Number>(*number);
    return {};
}

std::string take(const toml::node& node, std::int64_t, std::int64_t, bool& into) {
    const auto flag = node.value_exact<bool>();
    if (!flag) return "must be true or false";
    into = *flag;
    return {};
}

std::string take(const toml::node& node,
                 std::int64_t least,
                 std::int64_t most,
                 milliseconds& into) {
    const auto text = node.value_exact<std::string>();
    const auto span = text ? parse_duration(*text) : std::nullopt;
    if (!span) return R"(must be a duration such as "500ms", "30s" or "5min")";
    if (span->count() < least || span->count() > most) {
        return concat("must be ", format_duration(milliseconds(least)), " to ",
                      format_duration(milliseconds(most)));
    }
    into = *span;
    return {};
}

std::string take(const toml::node& node, std::int64_t, std::int64_t, std::chrono::minutes& into) {
    const auto text = node.value_exact<std::string>();
    const auto zone = text ? parse_zone(*text) : std::nullopt;
    if (!zone) return "must be an offset from UTC, such as +08:00";
    into = *zone;
    return {};
}

template <class Enum>
std::string take(const toml::node& node, std::int64_t, std::int64_t, Enum& into)
    requires std::is_enum_v<Enum>
{
    const auto words = words_of(into);
    const auto text = node.value_exact<std::string>().value_or(std::string());
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) return concat("must be ", alternatives(words));
    into = static_cast<Enum>(found - words.begin());
    return {};
}

}  // namespace

std::string read_value(const toml::node& node,
                       std::int64_t least,
                       std::int64_t most,
                       const setting_place& into) {
    return std::visit([&](auto* at) { return take(node, least, most, *at); }, into);
}

}  // namespace cloned
