#pragma once

#include "model/job.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cloned::rpc {

// SHA-256 over values, each with its length in front, so that no two different sequences of values
// give the same bytes. By hand: the text of protobuf and JSON may change with their releases, and
// the hash of a request must not.
//
// Threads: any, one at a time.
class value_hasher {
public:
    // `purpose` keeps hashes for different purposes apart.
    explicit value_hasher(std::string_view purpose);
    ~value_hasher();
    value_hasher(value_hasher&&) noexcept;
    value_hasher& operator=(value_hasher&&) noexcept;

    void add(std::string_view text);
    void add(std::int64_t number);

    // The 64 hexadecimal digits. Ends the use of this object.
    std::string finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Adds a job as its client wrote it. What the configuration fills in later must not be in it: the
// same request must have the same hash before and after a change of the configuration.
void add_job(value_hasher& hasher, const job_request& job);

}  // namespace cloned::rpc
