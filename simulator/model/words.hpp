#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>

namespace cloned::simulator {

// A setting that is one of a few words. Its enumeration has a function `words` beside it that lists
// the texts in the order of the enumerators.
template <class Word>
concept setting_word = std::is_enum_v<Word> && requires { words(Word{}); };

template <setting_word Word>
constexpr std::string_view to_text(Word word) {
    return words(word)[static_cast<std::size_t>(word)];
}

// False, and `word` stays as it is, if there is no such text.
template <setting_word Word>
bool from_text(std::string_view text, Word& word) {
    const auto all = words(word);
    const auto found = std::find(all.begin(), all.end(), text);
    if (found == all.end()) {
        return false;
    }
    word = static_cast<Word>(found - all.begin());
    return true;
}

// "at_post, in_task or allow"
template <setting_word Word>
std::string all_words(Word word) {
    const auto all = words(word);
    std::string out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        out += i == 0 ? "" : i + 1 == all.size() ? " or " : ", ";
        out += all[i];
    }
    return out;
}

}  // namespace cloned::simulator
