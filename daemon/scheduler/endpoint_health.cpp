#include "daemon/scheduler/endpoint_health.hpp"

#include "base/log.hpp"

namespace cloned::scheduler {
namespace {

constexpr std::uint32_t failures_to_open = 3;
constexpr backoff_options probe_pace{milliseconds(1'000), milliseconds(30'000), milliseconds(300)};

// So many things may be to blame together for failing all; of more, the endpoint is.
constexpr std::size_t few = 3;

}  // namespace

spoiling spoils_request(errc why) {
    if (backends::is_definite(why)) return spoiling::surely;
    switch (why) {
        case errc::upstream_failed:
        case errc::protocol_error:
        case errc::resource_exhausted:
            return spoiling::perhaps;
        default:
            return spoiling::no;
    }
}

task<bool> endpoint_health::heard(bool served, std::size_t asked, std::optional<error> trouble) {
    const auto blame = trouble ? spoils_request(trouble->code()) : spoiling::surely;
    bool well = blame == spoiling::surely || (served && blame == spoiling::perhaps);
    if (!well && blame == spoiling::perhaps && asked <= few) {
        auto seen = co_await backend_.probe();
        well = seen.has_value();
    }
    if (well)
        answered();
    else
        did_not_answer(*trouble);
    co_return well;
}

void endpoint_health::answered() {
    failures_ = 0;
    last_answer_at_ = shared_.time.wall();
    if (!open_) trouble_.clear();
}

void endpoint_health::did_not_answer(const error& why) {
    ++failures_;
    trouble_ = why.message();
    if (open_ || failures_ < failures_to_open) return;
    open_ = true;
    ++openings_;
    shared_.plan.set_available(info_.name, false);
    log::warn("endpoint.unavailable", log::kv("endpoint", info_.name),
              log::kv("error", why.message()));
    shared_.tasks.spawn("endpoint probe", probe_until_it_answers());
}

milliseconds endpoint_health::pause_after_failure() {
    return backoff(probe_pace, std::max<std::uint32_t>(1, failures_), shared_.random);
}

task<void> endpoint_health::probe_until_it_answers() {
    for (auto attempt = std::max<std::uint32_t>(1, openings_);; ++attempt) {
        const auto wait = backoff(probe_pace, attempt, shared_.random);
        co_await probe_pause_->sleep_until(shared_.time.now() + wait);
        auto seen = co_await backend_.probe();
        if (seen) break;
        trouble_ = seen.error().message();
    }
    open_ = false;
    answered();
    shared_.plan.set_available(info_.name, true);
    log::info("endpoint.available", log::kv("endpoint", info_.name));
    shared_.dispatch.wake();
}

task<result<void>> endpoint_health::log_in() {
    auto seen = co_await backend_.log_in();
    if (!seen) {
        trouble_ = seen.error().message();
        log::warn("endpoint.login_failed", log::kv("endpoint", info_.name),
                  log::kv("error", trouble_));
        co_return seen;
    }
    log::info("endpoint.logged_in", log::kv("endpoint", info_.name));
    answered();
    if (open_) probe_pause_->wake();
    co_return seen;
}

endpoint_status endpoint_health::status() const {
    endpoint_status out;
    out.info = info_;
    out.available = !open_;
    out.trouble = trouble_;
    out.in_flight = shared_.plan.in_flight(info_.name);
    out.requests = backend_.requests_sent();
    out.last_answer_at = last_answer_at_;
    return out;
}

}  // namespace cloned::scheduler
