#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace cloned::simulator {

// A filter of a property collector, and what its owner was told last.
struct vi_filter {
    std::string collector;
    boost::json::value spec;
    std::map<std::string, std::map<std::string, std::string>> told;  // object, path -> value
};

// What property collectors remember between two calls.
struct vi_watches {
    std::uint64_t next = 1;
    std::map<std::string, std::uint64_t> collectors;  // by id: the version told last
    std::map<std::string, vi_filter> filters;
    std::map<std::string, boost::json::array> pages;  // by token: the objects still to be told
};

}  // namespace cloned::simulator
