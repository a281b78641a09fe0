#include "backends/http/session.hpp"

#include "backends/http/encoding.hpp"
#include "backends/http/json_reader.hpp"
#include "base/crash_point.hpp"
#include "base/encoding.hpp"
#include "base/single_flight.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace cloned::backends::http {
namespace {

constexpr milliseconds first_pause{500};
constexpr milliseconds longest_pause{30'000};
constexpr std::size_t max_token_bytes = 4096;

bool is_sound_token(std::string_view token) {
    const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
    return !token.empty() && token.size() <= max_token_bytes &&
           std::all_of(token.begin(), token.end(), visible);
}

result<std::string> read_token(std::string_view body, bool wrapped) {
    json_document document;
    auto root = document.parse(body, std::size_t{64} << 10U);
    if (!root) return fail(root.error());
    auto token = wrapped ? root->text_at("value") : root->text();
    if (!token) return fail(token.error());
    if (!is_sound_token(*token)) return fail(errc::protocol_error, "the token is not usable");
    return std::string(*token);
}

// The memory of failed logins.
class login_pause {
public:
    login_pause(cloned::clock& clock, random_source& random) : clock_(clock), random_(random) {}

    // Why no login is tried at this moment.
    const error* reason() const {
        return failure_ && clock_.now() < retry_at_ ? &*failure_ : nullptr;
    }

    void failed(error why) {
        failure_ = std::move(why);
        const std::chrono::duration<double, std::milli> span(pause_);
        retry_at_ = clock_.now() + std::chrono::duration_cast<steady_time::duration>(
                                       span * random_.between(0.5, 1.0));
        pause_ = std::min(pause_ * 2, longest_pause);
    }

    void succeeded() {
        failure_.reset();
        pause_ = first_pause;
    }

private:
    cloned::clock& clock_;
    random_source& random_;
    std::optional<error> failure_;
    steady_time retry_at_{};
    milliseconds pause_ = first_pause;
};

class login_session final : public token_source {
public:
    login_session(client& via, cloned::clock& clock, random_source& random, login_form form)
        : client_(via), clock_(clock), form_(std::move(form)), pause_(clock, random) {}

    task<result<std::string>> token(steady_time deadline) override;
    std::string_view header_name() const override { return form_.header_name; }
    void invalidate(std::string_view token) override {
        if (token == shown()) token_.clear();
    }
    void accept(std::string_view token) override {
        if (token == shown()) pause_.succeeded();
    }
    void reject(std::string_view token, error why) override {
        if (token != shown()) return;
        token_.clear();
        pause_.failed(std::move(why));
    }
    bool renewable() const override { return true; }
    task<void> renew(steady_time after, steady_time deadline) override;
    bool began_after(steady_time after) const override { return !token_.empty() && began_ > after; }
    task<void> close(steady_time deadline) override;

private:
    task<result<std::string>> log_in(steady_time deadline);
    task<void> log_out(std::string token, steady_time deadline);
    result<std::string> token_in(const response& answer) const;
    // The token as requests carry it, which is the form that the callers know it in.
    std::string shown() const { return form_.header_value ? form_.header_value(token_) : token_; }

    // Constant after construction
    client& client_;
    cloned::clock& clock_;
    login_form form_;

    // Loop thread only
    std::string token_;
    steady_time began_{};  // when its login was begun
    std::string retired_;  // the session before it, after a renewal
    std::optional<steady_time> renewed_at_;
    single_flight logins_{clock_};
    login_pause pause_;
};

task<result<std::string>> login_session::token(steady_time deadline) {
    for (;;) {
        if (!token_.empty()) co_return shown();
        if (const auto* why = pause_.reason()) co_return fail(*why);
        if (!logins_.under_way()) break;
        const bool ended = co_await logins_.wait(deadline);
        if (!ended)
            co_return fail(errc::unavailable,
                           concat(form_.host, ": the login under way did not end in time"));
    }
    const single_flight::flight login(logins_);
    const auto now = clock_.now();
    auto made = co_await log_in(deadline);
    if (!made) {
        pause_.failed(made.error());
        co_return fail(made.error());
    }
    token_ = *made;
    began_ = now;
    co_return shown();
}

// The old session stays alive until the next renewal: requests that were sent with it may still be
// at work.
task<void> login_session::renew(steady_time after, steady_time deadline) {
    if (logins_.under_way()) {
        co_await logins_.wait(deadline);
        co_return;
    }
    if (token_.empty()) {
        auto ignored = co_await token(deadline);
        static_cast<void>(ignored);
        co_return;
    }
    const auto now = clock_.now();
    const bool lately = renewed_at_ && now - *renewed_at_ < form_.renewal_pause;
    if (began_ > after || lately) co_return;
    renewed_at_ = now;
    std::string done_with;
    {
        const single_flight::flight login(logins_);
        auto made = co_await log_in(deadline);
        if (!made) co_return;
        done_with = std::exchange(retired_, std::exchange(token_, *made));
        began_ = now;
    }
    if (!done_with.empty()) co_await log_out(std::move(done_with), deadline);
}

result<std::string> login_session::token_in(const response& answer) const {
    if (form_.read_token == nullptr) return read_token(answer.body, form_.wrapped);
    auto token = form_.read_token(answer);
    if (token && !is_sound_token(*token))
        return fail(errc::protocol_error, "the token is not usable");
    return token;
}

task<result<std::string>> login_session::log_in(steady_time deadline) {
    request ask;
    ask.verb = form_.verb;
    ask.target = form_.target;
    ask.body = form_.body;
    ask.headers = form_.headers;
    if (form_.basic_auth)
        ask.headers.emplace_back(
            "Authorization", concat("Basic ", to_base64(concat(form_.user, ":", form_.password))));
    ask.deadline = deadline;
    ask.repeatable = true;
    auto answer = co_await client_.send(std::move(ask));
    crash_point("session.after_login");
    // A session that was perhaps made is nothing that the caller's own request would be in doubt
    // of.
    if (!answer) co_return fail(errc::unavailable, concat("login: ", answer.error().message()));
    if (answer->status < 200 || answer->status > 299) {
        const auto why = form_.explain(*answer);
        co_return fail(why.code(), concat(form_.host, ": login refused: ", why.message()));
    }
    auto made = token_in(*answer);
    if (!made)
        co_return fail(errc::protocol_error,
                       concat(form_.host, ": login: ", made.error().message()));
    co_return made;
}

task<void> login_session::close(steady_time deadline) {
    auto retired = std::exchange(retired_, std::string());
    auto present = std::exchange(token_, std::string());
    if (!retired.empty()) co_await log_out(std::move(retired), deadline);
    if (!present.empty()) co_await log_out(std::move(present), deadline);
}

task<void> login_session::log_out(std::string token, steady_time deadline) {
    request bye;
    if (form_.make_logout) {
        bye = form_.make_logout(token);
    } else {
        bye.verb = method::del;
        bye.target = form_.target;
        bye.headers.emplace_back(std::string(header_name()),
                                 form_.header_value ? form_.header_value(token) : token);
    }
    bye.deadline = deadline;
    // The server ends an idle session by itself if this one is not heard.
    auto ignored = co_await client_.send(std::move(bye));
    static_cast<void>(ignored);
}

class static_header final : public token_source {
public:
    static_header(std::string name, std::string value)
        : name_(std::move(name)), value_(std::move(value)) {}

    task<result<std::string>> token(steady_time) override { co_return value_; }
    std::string_view header_name() const override { return name_; }
    void invalidate(std::string_view) override {}
    void accept(std::string_view) override {}
    void reject(std::string_view, error) override {}
    bool renewable() const override { return false; }
    task<void> close(steady_time) override { co_return; }

private:
    std::string name_;
    std::string value_;
};

class borrowed_session final : public token_source {
public:
    borrowed_session(token_source& lender, cloned::clock& clock, random_source& random)
        : lender_(lender), pause_(clock, random) {}

    task<result<std::string>> token(steady_time deadline) override {
        if (const auto* why = pause_.reason()) co_return fail(*why);
        co_return co_await lender_.token(deadline);
    }
    std::string_view header_name() const override { return lender_.header_name(); }
    void invalidate(std::string_view token) override { lender_.invalidate(token); }
    void accept(std::string_view) override { pause_.succeeded(); }
    void reject(std::string_view, error why) override { pause_.failed(std::move(why)); }
    bool renewable() const override { return lender_.renewable(); }
    task<void> renew(steady_time after, steady_time deadline) override {
        return lender_.renew(after, deadline);
    }
    bool began_after(steady_time after) const override { return lender_.began_after(after); }
    task<void> close(steady_time) override { co_return; }

private:
    token_source& lender_;
    login_pause pause_;
};

}  // namespace

std::unique_ptr<token_source> make_login_session(client& via,
                                                 cloned::clock& clock,
                                                 random_source& random,
                                                 login_form form) {
    return std::make_unique<login_session>(via, clock, random, std::move(form));
}

std::unique_ptr<token_source> make_static_header(std::string name, std::string value) {
    return std::make_unique<static_header>(std::move(name), std::move(value));
}

std::unique_ptr<token_source> make_borrowed_session(token_source& lender,
                                                    cloned::clock& clock,
                                                    random_source& random) {
    return std::make_unique<borrowed_session>(lender, clock, random);
}

task<void> log_out(token_source& session, client& connections, steady_time now) {
    constexpr auto patience = milliseconds(3000);
    const auto deadline = now + patience;
    co_await session.close(deadline);
    connections.close();
}

}  // namespace cloned::backends::http
