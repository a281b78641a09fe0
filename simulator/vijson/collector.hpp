#pragma once

#include "simulator/vijson/objects.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// The property collector: reads properties of any number of objects, which may be found along the
// way, and tells what has changed since the last time. The arguments have the right types.
class vi_collector {
public:
    // `my_session` is what the caller sees as the property currentSession.
    vi_collector(world& w, boost::json::value my_session)
        : world_(w), my_session_(std::move(my_session)) {}

    // RetrieveResult; null if there is nothing to tell.
    vi_outcome<boost::json::value> retrieve(const boost::json::object& arguments);
    vi_outcome<boost::json::value> next_page(std::string_view token);

    std::string create();
    vi_outcome<void> destroy(std::string_view collector);
    vi_outcome<std::string> create_filter(std::string_view collector,
                                          const boost::json::object& arguments);
    vi_outcome<void> destroy_filter(std::string_view filter);

    // UpdateSet; null if nothing has changed since `version`.
    vi_outcome<boost::json::value> wait(std::string_view collector, std::string_view version);

    bool knows(std::string_view collector) const;
    bool knows_filter(std::string_view filter) const;

private:
    struct selection;

    // The objects that a PropertyFilterSpec is about.
    vi_outcome<std::vector<vi_object>> select(const boost::json::object& spec);
    vi_outcome<void> follow(selection& into, const vi_object& from, const boost::json::array& set);
    vi_outcome<boost::json::array> properties_of(const vi_object& object,
                                                 const boost::json::object& spec);
    vi_outcome<std::optional<boost::json::value>> property(const vi_object& object,
                                                           std::string_view path);
    vi_outcome<boost::json::array> contents_of(const boost::json::object& spec);
    boost::json::value page_of(boost::json::array objects, std::size_t most);
    vi_outcome<boost::json::array> changes_of(vi_filter& filter);

    world& world_;
    boost::json::value my_session_;
};

}  // namespace cloned::simulator
