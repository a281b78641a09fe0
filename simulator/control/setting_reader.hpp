#pragma once

#include "simulator/model/body_reader.hpp"
#include "simulator/model/words.hpp"

#include <string>
#include <string_view>
#include <type_traits>

namespace cloned::simulator {

// A visitor of settings: sets each one that the body names.
class setting_reader {
public:
    explicit setting_reader(body_reader& in) : in_(in) {}

    template <class Member>
    void operator()(std::string_view name, Member& member, std::string_view) const {
        if constexpr (setting_word<Member>) {
            const auto text = in_.text(name);
            if (text && !from_text(*text, member)) {
                in_.fail(invalid_argument(std::string(name) + " is " + all_words(member) + "."));
            }
        } else if constexpr (std::is_same_v<Member, std::string>) {
            member = in_.text(name).value_or(member);
        } else if constexpr (std::is_same_v<Member, bool>) {
            member = in_.flag(name).value_or(member);
        } else if (const auto number = in_.number(name)) {
            member = static_cast<Member>(*number);
        }
    }

private:
    body_reader& in_;
};

}  // namespace cloned::simulator
