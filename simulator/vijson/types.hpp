#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// The data types that requests may hold.
struct vi_member {
    std::string name;
    std::string type;
    bool required = false;
    bool list = false;
    std::string since;  // the first release that knows it
};

struct vi_type {
    std::string name;
    std::string base;
    bool abstract = false;  // nobody can be only this
    std::vector<vi_member> members;
    std::vector<std::string> words;  // of an enumeration, which has nothing else
};

const vi_type* vi_find_type(std::string_view name);
bool vi_has_derived(std::string_view name);
const vi_member* vi_find_member(const vi_type& type, std::string_view name);  // bases included
std::vector<const vi_member*> vi_required(const vi_type& type);
bool vi_is_primitive(std::string_view type);

// Is the release `a` later than `b`? An empty one is the first of all.
bool vi_is_later(std::string_view a, std::string_view b);

}  // namespace cloned::simulator
