#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Characters of UTF-8 texts. Pure.
namespace cloned {

struct character {
    char32_t code = 0;      // meaningless if not `valid`
    std::size_t bytes = 1;  // taken from the text
    bool valid = false;
};

// The character that a text that is not empty begins with. Of what is no UTF-8 one byte; overlong
// forms, surrogates and what lies beyond Unicode are none.
character first_of(std::string_view text);

bool is_utf8(std::string_view text);

// The character's bytes; those of U+FFFD for what is none.
std::string to_utf8(char32_t code);

// Does the text begin or end with white space, of whatever kind Unicode knows? Pasted from a
// spreadsheet it is often the no-break space.
bool has_blank_end(std::string_view text);

}  // namespace cloned
