#include "daemon/config/values.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

namespace cloned {
namespace {

struct unit {
    std::string_view name;
    std::int64_t ms;
};
// The longest first, for formatting.
constexpr std::array<unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, number);
    if (ec != std::errc() || rest != end || text.empty()) return std::nullopt;
    return number;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    const auto allowed = [](char c) {
        return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
    };
    return std::all_of(host.begin(), host.end(), allowed) && host.front() != '-';
}

bool is_ipv6_literal(std::string_view host) {
    const auto allowed = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
               c == '.';
    };
    return host.size() >= 2 && host.find(':') != std::string_view::npos &&
           std::all_of(host.begin(), host.end(), allowed);
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    const auto digits_end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto digits = static_cast<std::size_t>(digits_end - text.begin());
    const auto count = parse_number<std::int64_t>(text.substr(0, digits));
    if (!count) return std::nullopt;
    for (const unit& u : units) {
        if (text.substr(digits) != u.name) continue;
        if (*count > std::numeric_limits<std::int64_t>::max() / u.ms) return std::nullopt;
        return milliseconds(*count * u.ms);
    }
    return std::nullopt;
}

std::string format_duration(milliseconds span) {
    const std::int64_t ms = span.count();
    if (ms == 0) return "0s";
    const auto fits = [ms](const unit& u) { return ms % u.ms == 0; };
    const unit& u = *std::find_if(units.begin(), units.end(), fits);
    return concat(std::to_string(ms / u.ms), u.name);
}

std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
    for (const std::size_t at : {1U, 2U, 4U, 5U})
        if (!is_digit(text[at])) return {};
    const int hours = (text[1] - '0') * 10 + (text[2] - '0');
    const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
    if (hours > 14 || minutes > 59) return {};
    const auto all = std::chrono::minutes(hours * 60 + minutes);
    return text[0] == '-' ? -all : all;
}

std::string format_zone(std::chrono::minutes offset) {
    const auto two_digits = [](std::int64_t number) {
        return concat(number < 10 ? "0" : "", std::to_string(number));
    };
    const auto ahead = std::chrono::abs(offset).count();
    return concat(offset.count() < 0 ? "-" : "+", two_digits(ahead / 60), ":",
                  two_digits(ahead % 60));
}

std::string alternatives(std::span<const std::string_view> words) {
    std::string out(words.front());
    for (std::size_t i = 1; i < words.size(); ++i)
        out += concat(i + 1 == words.size() ? " or " : ", ", words[i]);
    return out;
}

std::string_view closest(std::string_view text, const std::vector<std::string_view>& known) {
    // A long wrong name is no slip of anything, and the distance costs the product of the lengths.
    if (text.size() > 64) return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, text.size() / 3) + 1;
    for (const std::string_view name : known) {
        const std::size_t distance = edit_distance(text, name);
        if (distance < best_distance && distance < name.size()) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

result<host_port> parse_host_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const auto port = colon == std::string_view::npos
                          ? std::nullopt
                          : parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return fail(errc::invalid_argument, "must end in a colon and a port of 0 to 65535");
    std::string_view host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (is_ipv6_literal(host)) return host_port{std::string(host), *port};
    } else if (is_host_name(host)) {
        return host_port{std::string(host), *port};
    }
    return fail(errc::invalid_argument,
                "must name a host, an IPv4 address or an IPv6 address in brackets");
}

result<origin> parse_origin(std::string_view text) {
    origin out;
    if (text.starts_with("https://")) {
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
        out.tls = false;
        out.port = 80;
    } else {
        return fail(errc::invalid_argument, "must begin with https://");
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    if (text.find_first_of("/?#@ ") != std::string_view::npos) {
        return fail(errc::invalid_argument,
                    "must be https://host or https://host:port, without a path or a user");
    }
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    const std::string authority =
        has_port ? std::string(text) : concat(text, out.tls ? ":443" : ":80");
    auto place = parse_host_port(authority);
    if (!place) return fail(place.error());
    if (place->port == 0) return fail(errc::invalid_argument, "must have a port of 1 to 65535");
    out.host = std::move(place->host);
    out.port = place->port;
    return out;
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    // A name such as 127.example.com may point anywhere; only an address in digits counts.
    return host.starts_with("127.") &&
           std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_sha256_fingerprint(std::string_view text) {
    std::size_t digits = 0;
    for (const char c : text) {
        if (c == ':') {
            if (digits % 2 != 0 || digits == 0 || digits == 64) return false;
        } else if (is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            ++digits;
        } else {
            return false;
        }
    }
    return digits == 64;
}

bool is_endpoint_name(std::string_view text) {
    return !text.empty() && text.size() <= 63 && text.front() != '-' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

}  // namespace cloned
