#include "backends/zstack/access.hpp"

#include "backends/zstack/access_key.hpp"
#include "backends/zstack/faults.hpp"
#include "backends/zstack/node_time.hpp"
#include "base/check.hpp"

namespace cloned::backends::zstack {
namespace {

bool says_dead_session(const result<http::response>& answer) {
    if (!answer) return false;
    return answer->status == 401 || (answer->status == 503 && is_dead_session(read_fault(*answer)));
}

class session_access final : public access {
public:
    session_access(http::client& via, std::unique_ptr<http::token_source> session)
        : client_(via), session_(std::move(session)) {}

    task<result<http::response>> send(http::request what) override;
    task<void> renew(steady_time after, steady_time deadline) override {
        return session_->renew(after, deadline);
    }
    bool began_after(steady_time after) const override { return session_->began_after(after); }
    std::size_t deaths() const override { return deaths_; }
    void use_secret(std::string secret) override { session_->use_secret(std::move(secret)); }
    void try_now() override { session_->try_now(); }
    task<void> close(steady_time deadline) override { return session_->close(deadline); }

private:
    task<result<http::response>> send_with(http::request what, std::string token);

    http::client& client_;
    std::unique_ptr<http::token_source> session_;
    std::size_t deaths_ = 0;
};

task<result<http::response>> session_access::send_with(http::request what, std::string token) {
    what.headers.emplace_back(std::string(session_->header_name()), token);
    auto answer = co_await client_.send(std::move(what));
    if (says_dead_session(answer)) {
        ++deaths_;
        session_->invalidate(token);
    } else if (answer && answer->status == 200) {
        session_->accept(token);
    }
    co_return answer;
}

task<result<http::response>> session_access::send(http::request what) {
    CLONED_CHECK(what.deadline.has_value(),
                 "a request without a deadline would outlive its caller");
    const auto deadline = *what.deadline;
    auto token = co_await session_->token(deadline);
    if (!token) co_return fail(token.error());
    // Only reads: what makes something is sent by the scheduler, under an id that it has written
    // down.
    const bool may_repeat = what.verb == http::method::get && session_->renewable();
    auto first = what;
    auto answer = co_await send_with(std::move(first), *token);
    if (!may_repeat || !says_dead_session(answer)) co_return answer;

    auto renewed = co_await session_->token(deadline);
    if (!renewed) co_return fail(renewed.error());
    // Kept, so that it can be rejected below: a refused fresh session counts as a failed login.
    auto second = std::move(what);
    second.headers.emplace_back(std::string(session_->header_name()), *renewed);
    answer = co_await client_.send(std::move(second));
    if (says_dead_session(answer)) {
        error why(errc::unauthenticated, explain(*answer).message());
        session_->reject(*renewed, why);
        co_return fail(std::move(why));
    }
    if (answer && answer->status == 200) session_->accept(*renewed);
    co_return answer;
}

class key_access final : public access {
public:
    key_access(http::client& via,
               cloned::clock& clock,
               std::string key_id,
               std::string secret,
               std::chrono::minutes clock_offset)
        : client_(via),
          clock_(clock),
          key_id_(std::move(key_id)),
          secret_(std::move(secret)),
          clock_offset_(clock_offset) {}

    task<result<http::response>> send(http::request what) override {
        const auto date = date_header(clock_.wall(), clock_offset_);
        auto signature =
            signed_authorization(key_id_, secret_, to_string(what.verb), date, what.target);
        what.headers.emplace_back("Date", date);
        what.headers.emplace_back("Authorization", std::move(signature));
        co_return co_await client_.send(std::move(what));
    }
    void use_secret(std::string secret) override { secret_ = std::move(secret); }
    task<void> close(steady_time) override { co_return; }

private:
    http::client& client_;
    cloned::clock& clock_;
    std::string key_id_;
    std::string secret_;
    std::chrono::minutes clock_offset_;
};

}  // namespace

std::unique_ptr<access> make_session_access(http::client& via,
                                            std::unique_ptr<http::token_source> session) {
    return std::make_unique<session_access>(via, std::move(session));
}

std::unique_ptr<access> make_key_access(http::client& via,
                                        cloned::clock& clock,
                                        std::string key_id,
                                        std::string secret,
                                        std::chrono::minutes clock_offset) {
    return std::make_unique<key_access>(via, clock, std::move(key_id), std::move(secret),
                                        clock_offset);
}

}  // namespace cloned::backends::zstack
