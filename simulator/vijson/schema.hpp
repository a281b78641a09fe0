#pragma once

#include "simulator/model/vi_fault.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace cloned::simulator {

// How strictly a request's body is checked. Members that came later than `release` are unknown;
// `required` false: customizations may lack members that they should have.
struct vi_strictness {
    std::string_view release;
    bool required = true;
};

// Checks the arguments of a method against the declared types, as strictly as the server: a member
// that the type does not have, a required one that is missing, a value of another type, a type that
// nobody knows or that does not fit its place, and a `_typeName` that is missing where several
// types fit. An absent body is an empty object. What is required of the values goes further and is
// checked elsewhere.
vi_outcome<void> vi_check_arguments(const boost::json::value& value,
                                    std::string_view method,
                                    const vi_strictness& strictness);

// Is `type` the type `base` or derived from it?
bool vi_derives(std::string_view type, std::string_view base);

}  // namespace cloned::simulator
