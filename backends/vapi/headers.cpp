#include "backends/vapi/headers.hpp"

#include "backends/vapi/encoding.hpp"

#include <algorithm>

namespace cloned::backends::vapi {

void add_correlation(http::request& to, std::string_view operation_id) {
    std::string id;
    for (const char c : operation_id.substr(0, 128))
        if (c > 0x20 && c < 0x7F) id += c;
    if (id.empty()) return;
    to.headers.reserve(to.headers.size() + 3);
    to.headers.emplace_back("X-Request-ID", id);
    to.headers.emplace_back("vapi-ctx-opid", std::move(id));
}

std::size_t ids_that_fit(std::span<const std::string> ids,
                         std::size_t each,
                         std::size_t max_bytes) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const auto& id : ids) {
        bytes += each + percent_encoded(id).size();
        if (bytes > max_bytes) break;
        ++count;
    }
    return std::max<std::size_t>(count, 1);
}

}  // namespace cloned::backends::vapi
