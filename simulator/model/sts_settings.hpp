#pragma once

#include "simulator/model/choice.hpp"
#include "simulator/model/refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cloned::simulator {

// What is set of vCenter's token service, and of who is let in by its assertions.
struct sts_settings {
    std::int64_t lifetime_s = 1800;
    std::int64_t clock_skew_s = 0;
    std::string refusal = "FailedAuthentication";
    std::string snapservice_auth = "any";
};

inline constexpr std::string_view sts_refusals = "FailedAuthentication InvalidSecurity";
inline constexpr std::string_view snapservice_auths =
    "any saml_each_call session_saml session_basic vcenter_session refused";

// As visit_settings of config.hpp, which calls it.
template <class Settings, class Visitor>
void visit_sts_settings(Settings& s, Visitor&& visit) {
    visit("sts_lifetime_s", s.lifetime_s,
          "longest life of an assertion of the token service; one that is asked for longer is cut");
    visit("sts_clock_skew_s", s.clock_skew_s,
          "seconds that the clock by which assertions are issued and judged is ahead, negative: "
          "behind; a request whose Timestamp lies outside 5 minutes is refused");
    visit("sts_refusal", s.refusal,
          "fault for a wrong password, which no document names: FailedAuthentication or "
          "InvalidSecurity");
    visit("snapservice_auth", s.snapservice_auth,
          "which login snapservice takes, which its documents leave open: any, saml_each_call "
          "(8.0.3: no sessions), session_saml, session_basic, vcenter_session or refused");
}

inline outcome<void> check_sts_settings(const sts_settings& s) {
    if (s.lifetime_s < 1 || s.lifetime_s > 2'592'000) {
        return tl::unexpected(invalid_argument("sts_lifetime_s is within 1..2592000."));
    }
    if (s.clock_skew_s < -86'400 || s.clock_skew_s > 86'400) {
        return tl::unexpected(invalid_argument("sts_clock_skew_s is within -86400..86400."));
    }
    if (!is_choice(sts_refusals, s.refusal)) {
        return tl::unexpected(
            invalid_argument("sts_refusal is one of: " + std::string(sts_refusals) + "."));
    }
    if (!is_choice(snapservice_auths, s.snapservice_auth)) {
        return tl::unexpected(invalid_argument(
            "snapservice_auth is one of: " + std::string(snapservice_auths) + "."));
    }
    return {};
}

}  // namespace cloned::simulator
