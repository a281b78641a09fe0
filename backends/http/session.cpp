#include "backends/http/session.hpp"

#include "backends/http/login_pacing.hpp"
#include "backends/http/refused_call.hpp"
#include "base/single_flight.hpp"
#include "base/text.hpp"

#include <optional>
#include <utility>

namespace cloned::backends::http {
namespace {

// A session that was accepted is not asked about again for so long.
constexpr milliseconds good_for{30'000};
// Servers end sessions that are not used for so long: minutes, as delivered.
constexpr milliseconds may_end_idle{30'000};
// An older one that lives may be refused for what the server remembers of it; a new one tells.
constexpr auto settled_after = std::chrono::minutes(10);

class login_session final : public token_source {
public:
    login_session(cloned::clock& clock,
                  random_source& random,
                  std::unique_ptr<login_steps> steps,
                  session_options options)
        : clock_(clock),
          options_(std::move(options)),
          steps_(std::move(steps)),
          pacing_(clock, random, options_.account, options_.endpoint, options_.secrets) {}

    task<result<std::string>> token(steady_time deadline) override;
    std::string_view header_name() const override { return options_.header_name; }
    void accept(std::string_view token) override;
    task<result<std::string>> refused(std::string token, error why, steady_time deadline) override;
    task<error> refused_again(std::string token, error why, steady_time deadline) override;
    task<session_state> examine(std::string token, steady_time deadline) override;
    void invalidate(std::string_view token) override {
        if (token == shown()) give_up();
    }
    void reject(std::string_view token, error why) override;
    bool renewable() const override { return true; }
    task<void> renew(steady_time after, steady_time deadline) override;
    bool began_after(steady_time after) const override { return !token_.empty() && began_ > after; }
    void use_secret(std::string secret) override {
        steps_->use_secret(std::move(secret));
        pacing_.secret_changed();
        pacing_.try_now();
    }
    void try_now() override {
        pacing_.try_now();
        steps_->try_now();
    }
    task<void> close(steady_time deadline) override;

private:
    // Makes a session in the place of the present one, which stays if that fails.
    task<result<void>> replace(steady_time deadline);
    task<result<void>> log_in(steady_time deadline);
    void take(fresh_token made, steady_time asked_at);
    void give_up(bool was_idle = false);
    bool lay_idle() const;
    bool usable() const { return !token_.empty() && (!dead_at_ || clock_.now() < *dead_at_); }
    bool due() const { return renew_at_ && clock_.now() >= *renew_at_; }
    // The token as requests carry it, which is the form that the callers know it in.
    std::string shown() const {
        return options_.header_value && !token_.empty() ? options_.header_value(token_) : token_;
    }

    // Constant after construction
    cloned::clock& clock_;
    session_options options_;
    std::unique_ptr<login_steps> steps_;

    // Loop thread only
    std::string token_;
    steady_time began_{};  // when its login was begun
    std::optional<steady_time> renew_at_;
    std::optional<steady_time> dead_at_;
    std::string retired_;                     // the session before it
    std::string to_end_;                      // the one before that
    steady_time lives_until_{};               // its server has said so
    std::optional<steady_time> accepted_at_;  // any token
    std::optional<steady_time> renewed_at_;
    single_flight logins_{clock_};
    single_flight questions_{clock_};
    login_pacing pacing_;
};

task<result<std::string>> login_session::token(steady_time deadline) {
    for (;;) {
        if (usable() && !due()) co_return shown();
        auto why = pacing_.reason();
        if (usable() && (why || logins_.under_way())) co_return shown();
        if (why) co_return fail(std::move(*why));
        if (!logins_.under_way()) break;
        const bool ended = co_await logins_.wait(deadline);
        if (!ended)
            co_return fail(errc::unavailable,
                           concat(options_.endpoint, ": the login under way did not end in time"));
    }
    auto made = co_await replace(deadline);
    if (!made && !usable()) co_return fail(made.error());
    co_return shown();
}

task<result<void>> login_session::replace(steady_time deadline) {
    auto made = co_await log_in(deadline);
    if (!to_end_.empty()) {
        auto over = std::exchange(to_end_, std::string());
        co_await steps_->log_out(std::move(over), deadline);
    }
    co_return made;
}

// Of all endpoints that share the account one logs in at a time: the others need not try what was
// refused.
task<result<void>> login_session::log_in(steady_time deadline) {
    const single_flight::flight login(logins_);
    auto& turns = pacing_.turns();
    while (turns.under_way()) {
        const bool ended = co_await turns.wait(deadline);
        if (!ended)
            co_return fail(
                errc::unavailable,
                concat(options_.endpoint, ": another login of the account did not end in time"));
    }
    if (auto why = pacing_.reason()) co_return fail(std::move(*why));
    const single_flight::flight turn(turns);
    const auto now = clock_.now();
    auto made = co_await steps_->log_in(deadline);
    if (!made) co_return fail(pacing_.failed(std::move(made.error())));
    pacing_.logged_in();
    take(std::move(*made), now);
    co_return result<void>();
}

// The session before the new one stays for a while: requests that were sent with it may still be at
// work.
void login_session::take(fresh_token made, steady_time asked_at) {
    if (!token_.empty()) to_end_ = std::exchange(retired_, std::move(token_));
    token_ = std::move(made.token);
    began_ = asked_at;
    lives_until_ = steady_time();
    renew_at_.reset();
    dead_at_.reset();
    if (!made.lifetime) return;
    renew_at_ = asked_at + *made.lifetime * 4 / 5;
    dead_at_ = asked_at + *made.lifetime;
}

// Ended all the same when another has taken its place: the server may have meant the call only.
void login_session::give_up(bool was_idle) {
    if (token_.empty()) return;
    if (!was_idle) pacing_.lost(clock_.now() - began_);
    to_end_ = std::exchange(retired_, std::exchange(token_, std::string()));
}

// Was it good, and then left alone for so long that its server may have ended it for that?
bool login_session::lay_idle() const {
    return accepted_at_ && *accepted_at_ >= began_ && clock_.now() - *accepted_at_ >= may_end_idle;
}

void login_session::accept(std::string_view token) {
    if (token != shown()) return;
    accepted_at_ = clock_.now();
    pacing_.accepted();
}

void login_session::reject(std::string_view token, error why) {
    if (token != shown()) return;
    give_up();
    static_cast<void>(pacing_.rejected(std::move(why)));
}

task<session_state> login_session::examine(std::string token, steady_time deadline) {
    while (token == shown() && questions_.under_way()) {
        const bool ended = co_await questions_.wait(deadline);
        if (!ended) co_return session_state::no_answer;
    }
    if (token != shown()) co_return session_state::dead;
    if (clock_.now() < lives_until_) co_return session_state::lives;
    const single_flight::flight question(questions_);
    auto asked_about = token_;
    const auto state = co_await steps_->examine(std::move(asked_about), deadline);
    if (token != shown()) co_return session_state::dead;
    if (state == session_state::lives) lives_until_ = clock_.now() + good_for;
    if (state == session_state::dead) give_up(lay_idle());
    co_return state;
}

task<result<std::string>> login_session::refused(std::string token,
                                                 error why,
                                                 steady_time deadline) {
    const auto state = co_await examine(token, deadline);
    if (state == session_state::no_answer) co_return fail(not_told(why));
    const bool settled = clock_.now() - began_ >= settled_after;
    if (token == shown() && settled && !logins_.under_way() && !pacing_.reason()) {
        auto ignored = co_await replace(deadline);
        static_cast<void>(ignored);
    }
    co_return co_await this->token(deadline);
}

task<error> login_session::refused_again(std::string token, error why, steady_time deadline) {
    const auto state = co_await examine(token, deadline);
    if (state == session_state::no_answer) co_return not_told(why);
    if (state == session_state::lives) co_return call_refused(why);
    const bool accepted = accepted_at_ && clock_.now() - *accepted_at_ < settled_after;
    if (state == session_state::untold && accepted) co_return call_refused(why);
    if (token == shown()) give_up();
    if (!token_.empty()) co_return why;  // replaced meanwhile: the next call tells
    co_return pacing_.rejected(std::move(why));
}

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
    const bool lately = renewed_at_ && now - *renewed_at_ < options_.renewal_pause;
    if (began_ > after || lately || pacing_.reason()) co_return;
    renewed_at_ = now;
    auto ignored = co_await replace(deadline);
    static_cast<void>(ignored);
}

task<void> login_session::close(steady_time deadline) {
    for (auto* each : {&to_end_, &retired_, &token_}) {
        auto over = std::exchange(*each, std::string());
        if (!over.empty()) co_await steps_->log_out(std::move(over), deadline);
    }
}

}  // namespace

std::unique_ptr<token_source> make_login_session(cloned::clock& clock,
                                                 random_source& random,
                                                 std::unique_ptr<login_steps> steps,
                                                 session_options options) {
    return std::make_unique<login_session>(clock, random, std::move(steps), std::move(options));
}

task<void> log_out(token_source& session, client& connections, steady_time now) {
    constexpr auto patience = milliseconds(3000);
    const auto deadline = now + patience;
    co_await session.close(deadline);
    connections.close();
}

}  // namespace cloned::backends::http
