#include "simulator/model/refusal.hpp"

#include "simulator/model/text.hpp"

#include <array>

namespace cloned::simulator {

namespace {

struct status_row {
    std::string_view type;
    int api;
    int rest;
};

// Types that are absent from the table answer 400 in both dialects.
constexpr std::array<status_row, 12> statuses{{
    {"NOT_FOUND", 404, 404},
    {"OPERATION_NOT_FOUND", 404, 404},
    {"UNAUTHENTICATED", 401, 401},
    {"UNAUTHORIZED", 403, 403},
    {"CONCURRENT_CHANGE", 409, 409},
    {"ERROR", 500, 400},
    {"INTERNAL_SERVER_ERROR", 500, 500},
    {"RESOURCE_BUSY", 500, 400},
    {"RESOURCE_INACCESSIBLE", 500, 400},
    {"UNABLE_TO_ALLOCATE_RESOURCE", 500, 400},
    {"SERVICE_UNAVAILABLE", 503, 503},
    {"TIMED_OUT", 504, 504},
}};

}  // namespace

refusal invalid_argument(std::string text) {
    return {std::string(error_type::invalid_argument),
            "com.vmware.vapi.std.invalid_argument",
            std::move(text),
            {},
            {}};
}

refusal unexpected_input(std::string_view name) {
    return {std::string(error_type::unexpected_input),
            "com.vmware.vapi.std.unexpected_input",
            "The server does not know the input '" + std::string(name) + "'.",
            {std::string(name)},
            {}};
}

refusal unauthenticated() {
    return {std::string(error_type::unauthenticated),
            "com.vmware.vapi.endpoint.method.authentication.required",
            "Authentication required.",
            {},
            {}};
}

refusal no_such(std::string_view what, std::string_view id) {
    std::string message_id = "com.vmware.api.vcenter.";
    for (const char c : what) {
        message_id += c == ' ' ? '_' : c;
    }
    std::string text(what);
    text[0] = upper(text.substr(0, 1))[0];
    text += " with identifier '";
    text += id;
    text += "' does not exist.";
    return {std::string(error_type::not_found),
            message_id + ".not_found",
            std::move(text),
            {std::string(id)},
            {}};
}

int status_of(std::string_view type, flavour f) {
    for (const status_row& row : statuses) {
        if (row.type == type) {
            return f == flavour::api ? row.api : row.rest;
        }
    }
    return 400;
}

void append_error(std::string& out, const refusal& r) {
    out += R"({"error_type":)";
    append_json(out, r.type);
    out += R"(,"messages":[{"id":)";
    append_json(out, r.message_id);
    out += R"(,"default_message":)";
    append_json(out, r.text);
    out += R"(,"args":[)";
    for (std::size_t i = 0; i < r.args.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_json(out, r.args[i]);
    }
    out += "]}]";
    if (r.is_transient) {
        out += *r.is_transient ? R"(,"data":{"is_transient":true})"
                               : R"(,"data":{"is_transient":false})";
    }
    out += '}';
}

answer to_answer(const refusal& r, flavour f) {
    answer out;
    out.status = status_of(r.type, f);
    if (f == flavour::rest) {
        out.body = R"({"type":"com.vmware.vapi.std.errors.)";
        for (const char c : r.type) {
            out.body += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
        out.body += R"(","value":)";
        append_error(out.body, r);
        out.body += '}';
    } else {
        append_error(out.body, r);
    }
    return out;
}

}  // namespace cloned::simulator
