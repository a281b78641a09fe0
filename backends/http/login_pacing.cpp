#include "backends/http/login_pacing.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace cloned::backends::http {
namespace {

constexpr milliseconds first_pause{500};
constexpr milliseconds longest_pause{30'000};
// Sessions that end sooner than that are replaced at once no more than a few times an hour: whoever
// ends them would otherwise be fed with new ones for ever.
constexpr auto young = std::chrono::minutes(10);
constexpr auto counted_for = std::chrono::hours(1);
constexpr std::size_t young_replaced_at_once = 5;
constexpr std::size_t max_words = 1000;

}  // namespace

login_pacing::login_pacing(cloned::clock& clock,
                           random_source& random,
                           std::shared_ptr<account> shared,
                           std::string endpoint,
                           std::shared_ptr<const redactor> secrets)
    : clock_(clock),
      random_(random),
      account_(shared ? std::move(shared) : std::make_shared<account>()),
      endpoint_(std::move(endpoint)),
      secrets_(std::move(secrets)),
      silence_pause_(first_pause) {}

std::optional<error> login_pacing::reason() const {
    const auto now = clock_.now();
    if (account_->hold(now)) return account_->explain(endpoint_);
    if (here_.hold(now)) return here_.explain(endpoint_);
    if (silence_ && now < silence_until_) return silence_;
    return std::nullopt;
}

error login_pacing::failed(login_failure what) {
    const auto& words = what.why.message();
    what.why =
        error(what.why.code(), one_line(secrets_ ? secrets_->redact(words) : words, max_words));
    const auto now = clock_.now();
    const auto wall = clock_.wall();
    std::optional<error> refused;
    switch (what.what) {
        case login_trouble::elsewhere:
            return std::move(what.why);
        case login_trouble::bad_account:
            account_->refused(now, wall, std::move(what.why));
            refused = account_->explain(endpoint_);
            break;
        case login_trouble::no_room:
            account_->turned_away(now, wall, std::move(what.why));
            refused = account_->explain(endpoint_);
            break;
        case login_trouble::not_here:
            here_.refused(now, wall, std::move(what.why));
            refused = here_.explain(endpoint_);
            break;
        case login_trouble::no_answer:
            break;
    }
    if (refused) {
        log::warn("endpoint.login_refused", log::kv("endpoint", endpoint_),
                  log::kv("error", refused->message()));
        return std::move(*refused);
    }
    silence_ = error(what.why.code(), concat(endpoint_, ": ", what.why.message()));
    const std::chrono::duration<double, std::milli> span(silence_pause_);
    silence_until_ =
        now + std::chrono::duration_cast<steady_time::duration>(span * random_.between(0.5, 1.0));
    silence_pause_ = std::min(silence_pause_ * 2, longest_pause);
    return *silence_;
}

void login_pacing::logged_in() {
    account_->accepted();
    silence_.reset();
    silence_pause_ = first_pause;
}

void login_pacing::lost(steady_time::duration age) {
    if (age >= young) return;
    const auto now = clock_.now();
    std::erase_if(lost_young_, [&](steady_time when) { return now - when >= counted_for; });
    if (lost_young_.size() < young_replaced_at_once) {
        lost_young_.push_back(now);
        return;
    }
    here_.refused(now, clock_.wall(),
                  error(errc::unauthenticated, "its sessions end soon after they are made"));
    here_.hold_until(now + young, clock_.wall() + young);
}

void login_pacing::try_now() {
    silence_until_ = steady_time();
    here_.grant_one();
    lost_young_.clear();
    account_->try_now(clock_.now(), clock_.wall());
}

}  // namespace cloned::backends::http
