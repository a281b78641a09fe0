#include "simulator/model/accounts.hpp"

#include "simulator/model/text.hpp"

namespace cloned::simulator {

namespace {

constexpr std::size_t accounts_max = 1000;

}  // namespace

login_outcome account_table::log_in(const readings& policy,
                                    std::string_view name,
                                    bool right,
                                    instant now) {
    account& a = named(name);
    ++a.tried;
    a.failed += right ? 0U : 1U;
    if (now < a.locked_until) {
        ++a.locked;
        return login_outcome::locked;
    }
    if (right) {
        a.failures.clear();
        return login_outcome::accepted;
    }
    if (policy.lockout_after <= 0) {
        return login_outcome::wrong;
    }
    const instant horizon = now - from_ms(policy.lockout_window_s * 1e3);
    while (!a.failures.empty() && a.failures.front() <= horizon) {
        a.failures.pop_front();
    }
    a.failures.push_back(now);
    if (a.failures.size() >= static_cast<std::size_t>(policy.lockout_after)) {
        a.failures.clear();
        a.locked_until = now + from_ms(policy.lockout_s * 1e3);
        ++a.lockouts;
    }
    return login_outcome::wrong;
}

void account_table::reset_counters() {
    for (auto& [name, a] : accounts_) {
        a.tried = a.failed = a.locked = a.lockouts = 0;
    }
}

account& account_table::named(std::string_view name) {
    const auto it = accounts_.find(name);
    if (it != accounts_.end()) {
        return it->second;
    }
    return accounts_[accounts_.size() < accounts_max ? std::string(name) : "(others)"];
}

}  // namespace cloned::simulator
