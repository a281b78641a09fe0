#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace cloned::bench {

struct posts_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string token;  // of a session
    std::string cluster;
    std::string vm;
    std::string snapshot;
    std::string folder;
    std::string prefix;  // of the names; fresh in each run
    std::int64_t count = 1;
    std::int64_t connections = 64;
    std::int64_t at_once = 256;  // requests that wait or are under way
};

// What the daemon's HTTP client does when nothing else is to be done: posts linked clones.
result<boost::json::object> post_clones(const posts_options& options);

}  // namespace cloned::bench
