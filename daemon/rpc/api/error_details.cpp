#include "daemon/rpc/api/error_details.hpp"

#include "daemon/rpc/api/text_rules.hpp"

namespace cloned::rpc {
namespace {

// Base64 makes 4/3 of it; percent-encoding at most triples the message. Both stay below 7 KiB.
constexpr std::size_t status_bytes_max = 3800;
constexpr std::size_t message_bytes_max = 480;
constexpr std::size_t field_bytes_max = 200;
constexpr std::size_t description_bytes_max = 300;

// An entry's tag and length, twice nested, at their longest.
constexpr std::size_t entry_overhead = 16;
// Kept free for ErrorInfo, RetryInfo and the type URLs.
constexpr std::size_t other_details_bytes = 500;

template <class Message>
void attach(v1::RpcStatus& status, const char* type, const Message& message) {
    auto* detail = status.add_details();
    detail->set_type_url(std::string("type.googleapis.com/google.rpc.") + type);
    detail->set_value(message.SerializeAsString());
}

std::string reason_of(const failure& why) {
    if (!why.reason.empty()) return why.reason;
    std::string out;
    for (const char c : to_string(why.code))
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

v1::BadRequest bad_request_of(const failure& why, std::size_t bytes_free) {
    v1::BadRequest bad;
    for (const auto& problem : why.fields) {
        const std::string field = presentable(problem.field, field_bytes_max);
        const std::string description = presentable(problem.description, description_bytes_max);
        const std::size_t bytes = field.size() + description.size() + entry_overhead;
        if (bytes > bytes_free) break;
        bytes_free -= bytes;
        auto* violation = bad.add_field_violations();
        violation->set_field(field);
        violation->set_description(description);
    }
    return bad;
}

}  // namespace

int rpc_code(errc code) {
    switch (code) {
        case errc::cancelled:
            return 1;
        case errc::upstream_failed:
            return 2;  // UNKNOWN: an error of somebody else's error space
        case errc::invalid_argument:
            return 3;
        case errc::deadline_exceeded:
            return 4;
        case errc::not_found:
            return 5;
        case errc::already_exists:
            return 6;
        case errc::permission_denied:
            return 7;
        case errc::resource_exhausted:
            return 8;
        case errc::failed_precondition:
            return 9;
        case errc::aborted:
            return 10;
        case errc::internal:
        case errc::protocol_error:
            return 13;
        // UNAVAILABLE promises nothing about what was done, and asks for the same call again: with
        // the same request_id that is the way to find out.
        case errc::in_doubt:
        case errc::unavailable:
            return 14;
        case errc::unauthenticated:
            return 16;
    }
    return 13;
}

std::string status_message(const failure& why) {
    return presentable(why.message, message_bytes_max);
}

v1::RpcStatus to_rpc_status(const failure& why) {
    v1::RpcStatus status;
    status.set_code(rpc_code(why.code));
    status.set_message(status_message(why));
    v1::ErrorInfo info;
    info.set_reason(reason_of(why));
    info.set_domain("cloned");
    if (!why.fields.empty()) {
        const std::size_t taken = status.message().size() + other_details_bytes;
        const auto bad = bad_request_of(why, status_bytes_max - taken);
        const auto in_all = std::max(why.fields_in_all, why.fields.size());
        (*info.mutable_metadata())["problems"] = std::to_string(in_all);
        (*info.mutable_metadata())["listed"] = std::to_string(bad.field_violations_size());
        attach(status, "BadRequest", bad);
    }
    attach(status, "ErrorInfo", info);
    if (why.retry_after) {
        v1::RetryInfo retry;
        const auto ms = why.retry_after->count();
        retry.mutable_retry_delay()->set_seconds(ms / 1000);
        retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
        attach(status, "RetryInfo", retry);
    }
    return status;
}

}  // namespace cloned::rpc
