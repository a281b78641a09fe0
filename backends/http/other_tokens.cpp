#include "backends/http/login_pacing.hpp"
#include "backends/http/refused_call.hpp"
#include "backends/http/session.hpp"

#include <utility>

namespace cloned::backends::http {
namespace {

class static_header final : public token_source {
public:
    static_header(std::string name, std::string value)
        : name_(std::move(name)), value_(std::move(value)) {}

    task<result<std::string>> token(steady_time) override { co_return value_; }
    std::string_view header_name() const override { return name_; }
    void accept(std::string_view) override {}
    task<result<std::string>> refused(std::string token, error why, steady_time) override {
        // Changed by a reload since it was sent.
        if (token != value_) co_return value_;
        co_return fail(errc::unauthenticated, why.message());
    }
    task<error> refused_again(std::string, error why, steady_time) override { co_return why; }
    task<session_state> examine(std::string, steady_time) override {
        co_return session_state::untold;
    }
    void invalidate(std::string_view) override {}
    void reject(std::string_view, error) override {}
    bool renewable() const override { return false; }
    void use_secret(std::string secret) override { value_ = std::move(secret); }
    void try_now() override {}
    task<void> close(steady_time) override { co_return; }

private:
    std::string name_;
    std::string value_;
};

class borrowed_session final : public token_source {
public:
    borrowed_session(token_source& lender,
                     cloned::clock& clock,
                     random_source& random,
                     std::string endpoint,
                     std::shared_ptr<redactor> secrets)
        : lender_(lender),
          clock_(clock),
          pacing_(clock, random, nullptr, std::move(endpoint), std::move(secrets)) {}

    task<result<std::string>> token(steady_time deadline) override {
        if (auto why = pacing_.reason()) co_return fail(std::move(*why));
        co_return co_await lender_.token(deadline);
    }
    std::string_view header_name() const override { return lender_.header_name(); }
    void accept(std::string_view) override {
        accepted_at_ = clock_.now();
        pacing_.accepted();
    }
    task<result<std::string>> refused(std::string token, error why, steady_time deadline) override {
        const auto state = co_await lender_.examine(token, deadline);
        if (state == session_state::dead) co_return co_await lender_.token(deadline);
        if (state == session_state::no_answer) co_return fail(not_told(why));
        if (accepted_lately()) co_return token;
        co_return fail(not_lent(why));
    }
    task<error> refused_again(std::string token, error why, steady_time deadline) override {
        const auto state = co_await lender_.examine(std::move(token), deadline);
        if (state == session_state::no_answer) co_return not_told(why);
        if (state == session_state::dead) co_return why;
        co_return accepted_lately() ? call_refused(why) : not_lent(why);
    }
    task<session_state> examine(std::string token, steady_time deadline) override {
        return lender_.examine(std::move(token), deadline);
    }
    void invalidate(std::string_view) override {}
    void reject(std::string_view, error) override {}
    bool renewable() const override { return lender_.renewable(); }
    task<void> renew(steady_time after, steady_time deadline) override {
        return lender_.renew(after, deadline);
    }
    bool began_after(steady_time after) const override { return lender_.began_after(after); }
    void use_secret(std::string) override {}
    void try_now() override {
        pacing_.try_now();
        lender_.try_now();
    }
    task<void> close(steady_time) override { co_return; }

private:
    bool accepted_lately() const {
        return accepted_at_ && clock_.now() - *accepted_at_ < std::chrono::minutes(10);
    }
    // The lender's session lives, so another one would be refused as well.
    error not_lent(const error& why) {
        return pacing_.rejected(
            error(errc::unauthenticated,
                  concat(why.message(),
                         "; the vCenter accepts the session, this server does not: "
                         "another auth is needed, such as saml")));
    }

    token_source& lender_;
    cloned::clock& clock_;
    login_pacing pacing_;
    std::optional<steady_time> accepted_at_;
};

}  // namespace

std::unique_ptr<token_source> make_static_header(std::string name, std::string value) {
    return std::make_unique<static_header>(std::move(name), std::move(value));
}

std::unique_ptr<token_source> make_borrowed_session(token_source& lender,
                                                    cloned::clock& clock,
                                                    random_source& random,
                                                    std::string endpoint,
                                                    std::shared_ptr<redactor> secrets) {
    return std::make_unique<borrowed_session>(lender, clock, random, std::move(endpoint),
                                              std::move(secrets));
}

}  // namespace cloned::backends::http
