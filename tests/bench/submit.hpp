#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace cloned::bench {

struct submit_options {
    std::string address;
    std::string endpoint = "snap";
    std::string vm;
    std::string snapshot;
    std::string prefix;  // of names and keys; fresh in each run
    std::int64_t count = 1;
    std::int64_t batch = 10'000;
    bool watch = false;
};

// Hands over linked clones in batches, one call after the other, and where asked follows them to
// their end. Tells the time within the calls, and that from the first call to the last end.
result<boost::json::object> submit(const submit_options& options);

}  // namespace cloned::bench
