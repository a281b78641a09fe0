#include "simulator/vijson/missing_set.hpp"

#include "simulator/model/body_reader.hpp"
#include "simulator/model/vi_fault.hpp"
#include "simulator/vijson/objects.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

const json::array& items(const json::value& of, const char* name) {
    static const json::array none;
    const json::object* object = of.if_object();
    const json::value* found = object != nullptr ? object->if_contains(name) : nullptr;
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

std::string text(const json::value& of, const char* name) {
    const json::object* object = of.if_object();
    const json::value* found = object != nullptr ? object->if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? found->get_string().c_str() : "";
}

json::object missing(const world& w, const json::value& reference, std::string_view path) {
    vi_fault fault{"NotAuthenticated", "The session is not authenticated.", {}};
    fault.own["object"] = reference;
    fault.own["privilegeId"] = "System.View";
    return {{"_typeName", "MissingProperty"},
            {"path", json::string_view(path.data(), path.size())},
            {"fault", vi_fault_json(fault, w.settings.vi.wrapped_errors)}};
}

json::array missing_of(const world& w, const json::value& spec, const json::value& reference) {
    json::array out;
    const std::string type = text(reference, "type");
    for (const json::value& wish : items(spec, "propSet")) {
        if (!vi_type_fits(type, text(wish, "type"))) {
            continue;
        }
        for (const json::value& path : items(wish, "pathSet")) {
            if (path.is_string()) {
                out.push_back(missing(w, reference, path.get_string().c_str()));
            }
        }
        const json::value* all = wish.get_object().if_contains("all");
        if (all != nullptr && all->is_bool() && all->get_bool()) {
            for (const std::string_view name : vi_property_names(type)) {
                out.push_back(missing(w, reference, name));
            }
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> vi_missing_set(const world& w, const request& in) {
    if (w.settings.vi.unauthenticated != "missing_set" ||
        !in.target.ends_with("/RetrievePropertiesEx")) {
        return {};
    }
    const auto body = parse_text(in.body, {});
    if (!body) {
        return {};
    }
    json::array objects;
    for (const json::value& spec : items(*body, "specSet")) {
        for (const json::value& object : items(spec, "objectSet")) {
            const json::value* reference =
                object.is_object() ? object.get_object().if_contains("obj") : nullptr;
            if (reference != nullptr) {
                objects.push_back(json::object{{"_typeName", "ObjectContent"},
                                               {"obj", *reference},
                                               {"missingSet", missing_of(w, spec, *reference)}});
            }
        }
    }
    return json::serialize(
        json::object{{"_typeName", "RetrieveResult"}, {"objects", std::move(objects)}});
}

}  // namespace cloned::simulator
