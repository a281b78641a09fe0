#pragma once

#include "simulator/model/types.hpp"

#include <cstdint>
#include <string>

namespace cloned::simulator {

class connection {
public:
    virtual ~connection() = default;
    virtual void close() = 0;
};

// What a connection needs of its server. Connections keep it alive.
class connection_host {
public:
    virtual ~connection_host() = default;
    virtual answer handle(const request& in) = 0;
    virtual void opened(connection& c) = 0;
    virtual void closed(connection& c) = 0;
};

// The bytes of an answer. Written by hand into a string that the connection uses again and again.
void compose(std::string& out, const answer& a, bool keep_alive);
void compose_endless_head(std::string& out, const answer& a);

// A piece of body for the two faults that are about size: a chunk if `left` is 0, else the next
// bytes of a JSON string of which `left` bytes are still to come. Returns the bytes of body.
std::size_t compose_filler(std::string& out, std::uint64_t left);

}  // namespace cloned::simulator
