#include "daemon/scheduler/endpoint_health.hpp"

#include "base/log.hpp"

namespace cloned::scheduler {
namespace {

constexpr std::uint32_t failures_to_open = 3;
constexpr backoff_options probe_pace{milliseconds(1'000), milliseconds(30'000), milliseconds(300)};

}  // namespace

endpoint_health::endpoint_health(endpoint_info info,
                                 backends::backend& backend,
                                 planner& plan,
                                 clock& time,
                                 random_source& random,
                                 std::function<void()> available_again)
    : info_(std::move(info)),
      backend_(backend),
      plan_(plan),
      clock_(time),
      random_(random),
      available_again_(std::move(available_again)) {}

void endpoint_health::answered() {
    failures_ = 0;
    last_answer_at_ = clock_.wall();
    if (!open_) trouble_.clear();
}

void endpoint_health::did_not_answer(const error& why, task_group& group) {
    ++failures_;
    trouble_ = why.message();
    if (open_ || failures_ < failures_to_open) return;
    open_ = true;
    plan_.set_available(info_.name, false);
    log::warn("endpoint.unavailable", log::kv("endpoint", info_.name),
              log::kv("error", why.message()));
    group.spawn("endpoint probe", probe_until_it_answers());
}

milliseconds endpoint_health::pause_after_failure() {
    return backoff(probe_pace, std::max<std::uint32_t>(1, failures_), random_);
}

task<void> endpoint_health::probe_until_it_answers() {
    auto pause = clock_.make_alarm();
    for (std::uint32_t attempt = 1;; ++attempt) {
        const auto wait = backoff(probe_pace, attempt, random_);
        co_await pause->sleep_until(clock_.now() + wait);
        auto seen = co_await backend_.probe();
        if (seen) break;
        trouble_ = seen.error().message();
    }
    open_ = false;
    answered();
    plan_.set_available(info_.name, true);
    log::info("endpoint.available", log::kv("endpoint", info_.name));
    available_again_();
}

endpoint_status endpoint_health::status() const {
    endpoint_status out;
    out.info = info_;
    out.available = !open_;
    out.trouble = trouble_;
    out.in_flight = plan_.in_flight(info_.name);
    out.requests = backend_.requests_sent();
    out.last_answer_at = last_answer_at_;
    return out;
}

}  // namespace cloned::scheduler
