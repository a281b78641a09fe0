#include "clonectl/status.hpp"

#include "base/text.hpp"
#include "cloned/v1/error_details.pb.h"

namespace cloned::clonectl {
namespace {

// The details are packed under the names of google.rpc, which our messages only mirror; so the type
// is compared by name and Any::UnpackTo, which would insist on our own name, is not used.
template <class Message>
bool unpack(const google::protobuf::Any& any, std::string_view name, Message& into) {
    return any.type_url() == concat("type.googleapis.com/google.rpc.", name) &&
           into.ParseFromString(any.value());
}

void add_detail(const google::protobuf::Any& any, std::vector<std::string>& lines) {
    if (v1::BadRequest bad; unpack(any, "BadRequest", bad)) {
        for (const auto& violation : bad.field_violations()) {
            lines.push_back(concat("  ", one_line(violation.field(), 200), ": ",
                                   one_line(violation.description())));
        }
    }
    if (v1::RetryInfo retry; unpack(any, "RetryInfo", retry)) {
        const auto& delay = retry.retry_delay();
        const std::chrono::milliseconds span(delay.seconds() * 1000 + delay.nanos() / 1'000'000);
        lines.push_back(concat("  try again in ", for_people(span)));
    }
}

}  // namespace

exit_code exit_code_of(const grpc::Status& status) {
    switch (status.error_code()) {
        case grpc::StatusCode::OK:
            return exit_ok;
        case grpc::StatusCode::INVALID_ARGUMENT:
        case grpc::StatusCode::NOT_FOUND:
        case grpc::StatusCode::ALREADY_EXISTS:
        case grpc::StatusCode::FAILED_PRECONDITION:
        case grpc::StatusCode::OUT_OF_RANGE:
            return exit_refused;
        case grpc::StatusCode::UNAVAILABLE:
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            return exit_unreachable;
        default:
            return exit_other;
    }
}

std::vector<std::string> lines_of(const grpc::Status& status) {
    std::vector<std::string> lines{one_line(status.error_message(), 1000)};
    v1::RpcStatus details;
    if (details.ParseFromString(status.error_details())) {
        for (const auto& any : details.details()) add_detail(any, lines);
    }
    return lines;
}

}  // namespace cloned::clonectl
