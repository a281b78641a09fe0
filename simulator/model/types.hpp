#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// Time since the start of the simulated world. The world has no clock of its own: every call brings
// the present instant, and an instant never goes back.
using instant = std::chrono::nanoseconds;

inline constexpr instant never = instant::max();

enum class server_kind : std::uint8_t { vcenter, snapservice, control, zstack };

enum class operation_kind : std::uint8_t { clone, linked_clone, restore, zstack_clone };
inline constexpr std::size_t operation_kinds = 4;

constexpr std::string_view to_text(server_kind server) {
    switch (server) {
        case server_kind::vcenter:
            return "vcenter";
        case server_kind::snapservice:
            return "snapservice";
        case server_kind::zstack:
            return "zstack";
        case server_kind::control:
            break;
    }
    return "control";
}

constexpr std::string_view to_text(operation_kind kind) {
    switch (kind) {
        case operation_kind::clone:
            return "clone";
        case operation_kind::linked_clone:
            return "linked_clone";
        case operation_kind::zstack_clone:
            return "zstack_clone";
        case operation_kind::restore:
            break;
    }
    return "restore";
}

constexpr server_kind server_of(operation_kind kind) {
    if (kind == operation_kind::zstack_clone) {
        return server_kind::zstack;
    }
    return kind == operation_kind::clone ? server_kind::vcenter : server_kind::snapservice;
}

struct header_view {
    std::string_view name;
    std::string_view value;
};

// One request as it reached a server. It owns nothing: what it refers to must live until
// model::handle returns.
struct request {
    server_kind server = server_kind::vcenter;
    std::string_view method;
    std::string_view target;
    std::vector<header_view> headers;
    std::string_view body;

    // Names are compared without regard to case. Empty if the header is absent.
    std::string_view header(std::string_view name) const;
    bool has_header(std::string_view name) const;
};

// What the transport does with an answer.
enum class fate : std::uint8_t {
    normal,
    drop_before,  // close the connection; the request was not processed
    drop_after,   // close the connection; the request was processed, nobody is told
    truncated,    // send the head and half of the body, then close
    garbage,      // send bytes that are not HTTP, then close
    endless,      // a body without an end
    huge,         // a well-formed body of `huge_bytes`
};

constexpr std::string_view to_text(fate f) {
    switch (f) {
        case fate::normal:
            return "normal";
        case fate::drop_before:
            return "drop_before";
        case fate::drop_after:
            return "drop_after";
        case fate::truncated:
            return "truncated";
        case fate::garbage:
            return "garbage";
        case fate::endless:
            return "endless";
        case fate::huge:
            break;
    }
    return "huge";
}

struct answer_header {
    std::string name;
    std::string value;
};

struct answer {
    int status = 200;
    std::string_view content_type =
        "application/json";              // always a literal; unused if body is empty
    std::vector<answer_header> headers;  // beside content-type
    std::string body;
    std::chrono::nanoseconds delay{0};  // the answer leaves this long after the request came
    fate what = fate::normal;
    std::uint64_t huge_bytes = 0;  // of a fate::huge body

    std::string_view header(std::string_view name) const;
};

}  // namespace cloned::simulator
