#pragma once

#include "simulator/model/refusal.hpp"
#include "simulator/model/target.hpp"
#include "simulator/model/world.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cloned::simulator {

// One request on its way through a server.
struct call {
    const request& in;
    const target_parts& target;
    std::span<const std::string_view> path;  // segments after the flavour or service prefix
    flavour dialect = flavour::api;
    const task_plan& plan;
    std::string_view route = "(unknown route)";  // a literal: the ledger counts by it

    bool is(std::string_view method) const { return in.method == method; }
};

inline answer json_answer(int status, std::string body) {
    answer out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

// A result: bare in /api with the status given, wrapped with 200 in /rest.
answer result_answer(const call& c, int api_status, std::string json);

// No result: 204 in /api, 200 with an empty body in /rest.
answer void_answer(const call& c);

answer refuse(const call& c, const refusal& r);

refusal unknown_operation(const call& c);

// `{"user":...,"created_time":...,"last_accessed_time":...}`
std::string session_json(const world& w, const session& s);

// 503, since the server and not the caller is at fault.
refusal too_many_sessions(const world& w, std::int64_t limit);

// Logs in by Basic credentials; a request without them is no attempt.
outcome<void> basic_login(world& w, const request& in);

}  // namespace cloned::simulator
