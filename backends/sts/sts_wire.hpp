#pragma once

#include "backends/http/messages.hpp"
#include "base/clock.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The messages of a security token service: WS-Trust 1.3 over SOAP 1.1, as VMware's own clients use
// it (vcf-sdk-python's vsan_snapservice_client.py over pyVim/sso.py). Pure.
namespace cloned::backends::sts {

struct wish {
    std::string user;
    std::string password;
    wall_time now{};  // by the service's clock, as far as it is known
    milliseconds lifetime{};
};

// Asks for the bearer's assertion of that user, which may be passed on.
http::request issue(const wish& what, std::string_view target);

struct assertion {
    std::string xml;  // byte for byte as it was signed
    std::optional<milliseconds> lifetime;
};

enum class fault_kind : std::uint8_t {
    refused,     // the user or the password
    wrong_time,  // the request is too old, or of the future, by the service's clock
    other,
};

struct fault {
    fault_kind what = fault_kind::other;
    std::string words;                 // one line, not short; may hold what the request held
    std::optional<wall_time> told_at;  // by the service's clock
};

tl::expected<assertion, fault> read_answer(const http::response& answer);

// "Mon, 02 Mar 2026 10:15:04 GMT", as HTTP's Date has it.
std::optional<wall_time> read_http_date(std::string_view text);

}  // namespace cloned::backends::sts
