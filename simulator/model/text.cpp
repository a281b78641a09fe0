#include "simulator/model/text.hpp"

#include <algorithm>
#include <cctype>

namespace cloned::simulator {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_hex(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

void append_padded(std::string& out, unsigned number, int width) {
    char digits[8];
    for (int i = width - 1; i >= 0; --i, number /= 10U) {
        digits[i] = static_cast<char>('0' + number % 10U);
    }
    out.append(digits, static_cast<std::size_t>(width));
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20U && c != '"' && c != '\\') {
            continue;
        }
        out.append(text, plain, i - plain);
        plain = i + 1;
        if (c >= 0x20U) {
            out += '\\';
            out += text[i];
        } else {
            out += "\\u00";
            out += hex[c >> 4U];
            out += hex[c & 15U];
        }
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

std::string json_text(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json(out, text);
    return out;
}

void append_time(std::string& out, std::int64_t epoch_ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds{epoch_ms}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_padded(out, static_cast<unsigned>(clock.hours().count()), 2);
    out += ':';
    append_padded(out, static_cast<unsigned>(clock.minutes().count()), 2);
    out += ':';
    append_padded(out, static_cast<unsigned>(clock.seconds().count()), 2);
    out += '.';
    append_padded(out, static_cast<unsigned>(clock.subseconds().count()), 3);
    out += 'Z';
}

std::string base64(std::string_view bytes) {
    static constexpr char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const auto byte = i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
            group = (group << 8U) | byte;
        }
        for (std::size_t k = 0; k < 4; ++k) {
            const bool padding = i + k > bytes.size();
            out += padding ? '=' : alphabet[(group >> (18U - 6U * k)) & 63U];
        }
    }
    return out;
}

std::optional<std::string> base64_decoded(std::string_view text) {
    const auto value = [](char c) -> std::uint32_t {
        const auto within = [c](char low, char high) { return c >= low && c <= high; };
        const std::uint32_t letter = within('A', 'Z')   ? static_cast<std::uint32_t>(c - 'A')
                                     : within('a', 'z') ? static_cast<std::uint32_t>(c - 'a') + 26
                                     : within('0', '9') ? static_cast<std::uint32_t>(c - '0') + 52
                                                        : 64U;
        return c == '+' ? 62U : c == '/' ? 63U : letter;
    };
    std::string out;
    std::uint32_t group = 0;
    std::size_t digits = 0;
    const std::string_view body = text.substr(0, text.find('='));
    if (text.size() % 4 != 0 || text.size() - body.size() > 2) {
        return {};
    }
    for (const char c : body) {
        if (value(c) > 63) {
            return {};
        }
        group = (group << 6U) | value(c);
        if (++digits % 4 != 1) {
            out += static_cast<char>((group >> (8U - digits % 4 * 2U) % 8U) & 0xffU);
        }
    }
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool glob_match(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

bool is_in_list(std::string_view list, std::string_view item) {
    bool found = false;
    for_each_in_list(list, [&](std::string_view each) { found = found || each == item; });
    return found;
}

std::string stored_name(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool escape = i + 2 < name.size() && is_hex(name[i + 1]) && is_hex(name[i + 2]);
        if (c == '/') {
            out += "%2f";
        } else if (c == '\\') {
            out += "%5c";
        } else if (c == '%' && !escape) {
            out += "%25";
        } else {
            out += c;
        }
    }
    return out;
}

std::string_view request::header(std::string_view name) const {
    for (const header_view& h : headers) {
        if (same_ignoring_case(h.name, name)) {
            return h.value;
        }
    }
    return {};
}

bool request::has_header(std::string_view name) const {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const header_view& h) { return same_ignoring_case(h.name, name); });
}

std::string_view answer::header(std::string_view name) const {
    for (const answer_header& h : headers) {
        if (same_ignoring_case(h.name, name)) {
            return h.value;
        }
    }
    return {};
}

}  // namespace cloned::simulator
