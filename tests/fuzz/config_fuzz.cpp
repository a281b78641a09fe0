// The configuration's text: a configuration that keeps its bounds, or problems.
#include "base/check.hpp"
#include "daemon/config/load.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>

namespace {

using namespace cloned;

// What stands in the file of a password.
constexpr std::string_view secret = "secret-of-the-fuzzer";

void check_problems(const std::vector<config_problem>& problems, std::string_view text) {
    CLONED_CHECK(!problems.empty(), "refused without a reason");
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    for (const auto& problem : problems) {
        CLONED_CHECK(problem.line >= 0 && problem.line <= lines, "a line that is not there");
        CLONED_CHECK(problem.column >= 0, "a column that is not there");
        CLONED_CHECK(!problem.message.empty(), "a problem without words");
        const auto shown = to_string(problem, "cloned.toml");
        const auto control = [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        };
        CLONED_CHECK(std::none_of(shown.begin(), shown.end(), control),
                     "a problem of several lines");
        CLONED_CHECK(
            text.find(secret) != std::string_view::npos || shown.find(secret) == std::string::npos,
            "a secret was shown");
    }
}

void check_endpoint(const backends::backend_options& endpoint) {
    const auto& info = endpoint.info;
    CLONED_CHECK(!info.name.empty() && !endpoint.http.host.empty(),
                 "an endpoint without an address");
    CLONED_CHECK(endpoint.http.port != 0, "an endpoint without a port");
    CLONED_CHECK(info.max_in_flight > 0 && info.max_per_source >= 0, "limits out of bounds");
    CLONED_CHECK(info.poll_interval_min.count() > 0, "a poll without a pause");
    CLONED_CHECK(info.poll_interval_min <= info.poll_interval_max, "the least is above the most");
    CLONED_CHECK(info.request_timeout.count() > 0 && info.quiesce.count() >= 0,
                 "times out of bounds");
    CLONED_CHECK(info.names_per_call >= 1, "calls without a name");
    for (std::size_t kind = 0; kind < job_kind_count; ++kind) {
        if (!endpoint_serves(info.kind, static_cast<job_kind>(kind))) continue;
        CLONED_CHECK(info.cost[kind] >= 1 && info.lane_limit[kind] >= 1, "a lane without a limit");
    }
}

void check_config(const config& read) {
    CLONED_CHECK(!read.listen.empty(), "nobody can be served");
    for (const auto& place : read.listen) {
        CLONED_CHECK(!place.address.empty(), "a place without an address");
        CLONED_CHECK(place.socket_mode <= 0777, "a mode that is none");
        if (!place.tls) continue;
        CLONED_CHECK(!place.address.starts_with("unix:"), "TLS on a Unix socket");
        CLONED_CHECK(!place.tls->certificate.empty() && !place.tls->key.empty() &&
                         !place.tls->client_ca.empty(),
                     "a part of TLS is missing");
    }
    CLONED_CHECK(read.limits.max_attempts >= 1 && read.limits.max_attempts <= 20, "no attempts");
    CLONED_CHECK(read.limits.max_message_mib >= 1, "no messages");
    std::set<std::string> names;
    for (const auto& endpoint : read.endpoints) {
        check_endpoint(endpoint);
        CLONED_CHECK(names.insert(endpoint.info.name).second, "two endpoints of one name");
    }
    for (const auto& endpoint : read.endpoints) {
        const auto& inventory = endpoint.info.inventory;
        CLONED_CHECK(inventory.empty() || names.contains(inventory),
                     "an inventory that is not there");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const config_places places{.credentials = "", .directory = CLONED_FUZZ_CONFIG_FILES};
    const auto read = parse_config(text, places);
    if (read)
        check_config(*read);
    else
        check_problems(read.error(), text);
    const auto again = parse_config(text, places);
    CLONED_CHECK(read.has_value() == again.has_value(), "the same text was read in two ways");
    if (!read) CLONED_CHECK(read.error() == again.error(), "the same text has other problems");
    return 0;
}
