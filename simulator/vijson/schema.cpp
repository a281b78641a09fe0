#include "simulator/vijson/schema.hpp"

#include "simulator/vijson/types.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr int value_depth_max = 32;

std::string_view view(json::string_view s) {
    return {s.data(), s.size()};
}

tl::unexpected<vi_fault> refuse(std::string_view type, const std::string& path, std::string why) {
    return vi_fail(type, "The request's " + (path.empty() ? "body" : path) + " " + std::move(why));
}

std::string_view type_name_of(const json::object& object) {
    const json::value* name = object.if_contains("_typeName");
    const json::string* text = name != nullptr ? name->if_string() : nullptr;
    return text != nullptr ? view(*text) : std::string_view{};
}

class checker {
public:
    explicit checker(const vi_strictness& rules) : rules_(rules) {}

    vi_outcome<void> value(const json::value& v,
                           std::string_view type,
                           const std::string& path,
                           int depth) const {
        if (depth > value_depth_max) {
            return refuse("InvalidRequest", path, "is nested too deeply.");
        }
        if (type == "Any") {
            return any(v, path, depth);
        }
        if (vi_is_primitive(type)) {
            return primitive(v, type, path);
        }
        if (const vi_type* known = vi_find_type(type); known != nullptr && !known->words.empty()) {
            return word(v, *known, path);
        }
        const json::object* object = v.if_object();
        if (object == nullptr) {
            return refuse("InvalidRequest", path, "must be an object.");
        }
        const auto actual = actual_type(*object, type, path);
        if (!actual) {
            return tl::unexpected(actual.error());
        }
        return members(*object, *vi_find_type(*actual), path, depth);
    }

    vi_outcome<void> members(const json::object& object,
                             const vi_type& type,
                             const std::string& path,
                             int depth) const {
        for (const auto& member : object) {
            const std::string_view name = view(member.key());
            if (name == "_typeName") {
                continue;
            }
            const vi_member* known = vi_find_member(type, name);
            const std::string place =
                path.empty() ? std::string(name) : path + "." + std::string(name);
            if (known == nullptr || vi_is_later(known->since, rules_.release)) {
                return refuse("InvalidRequest", place, "is not known in " + type.name + ".");
            }
            if (auto ok = one(member.value(), *known, place, depth); !ok) {
                return ok;
            }
        }
        if (!rules_.required && type.name.starts_with("Customization")) {
            return {};
        }
        for (const vi_member* wanted : vi_required(type)) {
            const json::value* given = object.if_contains(wanted->name);
            if (given == nullptr || given->is_null()) {
                return refuse("InvalidRequest", path,
                              "lacks the required member '" + wanted->name + "'.");
            }
        }
        return {};
    }

private:
    vi_outcome<void> one(const json::value& v,
                         const vi_member& member,
                         const std::string& path,
                         int depth) const {
        if (v.is_null()) {
            return {};
        }
        if (!member.list) {
            return value(v, member.type, path, depth + 1);
        }
        if (!v.is_array()) {
            return refuse("InvalidRequest", path, "must be a list.");
        }
        std::size_t i = 0;
        for (const json::value& item : v.get_array()) {
            if (auto ok =
                    value(item, member.type, path + "[" + std::to_string(i++) + "]", depth + 1);
                !ok) {
                return ok;
            }
        }
        return {};
    }

    vi_outcome<std::string> actual_type(const json::object& object,
                                        std::string_view declared,
                                        const std::string& path) const {
        const std::string_view given = type_name_of(object);
        const vi_type* type = vi_find_type(declared);
        if (given.empty()) {
            if (vi_has_derived(declared) || type->abstract) {
                return refuse("InvalidRequest", path,
                              "must say which " + std::string(declared) + " it is by _typeName.");
            }
            return std::string(declared);
        }
        const vi_type* named = vi_find_type(given);
        if (named == nullptr || named->abstract || !vi_derives(given, declared)) {
            return refuse("InvalidType", path,
                          "is of the type '" + std::string(given) + "', which is no " +
                              std::string(declared) + ".");
        }
        return std::string(given);
    }

    // A value of no declared type: an object of a known type, or something else in a box.
    vi_outcome<void> any(const json::value& v, const std::string& path, int depth) const {
        const json::object* object = v.if_object();
        const std::string_view name =
            object != nullptr ? type_name_of(*object) : std::string_view{};
        if (name.empty()) {
            return refuse("InvalidRequest", path, "must be boxed: {_typeName, _value}.");
        }
        const json::value* inner = object->if_contains("_value");
        if (inner != nullptr && vi_is_primitive(name)) {
            return primitive(*inner, name, path);
        }
        return value(v, name == "ArrayOfString" ? "Any" : name, path, depth + 1);
    }

    vi_outcome<void> primitive(const json::value& v,
                               std::string_view type,
                               const std::string& path) const {
        const bool number = type == "int" || type == "long" || type == "short" || type == "byte";
        const bool fits = type == "boolean" ? v.is_bool()
                          : number          ? v.is_int64() || v.is_uint64()
                                            : v.is_string();
        if (!fits) {
            return refuse("InvalidRequest", path, "must be of the type " + std::string(type) + ".");
        }
        return {};
    }

    vi_outcome<void> word(const json::value& v,
                          const vi_type& type,
                          const std::string& path) const {
        const std::string_view given = v.is_string() ? view(v.get_string()) : std::string_view{};
        if (std::find(type.words.begin(), type.words.end(), given) == type.words.end()) {
            return refuse("InvalidRequest", path, "is no " + type.name + ".");
        }
        return {};
    }

    vi_strictness rules_;
};

}  // namespace

// The root may say that it is what the method takes; clients name it in one of two ways.
vi_outcome<void> vi_check_arguments(const json::value& value,
                                    std::string_view method,
                                    const vi_strictness& strictness) {
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return refuse("InvalidRequest", "", "must be an object.");
    }
    std::string plain(method);
    if (plain.ends_with("_Task")) {
        plain.resize(plain.size() - 5);
    }
    const std::string type = plain + "RequestType";
    const std::string_view given = type_name_of(*object);
    if (!given.empty() && given != type && given != method) {
        return refuse("InvalidType", "", "is of the type '" + std::string(given) + "'.");
    }
    return checker(strictness).members(*object, *vi_find_type(type), "", 0);
}

bool vi_derives(std::string_view type, std::string_view base) {
    for (const vi_type* t = vi_find_type(type); t != nullptr; t = vi_find_type(t->base)) {
        if (t->name == base) {
            return true;
        }
    }
    return false;
}

}  // namespace cloned::simulator
