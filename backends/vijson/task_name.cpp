#include "backends/vijson/task_name.hpp"

#include "base/text.hpp"

namespace cloned::backends::vijson {
namespace {

constexpr std::string_view prefix = "guest:";

}  // namespace

std::string task_name::text() const {
    return follows_guest() ? concat(prefix, vm, ":", task_id) : task_id;
}

task_name task_name::from(std::string_view text) {
    if (text.starts_with(prefix)) {
        const auto rest = text.substr(prefix.size());
        // The task comes last: only a VM's global id holds a colon.
        const auto colon = rest.rfind(':');
        if (colon != std::string_view::npos && colon > 0 && colon + 1 < rest.size())
            return {std::string(rest.substr(colon + 1)), std::string(rest.substr(0, colon))};
    }
    return {std::string(text), {}};
}

}  // namespace cloned::backends::vijson
