#pragma once

#include <string_view>

namespace cloned::simulator {

// Is `given` one of the words in `choices`, which blanks separate?
inline bool is_choice(std::string_view choices, std::string_view given) {
    while (!choices.empty()) {
        const auto blank = choices.find(' ');
        if (choices.substr(0, blank) == given) {
            return true;
        }
        choices = blank == std::string_view::npos ? std::string_view{} : choices.substr(blank + 1);
    }
    return false;
}

}  // namespace cloned::simulator
