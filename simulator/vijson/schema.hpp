#pragma once

#include "simulator/model/vi_fault.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace cloned::simulator {

// Checks a request's body against the declared types, as strictly as the server: a member that the
// type does not have, a required one that is missing, a value of another type, a type that nobody
// knows or that does not fit its place, and a `_typeName` that is missing where several types fit.
// `release`: members that came later are unknown. What is required of the values goes further and
// is checked elsewhere.
vi_outcome<void> vi_check(const boost::json::value& value,
                          std::string_view type,
                          std::string_view release);

// The same for the arguments of a method; an absent body is an empty object.
vi_outcome<void> vi_check_arguments(const boost::json::value& value,
                                    std::string_view method,
                                    std::string_view release);

// Is `type` the type `base` or derived from it?
bool vi_derives(std::string_view type, std::string_view base);

}  // namespace cloned::simulator
