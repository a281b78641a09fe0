#include "backends/sts/sts_login.hpp"

#include "backends/sts/packed.hpp"
#include "backends/sts/sts_wire.hpp"
#include "base/text.hpp"

#include <utility>

namespace cloned::backends::sts {
namespace {

using http::login_trouble;

constexpr milliseconds wanted_lifetime = std::chrono::minutes(30);
// A header of more than that is refused by most servers.
constexpr std::size_t max_packed_bytes = std::size_t{32} << 10U;
// Less than that is the way of the request.
constexpr milliseconds least_skew{2'000};
constexpr std::size_t max_words = 300;

class sts_login final : public http::login_steps {
public:
    sts_login(http::client& via,
              std::unique_ptr<http::client> own,
              cloned::clock& clock,
              sts_account account)
        : client_(via), own_(std::move(own)), clock_(clock), account_(std::move(account)) {}

    task<http::login_outcome> log_in(steady_time deadline) override;
    task<http::session_state> examine(std::string, steady_time) override {
        co_return http::session_state::untold;
    }
    task<void> log_out(std::string, steady_time) override { co_return; }
    void use_secret(std::string secret) override { account_.password = std::move(secret); }

private:
    task<result<http::response>> ask(steady_time deadline);
    // Takes over how far the service's clock is ahead of ours; false if it is what we knew.
    bool learn_clock(const fault& what);
    http::login_failure failure_of(const fault& what) const;

    // Constant after construction, but for the password
    http::client& client_;
    std::unique_ptr<http::client> own_;
    cloned::clock& clock_;
    sts_account account_;

    // Loop thread only
    milliseconds ahead_{0};
};

task<result<http::response>> sts_login::ask(steady_time deadline) {
    wish what;
    what.user = account_.user;
    what.password = account_.password;
    what.now = clock_.wall() + ahead_;
    what.lifetime = wanted_lifetime;
    auto sent = issue(what, account_.target);
    sent.deadline = deadline;
    sent.repeatable = true;
    co_return co_await client_.send(std::move(sent));
}

bool sts_login::learn_clock(const fault& what) {
    if (what.what != fault_kind::wrong_time || !what.told_at) return false;
    const auto ahead = std::chrono::duration_cast<milliseconds>(*what.told_at - clock_.wall());
    const bool news = std::chrono::abs(ahead - ahead_) >= least_skew;
    if (news) ahead_ = ahead;
    return news;
}

http::login_failure sts_login::failure_of(const fault& what) const {
    const auto words = one_line(what.words, max_words);
    if (what.what == fault_kind::refused)
        return {login_trouble::bad_account, error(errc::unauthenticated, concat("STS: ", words))};
    if (what.what == fault_kind::wrong_time) {
        const auto apart =
            ahead_ == milliseconds(0)
                ? std::string("it does not tell its own time")
                : concat("its clock is ", for_people(std::chrono::abs(ahead_)),
                         ahead_ > milliseconds(0) ? " ahead of" : " behind", " this machine's");
        return {login_trouble::no_answer,
                error(errc::unavailable, concat("the STS refuses the time of the request (", apart,
                                                "; set both clocks by NTP): ", words))};
    }
    return {login_trouble::no_answer, error(errc::upstream_failed, concat("STS: ", words))};
}

task<http::login_outcome> sts_login::log_in(steady_time deadline) {
    auto answer = co_await ask(deadline);
    if (!answer) {
        error why(errc::unavailable, concat("STS: ", answer.error().message()));
        co_return http::fail_login(login_trouble::no_answer, std::move(why));
    }
    auto told = read_answer(*answer);
    // Said by its clock, it may be right.
    if (!told && learn_clock(told.error())) {
        answer = co_await ask(deadline);
        if (answer) told = read_answer(*answer);
    }
    if (!told) co_return tl::unexpected(failure_of(told.error()));
    auto token = packed(told->xml);
    if (token && !http::is_sound_token(*token, max_packed_bytes))
        token = fail(errc::protocol_error, "STS: the assertion is too long for a header");
    if (!token) co_return http::fail_login(login_trouble::no_answer, token.error());
    http::fresh_token out;
    out.token = std::move(*token);
    out.lifetime = told->lifetime.value_or(wanted_lifetime);
    co_return out;
}

}  // namespace

std::unique_ptr<http::login_steps> make_sts_login(http::client& via,
                                                  std::unique_ptr<http::client> own,
                                                  cloned::clock& clock,
                                                  sts_account account) {
    return std::make_unique<sts_login>(via, std::move(own), clock, std::move(account));
}

}  // namespace cloned::backends::sts
