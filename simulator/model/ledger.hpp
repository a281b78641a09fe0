#pragma once

#include "simulator/model/types.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// (server, cluster, operation kind): what capacity is counted for. The server follows from the
// kind.
struct lane {
    std::uint32_t cluster = 0;
    operation_kind kind = operation_kind::clone;

    // Capacity
    std::int64_t limit = -1;
    std::int64_t strangers = 0;          // held by others all the time
    std::int64_t passing_strangers = 0;  // others that arrived at random
    std::int64_t current = 0;            // operations of the caller under test
    double strangers_per_s = 0;
    bool arrival_planned = false;

    // Counters
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  // for want of a slot
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t violations = 0;  // accepted although that exceeded the limit
    std::int64_t peak = 0;
    std::int64_t peak_with_strangers = 0;

    std::int64_t used() const { return current + strangers + passing_strangers; }
    bool full() const { return limit >= 0 && used() >= limit; }
    void accept(bool beyond);  // beyond: there was no free slot
    void note_peaks();
    void reset_counters();
};

enum class record_state : std::uint8_t {
    making,
    made,
    failed,
    left,  // failed as well, but its VM stays
    deleted,
};

// One operation, and the VM that it made if it made one.
struct operation_record {
    std::string task;
    operation_kind kind = operation_kind::clone;
    std::uint32_t cluster = 0;
    std::uint32_t folder = 0;
    std::uint64_t source = 0;
    std::uint64_t vm = 0;
    std::string source_uuid;  // a ZStack's, in the place of the numbers
    std::string vm_uuid;
    std::string name;
    std::string request_id;  // header X-Request-ID
    std::string op_id;       // header vapi-ctx-opid
    instant started{0};
    instant ended = never;
    record_state state = record_state::making;
    std::string error;  // error type of a failed one
};

// What happened, in the words of a judge: it never looks at the caller's own books.
class ledger {
public:
    explicit ledger(std::size_t records_max) : records_max_(records_max) {}

    void count(server_kind server, std::string_view route, const answer& a);  // route: a literal
    void count_session(server_kind server) { ++sessions_[server]; }

    // The number of the new line, or virtual_machine::no_record if the list is full.
    std::uint64_t add(operation_record record);
    operation_record* find(std::uint64_t number);

    // A VM of this name was begun while `others` made ones with the same folder and name existed.
    void note_name(std::string_view folder, std::string_view name, std::size_t others);
    void note_removal(std::string_view folder, std::string_view name, std::size_t left);

    struct route_count {
        std::uint64_t requests = 0;
        std::map<int, std::uint64_t> by_status;  // 0: no status was sent
    };
    struct double_name {
        std::string folder;
        std::string name;
        bool operator<(const double_name& other) const {
            return folder != other.folder ? folder < other.folder : name < other.name;
        }
    };

    using route_key = std::pair<server_kind, std::string_view>;
    const std::map<route_key, route_count>& routes() const { return routes_; }
    const std::vector<operation_record>& records() const { return records_; }
    const std::map<double_name, std::size_t>& doubles() const { return doubles_; }
    std::uint64_t doubles_ever() const { return doubles_ever_; }
    std::uint64_t unlisted() const { return unlisted_; }
    std::uint64_t requests() const { return requests_; }
    std::uint64_t sessions(server_kind server) const;

private:
    std::size_t records_max_;
    std::uint64_t requests_ = 0;
    std::uint64_t unlisted_ = 0;
    std::uint64_t doubles_ever_ = 0;
    std::map<route_key, route_count> routes_;
    std::map<server_kind, std::uint64_t> sessions_;
    std::vector<operation_record> records_;
    std::map<double_name, std::size_t> doubles_;  // present ones: how many VMs have the name
};

std::string_view to_text(record_state state);

}  // namespace cloned::simulator
