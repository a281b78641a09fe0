#include "backends/vijson/discovery.hpp"

#include "backends/vijson/faults.hpp"
#include "base/text.hpp"

namespace cloned::backends::vijson {
namespace {

// The caller's own request was not sent, whatever became of ours.
error not_sent(std::string_view step, const error& why) {
    const bool lost = why.code() == errc::in_doubt || why.code() == errc::invalid_argument;
    return {lost ? errc::unavailable : why.code(), concat(step, ": ", why.message())};
}

// A page is a proxy's, which knows nothing of releases.
bool knows_no_hello(const http::response& answer) {
    const int status = answer.status;
    return !answer.body.starts_with('<') &&
           (status == 400 || status == 404 || status == 405 || status == 501);
}

}  // namespace

discovery::discovery(http::client& via, cloned::clock& clock, std::string release)
    : client_(via), release_(std::move(release)), asking_(clock) {}

task<result<discovery::found>> discovery::find(steady_time deadline) {
    const auto failures_before = failures_;
    while (!known_ && asking_.under_way()) {
        const bool ended = co_await asking_.wait(deadline);
        if (!ended)
            co_return fail(errc::unavailable, "finding out the upstream's release took too long");
        if (failures_ != failures_before) co_return fail(*failure_);
    }
    if (known_) co_return known_;
    const single_flight::flight mine(asking_);
    auto answer = co_await ask(deadline);
    if (answer) {
        known_ = *answer;
    } else {
        failure_ = answer.error();
        ++failures_;
    }
    co_return answer;
}

task<result<http::response>> discovery::send(http::request what, steady_time deadline) {
    what.deadline = deadline;
    co_return co_await client_.send(std::move(what));
}

task<result<std::string>> discovery::negotiate(steady_time deadline) {
    auto answer = co_await send(say_hello(), deadline);
    if (!answer) co_return fail(not_sent("hello", answer.error()));
    // Servers older than the question itself.
    if (knows_no_hello(*answer)) co_return std::string(oldest_release);
    if (!is_success(*answer)) co_return fail(not_sent("hello", explain_login(*answer)));
    auto release = read_hello(answer->body);
    if (!release) co_return fail(not_sent("hello", release.error()));
    if (release->empty())
        co_return fail(errc::upstream_failed,
                       "the vCenter speaks none of the VI JSON releases that are known here; "
                       "8.0 Update 1 is the oldest, or set the release");
    co_return release;
}

task<result<discovery::found>> discovery::ask(steady_time deadline) {
    auto release = release_;
    if (release.empty()) {
        auto negotiated = co_await negotiate(deadline);
        if (!negotiated) co_return fail(negotiated.error());
        release = std::move(*negotiated);
    }
    auto out = std::make_shared<service>(release);
    auto answer = co_await send(out->speaks.get_content(), deadline);
    if (!answer) co_return fail(not_sent("ServiceContent", answer.error()));
    if (answer->status == 404 && !answer->body.starts_with('<'))
        co_return fail(errc::upstream_failed,
                       concat("the upstream does not serve VI JSON of release ", release,
                              " (HTTP 404); it needs vCenter 8.0 Update 1 or later"));
    if (!is_success(*answer)) co_return fail(not_sent("ServiceContent", explain_login(*answer)));
    auto content = wire::read_content(answer->body);
    if (!content) co_return fail(not_sent("ServiceContent", content.error()));
    out->at = std::move(*content);
    found result_of_it = std::move(out);
    co_return result_of_it;
}

}  // namespace cloned::backends::vijson
