#include "simulator/model/call.hpp"

namespace cloned::simulator {

answer result_answer(const call& c, int api_status, std::string json) {
    if (c.dialect == flavour::api) {
        return json_answer(api_status, std::move(json));
    }
    std::string wrapped;
    wrapped.reserve(json.size() + 12);
    wrapped += R"({"value":)";
    wrapped += json;
    wrapped += '}';
    return json_answer(200, std::move(wrapped));
}

answer void_answer(const call& c) {
    return json_answer(c.dialect == flavour::api ? 204 : 200, {});
}

answer refuse(const call& c, const refusal& r) {
    return to_answer(r, c.dialect);
}

refusal unknown_operation(const call& c) {
    return {std::string(error_type::operation_not_found),
            "com.vmware.vapi.rest.not_found",
            "No operation is served at " + std::string(c.in.method) + " " +
                std::string(c.in.target.substr(0, 200)) + ".",
            {},
            {}};
}

std::string session_json(const world& w, const session& s) {
    std::string out = R"({"user":)";
    append_json(out, w.settings.user);
    out += R"(,"created_time":")";
    w.append_time_of(out, s.created);
    out += R"(","last_accessed_time":")";
    w.append_time_of(out, s.last_access);
    out += R"("})";
    return out;
}

refusal too_many_sessions(const world& w, std::int64_t limit) {
    const std::string count = std::to_string(limit);
    return {std::string(error_type::service_unavailable),
            "com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached",
            "User session count is limited to " + count + ". Existing session count is " + count +
                " for user " + w.settings.user + ".",
            {count, count, w.settings.user},
            {}};
}

outcome<void> basic_login(world& w, const request& in) {
    const std::string_view given = in.header("authorization");
    constexpr std::string_view scheme = "Basic ";
    if (given.size() <= scheme.size() ||
        !same_ignoring_case(given.substr(0, scheme.size()), scheme)) {
        return tl::unexpected(unauthenticated());
    }
    const auto pair = base64_decoded(given.substr(scheme.size()));
    const std::size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return tl::unexpected(unauthenticated());
    }
    const std::string_view text = *pair;
    return w.log_in(text.substr(0, colon), text.substr(colon + 1));
}

}  // namespace cloned::simulator
