#pragma once

#include "simulator/model/readings.hpp"
#include "simulator/model/types.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cloned::simulator {

enum class login_outcome : std::uint8_t { accepted, wrong, locked };

struct account {
    std::uint64_t tried = 0;
    std::uint64_t failed = 0;    // with a wrong password
    std::uint64_t locked = 0;    // refused since the account was locked
    std::uint64_t lockouts = 0;  // how often it was locked
    std::deque<instant> failures;
    instant locked_until{0};
};

// The logins of each account over all servers that share a directory, and whether it is locked.
class account_table {
public:
    // Attempts while an account is locked do not prolong that. A right password forgives the wrong
    // ones before it.
    login_outcome log_in(const readings& policy, std::string_view name, bool right, instant now);

    // By name. Names beyond the first thousand are counted together under "(others)".
    const std::map<std::string, account, std::less<>>& all() const { return accounts_; }

    void reset_counters();

private:
    account& named(std::string_view name);

    std::map<std::string, account, std::less<>> accounts_;
};

}  // namespace cloned::simulator
