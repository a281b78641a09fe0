#pragma once

#include "simulator/model/random.hpp"
#include "simulator/model/text.hpp"
#include "simulator/model/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cloned::simulator {

struct session {
    instant created{0};
    instant last_access{0};
};

// The sessions of one server. A session ends when it is closed, when it was idle for too long, or
// when all are expired by the control interface.
class session_table {
public:
    session_table(std::uint64_t seed, instant idle, std::int64_t limit)
        : random_(seed), idle_(idle), limit_(limit) {}

    // The token, or nothing if there are as many sessions as allowed.
    std::optional<std::string> open(instant now);

    // Every use counts as activity. Null for a token that is not, or no longer, known.
    session* use(std::string_view token, instant now);

    void close(std::string_view token);
    std::size_t expire_all();

    std::size_t size() const { return sessions_.size(); }
    std::size_t peak() const { return peak_; }
    std::uint64_t closed() const { return closed_; }  // by a logout
    void reset_counters();
    std::int64_t limit() const { return limit_; }

private:
    random_stream random_;
    instant idle_;
    std::int64_t limit_;  // -1: any number
    std::size_t peak_ = 0;
    std::uint64_t closed_ = 0;
    std::unordered_map<std::string, session, text_hash, std::equal_to<>> sessions_;
};

}  // namespace cloned::simulator
