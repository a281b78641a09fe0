#include "backends/outcome.hpp"

#include "backends/http/intermediary.hpp"
#include "base/text.hpp"
#include "model/guard.hpp"

namespace cloned::backends {
namespace {

constexpr milliseconds pause_without_permission{60'000};

}  // namespace

submit_outcome outcome_without_answer(error why) {
    if (why.code() == errc::in_doubt && guarded(guard::perhaps_sent))
        return uncertain{std::move(why)};
    // The request itself cannot be written, and could not be written later either.
    if (why.code() == errc::invalid_argument) return failed{std::move(why), false};
    // Refused although the session is accepted: neither a login nor a probe of the endpoint would
    // mend that, an operator may.
    if (why.code() == errc::permission_denied)
        return refused{refusal::busy, std::move(why), pause_without_permission};
    return refused{refusal::not_sent, std::move(why), std::nullopt};
}

submit_outcome outcome_not_understood(const http::response& answer, const error& why) {
    const auto words =
        http::looks_like_json(answer.body)
            ? concat("accepted, but without a usable task: ", why.message())
            : concat("perhaps not seen by the upstream: ", http::words_of_intermediary(answer));
    return uncertain{error(errc::in_doubt, words)};
}

submit_outcome outcome_turned_back(error said, std::optional<milliseconds> retry_after) {
    constexpr milliseconds usual_pause{15'000};
    return refused{refusal::not_sent, std::move(said), retry_after.value_or(usual_pause)};
}

errc code_by_status(int status) {
    switch (status) {
        case 400:
            return errc::invalid_argument;
        case 401:
            return errc::unauthenticated;
        case 403:
            return errc::permission_denied;
        case 404:
            return errc::not_found;
        case 429:
        case 502:
        case 503:
        case 504:
            return errc::unavailable;
        default:
            return errc::upstream_failed;
    }
}

}  // namespace cloned::backends
