#include "clonectl/status.hpp"

#include "base/text.hpp"

#include <google/protobuf/util/time_util.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/support/error_details.h>

#include <iostream>

namespace cloned::clonectl {
namespace {

void add_detail(const google::protobuf::Any& any, std::vector<std::string>& lines) {
    if (google::rpc::BadRequest bad; any.UnpackTo(&bad)) {
        for (const auto& violation : bad.field_violations()) {
            lines.push_back(concat("  ", one_line(violation.field(), 200), ": ",
                                   one_line(violation.description())));
        }
    }
    if (google::rpc::RetryInfo retry; any.UnpackTo(&retry)) {
        const std::chrono::milliseconds span(
            google::protobuf::util::TimeUtil::DurationToMilliseconds(retry.retry_delay()));
        lines.push_back(concat("  try again in ", for_people(span)));
    }
}

// gRPC tells by its words alone that the socket could not be opened for want of permission; what
// the daemon itself says has details.
bool is_forbidden(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty() &&
           status.error_message().find("Permission denied") != std::string::npos;
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
    if (is_forbidden(status)) {
        lines.emplace_back("  only members of the group cloned may open the socket");
    } else if (is_unreachable(status) && status.error_details().empty()) {
        lines.emplace_back(
            "  does the daemon run (systemctl status cloned), and is --address right?");
    }
    google::rpc::Status details;
    if (grpc::ExtractErrorDetails(status, &details).ok()) {
        for (const auto& any : details.details()) add_detail(any, lines);
    }
    return lines;
}

bool is_unreachable(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAVAILABLE && !is_forbidden(status);
}

exit_code report(const grpc::Status& status) {
    const char* prefix = "clonectl: ";
    for (const std::string& line : lines_of(status)) {
        std::cerr << prefix << line << '\n';
        prefix = "";
    }
    return exit_code_of(status);
}

exit_code report(exit_code code, const std::string& message) {
    std::cerr << "clonectl: " << message << '\n';
    return code;
}

}  // namespace cloned::clonectl
