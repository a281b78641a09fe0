#include "simulator/sts/xml.hpp"

#include "simulator/model/text.hpp"

#include <charconv>
#include <chrono>

namespace cloned::simulator {

namespace {

// Without a prefix an element is in the default namespace, an attribute in none.
std::string space_of(pugi::xml_node element, std::string_view prefix) {
    const std::string declaration = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
    for (pugi::xml_node at = element; at; at = at.parent()) {
        if (const pugi::xml_attribute found = at.attribute(declaration.c_str())) {
            return found.value();
        }
    }
    return {};
}

std::string_view cut_prefix(std::string_view& name) {
    const auto colon = name.find(':');
    if (colon == std::string_view::npos) {
        return {};
    }
    const std::string_view prefix = name.substr(0, colon);
    name.remove_prefix(colon + 1);
    return prefix;
}

// Takes `width` digits and the text's next character, which must be `after` unless that is 0.
bool take(std::string_view& text, std::size_t width, char after, int& number) {
    if (text.size() < width + (after == 0 ? 0 : 1)) {
        return false;
    }
    const auto read = std::from_chars(text.data(), text.data() + width, number);
    if (read.ec != std::errc{} || read.ptr != text.data() + width || number < 0 ||
        (after != 0 && text[width] != after)) {
        return false;
    }
    text.remove_prefix(width + (after == 0 ? 0 : 1));
    return true;
}

int take_milliseconds(std::string_view& text) {
    if (!text.starts_with('.')) {
        return 0;
    }
    text.remove_prefix(1);
    int out = 0;
    int scale = 100;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        out += scale * (text.front() - '0');
        scale /= 10;
        text.remove_prefix(1);
    }
    return out;
}

// Minutes that the zone at the end of the text is ahead of UTC.
std::optional<int> zone_of(std::string_view text) {
    if (text.empty() || text == "Z") {
        return 0;
    }
    const int sign = text.front() == '-' ? -1 : 1;
    if (text.front() != '-' && text.front() != '+') {
        return {};
    }
    text.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!take(text, 2, ':', hours) || !take(text, 2, 0, minutes) || !text.empty()) {
        return {};
    }
    return sign * (60 * hours + minutes);
}

}  // namespace

xml_name name_of(pugi::xml_node element) {
    std::string_view local = element.name();
    const std::string_view prefix = cut_prefix(local);
    return {space_of(element, prefix), std::string(local)};
}

xml_name name_of(pugi::xml_node element, pugi::xml_attribute attribute) {
    std::string_view local = attribute.name();
    const std::string_view prefix = cut_prefix(local);
    return {prefix.empty() ? std::string() : space_of(element, prefix), std::string(local)};
}

pugi::xml_node child_of(pugi::xml_node parent, std::string_view space, std::string_view local) {
    for (const pugi::xml_node child : parent.children()) {
        if (child.type() == pugi::node_element) {
            const xml_name name = name_of(child);
            if (name.local == local && name.space == space) {
                return child;
            }
        }
    }
    return {};
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 0x20U || c == '\t' || c == '\n') {
                    out += c;
                } else if (c == '\r') {
                    out += "&#13;";
                } else {
                    out += "\xEF\xBF\xBD";
                }
        }
    }
    return out;
}

std::string xml_time(std::int64_t epoch_ms) {
    std::string out;
    append_time(out, epoch_ms);
    return out;
}

std::optional<std::int64_t> time_of(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!take(text, 4, '-', year) || !take(text, 2, '-', month) || !take(text, 2, 'T', day) ||
        !take(text, 2, ':', hour) || !take(text, 2, ':', minute) || !take(text, 2, 0, second)) {
        return {};
    }
    const int milliseconds = take_milliseconds(text);
    const auto zone_min = zone_of(text);
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!zone_min || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return {};
    }
    const auto time = std::chrono::sys_days{date} + std::chrono::hours{hour} +
                      std::chrono::minutes{minute - *zone_min} + std::chrono::seconds{second} +
                      std::chrono::milliseconds{milliseconds};
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace cloned::simulator
