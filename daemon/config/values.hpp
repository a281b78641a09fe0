#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The small languages within the values of the configuration file. Pure.
namespace cloned {

// "500ms", "30s", "5min", "2h", "1d". Whole numbers only; nothing else, nothing without a unit.
std::optional<milliseconds> parse_duration(std::string_view text);

// The shortest of the forms above that says the same.
std::string format_duration(milliseconds span);

// "+08:00" and the like: how far a local time is ahead of UTC.
std::optional<std::chrono::minutes> parse_zone(std::string_view text);
std::string format_zone(std::chrono::minutes offset);

// "a, b or c".
std::string alternatives(std::span<const std::string_view> words);

// The member of `known` that `text` is most likely a slip for; empty if none is close.
std::string_view closest(std::string_view text, const std::vector<std::string_view>& known);

// "host:port", "10.0.0.1:443" or "[::1]:443".
struct host_port {
    std::string host;
    std::uint16_t port = 0;
};
result<host_port> parse_host_port(std::string_view text);

// "https://host[:port]", without a path, a query or a user.
struct origin {
    bool tls = true;
    std::string host;
    std::uint16_t port = 443;
};
result<origin> parse_origin(std::string_view text);

// True for localhost, 127.0.0.0/8 and ::1: what cannot be reached from another machine.
bool is_loopback(std::string_view host);

// 64 hexadecimal digits, colons allowed between the pairs.
bool is_sha256_fingerprint(std::string_view text);

// 1 to 63 of a-z 0-9 -, beginning with a letter or a digit.
bool is_endpoint_name(std::string_view text);

}  // namespace cloned
