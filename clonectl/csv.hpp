#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::clonectl {

struct csv_row {
    std::int64_t line = 0;  // the line that the row begins in, counted from 1
    std::vector<std::string> cells;
};

struct csv_mistake {
    std::int64_t line = 0;
    std::string message;
};

// RFC 4180: commas, quotes around cells, doubled quotes within, line ends LF or CRLF, also within
// quotes. Empty lines are left out.
tl::expected<std::vector<csv_row>, csv_mistake> parse_csv(std::string_view text);

}  // namespace cloned::clonectl
