#include "simulator/vijson/collector.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace cloned::simulator {

namespace json = boost::json;

// ObjectUpdates of what the filter's owner does not know yet.
vi_outcome<json::array> vi_collector::changes_of(vi_filter& filter) {
    json::object lenient = filter.spec.get_object();
    lenient["reportMissingObjectsInResults"] = true;
    auto contents = contents_of(lenient);
    if (!contents) {
        return tl::unexpected(contents.error());
    }
    json::array out;
    std::set<std::string> present;
    for (json::value& item : *contents) {
        json::object& content = item.get_object();
        const std::string object = json::serialize(content.at("obj"));
        present.insert(object);
        const bool entered = !filter.told.contains(object);
        auto& told = filter.told[object];
        json::array changes;
        if (json::value* properties = content.if_contains("propSet")) {
            for (json::value& property : properties->get_array()) {
                const std::string path = property.at("name").get_string().c_str();
                std::string value = json::serialize(property.at("val"));
                std::string& before = told[path];
                if (before == value) {
                    continue;
                }
                before = std::move(value);
                changes.push_back(json::object{{"_typeName", "PropertyChange"},
                                               {"name", path},
                                               {"op", "assign"},
                                               {"val", property.at("val")}});
            }
        }
        if (entered || !changes.empty()) {
            out.push_back(json::object{{"_typeName", "ObjectUpdate"},
                                       {"kind", entered ? "enter" : "modify"},
                                       {"obj", content.at("obj")},
                                       {"changeSet", std::move(changes)}});
        }
    }
    std::erase_if(filter.told, [&](const auto& entry) {
        if (present.contains(entry.first)) {
            return false;
        }
        out.push_back(json::object{
            {"_typeName", "ObjectUpdate"}, {"kind", "leave"}, {"obj", json::parse(entry.first)}});
        return true;
    });
    return out;
}

vi_outcome<json::value> vi_collector::wait(std::string_view collector, std::string_view version) {
    vi_watches& watches = world_.vi.watches();
    std::uint64_t& now = watches.collectors[std::string(collector)];
    if (!version.empty() && version != std::to_string(now)) {
        return vi_fail("InvalidCollectorVersion", "The version is not the latest one.");
    }
    json::array sets;
    for (auto& [id, filter] : watches.filters) {
        if (filter.collector != collector) {
            continue;
        }
        if (version.empty()) {
            filter.told.clear();
        }
        auto changes = changes_of(filter);
        if (!changes) {
            return tl::unexpected(changes.error());
        }
        if (!changes->empty()) {
            sets.push_back(json::object{{"_typeName", "PropertyFilterUpdate"},
                                        {"filter", vi_reference("PropertyFilter", id)},
                                        {"objectSet", std::move(*changes)}});
        }
    }
    if (sets.empty()) {
        return json::value();
    }
    return json::value{{"_typeName", "UpdateSet"},
                       {"version", std::to_string(++now)},
                       {"filterSet", std::move(sets)},
                       {"truncated", false}};
}

}  // namespace cloned::simulator
