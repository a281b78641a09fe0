#include "simulator/vijson/collector.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr int filter_depth_max = 16;
constexpr std::string_view default_collector = "propertyCollector";

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* v = object.if_contains({name.data(), name.size()});
    return v != nullptr && v->is_string() ? std::string(v->get_string().c_str()) : std::string();
}

bool flag_at(const json::object& object, std::string_view name) {
    const json::value* v = object.if_contains({name.data(), name.size()});
    return v != nullptr && v->is_bool() && v->get_bool();
}

const json::array& list_at(const json::object& object, std::string_view name) {
    static const json::array none;
    const json::value* v = object.if_contains({name.data(), name.size()});
    return v != nullptr && v->is_array() ? v->get_array() : none;
}

vi_object object_at(const json::object& spec) {
    const json::object& reference = spec.at("obj").get_object();
    return {text_at(reference, "type"), text_at(reference, "value")};
}

}  // namespace

struct vi_collector::selection {
    std::map<std::string, const json::object*> named;  // traversals that others may refer to
    std::set<vi_object> seen;
    std::set<vi_object> told;
    std::vector<vi_object> order;
    int depth = 0;

    void tell(const vi_object& object) {
        if (told.insert(object).second) {
            order.push_back(object);
        }
    }
    void name_all(const json::array& set) {
        for (const json::value& item : set) {
            const json::object& s = item.get_object();
            const std::string name = text_at(s, "name");
            if (!name.empty() && s.contains("path")) {
                named.emplace(name, &s);
            }
            name_all(list_at(s, "selectSet"));
        }
    }
};

vi_outcome<std::optional<json::value>> vi_collector::property(const vi_object& object,
                                                              std::string_view path) {
    if (object.type == "SessionManager" && path == "currentSession") {
        return my_session_;
    }
    return vi_property(world_, object, path);
}

vi_outcome<void> vi_collector::follow(selection& into,
                                      const vi_object& from,
                                      const json::array& set) {
    if (++into.depth > filter_depth_max) {
        return vi_fail("InvalidArgument", "The selection is nested too deeply.");
    }
    for (const json::value& item : set) {
        const json::object* step = &item.get_object();
        if (!step->contains("path")) {
            const auto named = into.named.find(text_at(*step, "name"));
            if (named == into.named.end()) {
                return vi_fail("InvalidArgument", "A selection names one that is not there.");
            }
            step = named->second;
        }
        if (!vi_type_fits(from.type, text_at(*step, "type"))) {
            continue;
        }
        const auto value = property(from, text_at(*step, "path"));
        if (!value) {
            return tl::unexpected(value.error());
        }
        for (const vi_object& next : *value ? vi_references(**value) : std::vector<vi_object>{}) {
            if (!flag_at(*step, "skip")) {
                into.tell(next);
            }
            if (!vi_exists(world_, next) || !into.seen.insert(next).second) {
                continue;
            }
            if (auto ok = follow(into, next, list_at(*step, "selectSet")); !ok) {
                return ok;
            }
        }
    }
    --into.depth;
    return {};
}

