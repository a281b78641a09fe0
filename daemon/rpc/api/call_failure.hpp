#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/result.hpp"
#include "daemon/rpc/api/problems.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloned::rpc {

// Why a call fails, with what its caller's program can use. status.hpp turns it into what travels.
struct failure {
    failure() = default;
    failure(errc why, std::string words) : code(why), message(std::move(words)) {}
    explicit failure(const error& why) : code(why.code()), message(why.message()) {}

    errc code = errc::internal;
    std::string message;  // one sentence
    std::string reason;   // UPPER_SNAKE; empty: follows from the code
    std::vector<field_problem> fields;
    std::size_t fields_in_all = 0;  // fields may hold the first of them only
    std::optional<milliseconds> retry_after;
};

template <class T>
using outcome = tl::expected<T, failure>;

inline tl::unexpected<failure> refuse(failure why) {
    return tl::unexpected<failure>(std::move(why));
}
inline tl::unexpected<failure> refuse(errc code, std::string message) {
    return tl::unexpected<failure>(failure(code, std::move(message)));
}

// What the store or the scheduler said.
failure failure_from(const error& why);

// INVALID_ARGUMENT with the first problems in words and as many as fit in the details.
failure invalid(const problem_list& problems);
failure invalid(std::string field, std::string description);

// The sentence for a list of problems: "jobs[0].key: is …", "3 problems: jobs[0].key: is …; …; …".
std::string summary_of(const std::vector<field_problem>& fields, std::size_t in_all);

}  // namespace cloned::rpc
