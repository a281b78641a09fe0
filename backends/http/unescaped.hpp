#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::backends::http {

// A text behind its escapes. Pure.
struct unescaped {
    explicit unescaped(std::string_view text);

    // Takes one layer of escapes away: those of JSON, URLs and XML, all at once. False: there was
    // none.
    bool unescape();

    std::string chars;
    // Where each of these, and what would be behind them, begins in the text.
    std::vector<std::size_t> from;
};

}  // namespace cloned::backends::http
