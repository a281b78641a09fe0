#include "daemon/rpc/api/error_details.hpp"

#include "base/encoding.hpp"
#include "daemon/rpc/api/text_rules.hpp"

#include <google/protobuf/util/time_util.h>
#include <google/rpc/error_details.pb.h>

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

std::string reason_of(const failure& why) {
    if (!why.reason.empty()) return why.reason;
    return upper_case(to_string(why.code));
}

google::rpc::BadRequest bad_request_of(const failure& why, std::size_t bytes_free) {
    google::rpc::BadRequest bad;
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

google::rpc::Code rpc_code(errc code) {
    switch (code) {
        case errc::cancelled:
            return google::rpc::CANCELLED;
        case errc::upstream_failed:
            return google::rpc::UNKNOWN;  // an error of another error space
        case errc::invalid_argument:
            return google::rpc::INVALID_ARGUMENT;
        case errc::deadline_exceeded:
            return google::rpc::DEADLINE_EXCEEDED;
        case errc::not_found:
            return google::rpc::NOT_FOUND;
        case errc::already_exists:
            return google::rpc::ALREADY_EXISTS;
        case errc::permission_denied:
            return google::rpc::PERMISSION_DENIED;
        case errc::resource_exhausted:
            return google::rpc::RESOURCE_EXHAUSTED;
        case errc::failed_precondition:
            return google::rpc::FAILED_PRECONDITION;
        case errc::aborted:
            return google::rpc::ABORTED;
        // UNAVAILABLE promises nothing about what was done, and asks for the same call again: with
        // the same request_id that is the way to find out.
        case errc::in_doubt:
        case errc::unavailable:
            return google::rpc::UNAVAILABLE;
        case errc::unauthenticated:
            return google::rpc::UNAUTHENTICATED;
        case errc::internal:
        case errc::protocol_error:
            break;
    }
    return google::rpc::INTERNAL;
}

google::rpc::Status to_rpc_status(const failure& why) {
    google::rpc::Status status;
    status.set_code(rpc_code(why.code));
    status.set_message(presentable(why.message, message_bytes_max));
    google::rpc::ErrorInfo info;
    info.set_reason(reason_of(why));
    info.set_domain("cloned");
    if (!why.fields.empty()) {
        const std::size_t taken = status.message().size() + other_details_bytes;
        const auto bad = bad_request_of(why, status_bytes_max - taken);
        const auto in_all = std::max(why.fields_in_all, why.fields.size());
        (*info.mutable_metadata())["problems"] = std::to_string(in_all);
        (*info.mutable_metadata())["listed"] = std::to_string(bad.field_violations_size());
        status.add_details()->PackFrom(bad);
    }
    status.add_details()->PackFrom(info);
    if (why.retry_after) {
        google::rpc::RetryInfo retry;
        *retry.mutable_retry_delay() =
            google::protobuf::util::TimeUtil::MillisecondsToDuration(why.retry_after->count());
        status.add_details()->PackFrom(retry);
    }
    return status;
}

}  // namespace cloned::rpc