vi_outcome<std::vector<vi_object>> vi_collector::select(const json::object& spec) {
    selection found;
    const bool lenient = flag_at(spec, "reportMissingObjectsInResults");
    for (const json::value& item : list_at(spec, "objectSet")) {
        const json::object& object_spec = item.get_object();
        const vi_object object = object_at(object_spec);
        if (!vi_exists(world_, object)) {
            if (lenient) {
                continue;
            }
            return vi_no_such(object.type, object.id);
        }
        if (!flag_at(object_spec, "skip")) {
            found.tell(object);
        }
        const json::array& set = list_at(object_spec, "selectSet");
        found.name_all(set);
        found.depth = 0;
        if (auto ok = follow(found, object, set); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    return std::move(found.order);
}

vi_outcome<json::array> vi_collector::properties_of(const vi_object& object,
                                                    const json::object& spec) {
    json::array out;
    std::set<std::string> done;
    for (const json::value& item : list_at(spec, "propSet")) {
        const json::object& wish = item.get_object();
        if (!vi_type_fits(object.type, text_at(wish, "type"))) {
            continue;
        }
        std::vector<std::string> paths;
        if (flag_at(wish, "all")) {
            for (const std::string_view name : vi_property_names(object.type)) {
                paths.emplace_back(name);
            }
        } else {
            for (const json::value& path : list_at(wish, "pathSet")) {
                paths.emplace_back(path.get_string().c_str());
            }
        }
        for (const std::string& path : paths) {
            if (!done.insert(path).second) {
                continue;
            }
            auto value = property(object, path);
            if (!value) {
                return tl::unexpected(value.error());
            }
            if (*value) {
                out.push_back(json::object{
                    {"_typeName", "DynamicProperty"}, {"name", path}, {"val", std::move(**value)}});
            }
        }
    }
    return out;
}

vi_outcome<json::array> vi_collector::contents_of(const json::object& spec) {
    const auto objects = select(spec);
    if (!objects) {
        return tl::unexpected(objects.error());
    }
    json::array out;
    for (const vi_object& object : *objects) {
        const auto fits = [&](const json::value& wish) {
            return vi_type_fits(object.type, text_at(wish.get_object(), "type"));
        };
        const json::array& wishes = list_at(spec, "propSet");
        if (!std::any_of(wishes.begin(), wishes.end(), fits)) {
            continue;
        }
        auto properties = properties_of(object, spec);
        if (!properties) {
            return tl::unexpected(properties.error());
        }
        json::object content{{"_typeName", "ObjectContent"},
                             {"obj", vi_reference(object.type, object.id)}};
        if (!properties->empty()) {
            content["propSet"] = std::move(*properties);
        }
        out.push_back(std::move(content));
    }
    return out;
}

json::value vi_collector::page_of(json::array objects, std::size_t most) {
    if (objects.empty()) {
        return nullptr;
    }
    json::object out{{"_typeName", "RetrieveResult"}};
    if (most > 0 && objects.size() > most) {
        vi_watches& watches = world_.vi.watches();
        const std::string token = std::to_string(most) + "-" + std::to_string(watches.next++);
        const json::value* const split = objects.cbegin() + static_cast<std::ptrdiff_t>(most);
        watches.pages[token] = json::array(split, objects.cend());
        objects.erase(split, objects.cend());
        out["token"] = token;
    }
    out["objects"] = std::move(objects);
    return out;
}

vi_outcome<json::value> vi_collector::retrieve(const json::object& arguments) {
    json::array all;
    for (const json::value& spec : list_at(arguments, "specSet")) {
        auto found = contents_of(spec.get_object());
        if (!found) {
            return tl::unexpected(found.error());
        }
        for (json::value& content : *found) {
            all.push_back(std::move(content));
        }
    }
    auto most = static_cast<std::size_t>(world_.settings.vi.page_size);
    const json::value* wish = arguments.at("options").get_object().if_contains("maxObjects");
    if (wish != nullptr && wish->is_int64() && wish->get_int64() > 0) {
        const auto wanted = static_cast<std::size_t>(wish->get_int64());
        most = most == 0 ? wanted : std::min(most, wanted);
    }
    return page_of(std::move(all), most);
}

vi_outcome<json::value> vi_collector::next_page(std::string_view token) {
    auto node = world_.vi.watches().pages.extract(std::string(token));
    if (!node) {
        return vi_fail("InvalidProperty", "The token is not known.");
    }
    // The token begins with the size of its pages.
    std::size_t most = 0;
    std::from_chars(token.data(), token.data() + token.size(), most);
    return page_of(std::move(node.mapped()), most);
}

bool vi_collector::knows(std::string_view collector) const {
    return collector == default_collector ||
           world_.vi.watches().collectors.contains(std::string(collector));
}

bool vi_collector::knows_filter(std::string_view filter) const {
    return world_.vi.watches().filters.contains(std::string(filter));
}

std::string vi_collector::create() {
    vi_watches& watches = world_.vi.watches();
    std::string id = "session-collector-" + std::to_string(watches.next++);
    watches.collectors[id] = 0;
    return id;
}

vi_outcome<void> vi_collector::destroy(std::string_view collector) {
    vi_watches& watches = world_.vi.watches();
    if (watches.collectors.erase(std::string(collector)) == 0) {
        return vi_fail("NotSupported", "This property collector cannot be destroyed.");
    }
    std::erase_if(watches.filters,
                  [&](const auto& entry) { return entry.second.collector == collector; });
    return {};
}

vi_outcome<std::string> vi_collector::create_filter(std::string_view collector,
                                                    const json::object& arguments) {
    const json::value& spec = arguments.at("spec");
    if (const auto found = contents_of(spec.get_object()); !found) {
        return tl::unexpected(found.error());
    }
    vi_watches& watches = world_.vi.watches();
    std::string id = "filter-" + std::to_string(watches.next++);
    watches.filters.emplace(id, vi_filter{std::string(collector), spec, {}});
    return id;
}

vi_outcome<void> vi_collector::destroy_filter(std::string_view filter) {
    world_.vi.watches().filters.erase(std::string(filter));
    return {};
}

}  // namespace cloned::simulator
