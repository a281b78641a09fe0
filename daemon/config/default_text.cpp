#include "base/text.hpp"
#include "daemon/config/load.hpp"
#include "daemon/config/settings.hpp"
#include "daemon/config/values.hpp"

#include <type_traits>

namespace cloned {
namespace {

std::string quoted(std::string_view text) {
    return concat("\"", text, "\"");
}

std::string shown(const std::string& text) {
    return quoted(text);
}
std::string shown(std::int64_t number) {
    return std::to_string(number);
}
std::string shown(std::size_t number) {
    return std::to_string(number);
}
std::string shown(bool flag) {
    return flag ? "true" : "false";
}
std::string shown(milliseconds span) {
    return quoted(format_duration(span));
}
std::string shown(std::chrono::minutes offset) {
    return quoted(format_zone(offset));
}
template <class Enum>
std::string shown(Enum value)
    requires std::is_enum_v<Enum>
{
    return quoted(word_of(value));
}

// Which values the setting may have, in one sentence.
template <class Section>
std::string bounds(const setting<Section>& s, const setting_place& place) {
    return std::visit(
        [&](const auto* at) -> std::string {
            using value = std::remove_cvref_t<decltype(*at)>;
            if constexpr (std::is_enum_v<value>)
                return concat(" One of ", alternatives(words_of(*at)), ".");
            else if constexpr (std::is_same_v<value, milliseconds>)
                return concat(" ", format_duration(milliseconds(s.least)), " to ",
                              format_duration(milliseconds(s.most)), ".");
            else if constexpr (std::is_integral_v<value> && !std::is_same_v<value, bool>)
                return concat(" ", shown(s.least), " to ", shown(s.most), ".");
            else
                return {};
        },
        place);
}

// `prefix` comments out the sections that a fresh installation has none of.
template <class Section>
void append_section(std::string& out,
                    std::string_view title,
                    std::string_view prefix,
                    std::span<const setting<Section>> table,
                    Section defaults) {
    out += concat("\n", prefix, title, "\n");
    for (const auto& s : table) {
        const auto place = s.into(defaults);
        const std::string value = std::visit([](const auto* at) { return shown(*at); }, place);
        out += concat("# ", s.only ? concat("Of ", to_string(*s.only), " only. ") : "", s.meaning,
                      bounds(s, place),
                      s.when == takes_effect::on_reload ? " Taken over by a reload." : "", "\n",
                      prefix, s.name, " = ", value, "\n");
    }
}

void append_kinds(std::string& out,
                  std::string_view title,
                  std::string_view meaning,
                  const by_kind& defaults) {
    const auto& any = kind_table().front();
    out += concat("\n#", title, "\n# ", meaning, " ", shown(any.least), " to ", shown(any.most),
                  ".\n");
    for (const auto& row : job_kinds)
        out +=
            concat("#", row.name, " = ", shown(defaults[static_cast<std::size_t>(row.kind)]), "\n");
}

}  // namespace

std::string default_config_text() {
    std::string out =
        "# Configuration of cloned with every setting at its default. Durations are whole numbers\n"
        "# with one of the units ms, s, min, h and d. Changes need a restart unless said "
        "otherwise.\n";
    append_section(out, "[daemon]", "", daemon_table(), daemon_config{});
    append_section(out, "[limits]", "", limits_table(), limits_config{});
    listen_settings local;
    local.address = "unix:/run/cloned/cloned.sock";
    append_section(out, "[[listen]]", "#", listen_table(), local);
    append_section(out, "[[credential]]", "#", credential_table(), credential_settings{});
    append_section(out, "[[endpoint]]", "#", endpoint_table(), endpoint_settings{});
    append_kinds(out, "[endpoint.limit]",
                 "Jobs in flight in one cluster, by kind; true ceilings are learned below it.",
                 default_limits);
    append_kinds(out, "[endpoint.cost]",
                 "What one job counts in max_in_flight and max_per_source, by kind.",
                 default_costs);
    return out;
}

}  // namespace cloned
