#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Text in columns. Widths are those of a terminal: a Chinese character takes two cells, a combining
// accent none.
namespace cloned::clonectl {

inline constexpr std::size_t unlimited_width = std::numeric_limits<std::size_t>::max();

class text_table {
public:
    // Of one column, added up.
    enum style : unsigned {
        plain = 0,
        number = 1,       // set to the right
        cut = 2,          // loses its end where the terminal is narrow
        dispensable = 4,  // left out where cutting is not enough, the last such column first
    };
    struct column {
        std::string title;
        unsigned style = plain;
    };

    // Without titles if all are empty.
    explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

    // Control characters become blanks. As many cells as there are columns.
    void add(std::vector<std::string> cells);

    // Every line ends in a newline. Lines are at most `width` cells wide, or as narrow as the
    // columns allow; a last line names the columns that are left out.
    std::string text(std::size_t width = unlimited_width) const;

private:
    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// The part of `line` that fits into `width` cells.
std::string cut_to_width(std::string_view line, std::size_t width);

}  // namespace cloned::clonectl
