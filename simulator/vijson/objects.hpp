#pragma once

#include "simulator/model/world.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The managed objects of vCenter and their properties.
namespace cloned::simulator {

struct vi_object {
    std::string type;
    std::string id;

    friend auto operator<=>(const vi_object&, const vi_object&) = default;
};

// Is there such an object?
bool vi_exists(world& w, const vi_object& object);

// Does a specification for `wanted` apply to objects of `type`?
bool vi_type_fits(std::string_view type, std::string_view wanted);

// Properties of that type, without those within others.
std::vector<std::string_view> vi_property_names(std::string_view type);

// The value, as it stands where any type may stand; unset is no mistake, a path that the type does
// not have is one. The object must exist.
vi_outcome<std::optional<boost::json::value>> vi_property(world& w,
                                                          const vi_object& object,
                                                          std::string_view path);

// The objects to which such a value refers.
std::vector<vi_object> vi_references(const boost::json::value& value);

boost::json::object vi_service_content(const world& w);
boost::json::object vi_user_session(const world& w, const session& s);

}  // namespace cloned::simulator
