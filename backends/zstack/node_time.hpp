#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

// Times as a management node writes and reads them: in its own local zone. Pure.
namespace cloned::backends::zstack {

// "Fri, 13 Feb 2026 09:15:00 GMT+08:00", for the Date header. The node compares the wall clock in
// it with its own and, as it is installed, leaves the zone out of account.
std::string date_header(wall_time now, std::chrono::minutes offset);

// "Feb 13, 2026 9:16:02 AM", in whole seconds and without a zone. Nothing if it is no such text.
std::optional<wall_time> read_node_time(std::string_view text, std::chrono::minutes offset);

}  // namespace cloned::backends::zstack
