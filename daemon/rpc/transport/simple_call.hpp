#pragma once

#include "daemon/rpc/api/validate.hpp"
#include "daemon/rpc/transport/unary_call.hpp"

#include <string>
#include <utility>

namespace cloned::rpc {

// A unary call whose handler is a member function of (tenant, request): lets it in, refuses unknown
// fields, and runs it on the loop.
template <class Request, class Response, class Handlers>
grpc::ServerUnaryReactor* simple_call(call_environment& environment,
                                      grpc::CallbackServerContext& context,
                                      const Request& request,
                                      Response* response,
                                      Handlers& handlers,
                                      task<outcome<Response>> (Handlers::*method)(std::string,
                                                                                  Request)) {
    auto entry = enter(environment, environment.calls, context);
    if (!entry) return refuse_call(context, entry.error());
    problem_list problems;
    check_known(request, field_place(problems));
    if (!problems.empty()) return refuse_call(context, invalid(problems));
    auto handler = [&handlers, method, tenant = std::move(entry->tenant),
                    request = Request(request)]() mutable {
        return (handlers.*method)(std::move(tenant), std::move(request));
    };
    return start_unary(environment, std::move(entry->place), response, std::move(handler));
}

}  // namespace cloned::rpc
