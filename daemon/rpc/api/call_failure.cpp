#include "daemon/rpc/api/call_failure.hpp"

#include "base/text.hpp"

namespace cloned::rpc {
namespace {

constexpr std::size_t told_in_words = 3;
constexpr milliseconds usual_pause{1000};

}  // namespace

failure failure_from(const error& why) {
    failure out(why);
    switch (why.code()) {
        case errc::unavailable:
            out.reason = "STORE_UNAVAILABLE";
            out.retry_after = usual_pause;
            break;
        case errc::resource_exhausted:
            out.retry_after = usual_pause;
            break;
        // The daemon leaves and recovers; after that the same request finds out what became of it.
        case errc::in_doubt:
            out.reason = "OUTCOME_UNKNOWN";
            out.retry_after = 5 * usual_pause;
            break;
        default:
            break;
    }
    return out;
}

failure invalid(const problem_list& problems) {
    failure out(errc::invalid_argument, summary_of(problems.kept(), problems.in_all()));
    out.reason = "INVALID_FIELDS";
    out.fields = problems.kept();
    out.fields_in_all = problems.in_all();
    return out;
}

failure invalid(std::string field, std::string description) {
    problem_list problems;
    problems.add(std::move(field), std::move(description));
    return invalid(problems);
}

std::string summary_of(const std::vector<field_problem>& fields, std::size_t in_all) {
    std::string out;
    if (in_all > 1) out = concat(std::to_string(in_all), " problems: ");
    for (std::size_t i = 0; i < fields.size() && i < told_in_words; ++i) {
        if (i > 0) out += "; ";
        out += one_line(fields[i].field, 80);
        if (!fields[i].field.empty()) out += ": ";
        out += one_line(fields[i].description, 120);
    }
    if (in_all > told_in_words)
        out += concat("; and ", std::to_string(in_all - told_in_words), " more");
    return out;
}

}  // namespace cloned::rpc
