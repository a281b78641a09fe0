#pragma once

#include "simulator/model/choice.hpp"
#include "simulator/model/refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cloned::simulator {

// What is set of the VI JSON side of vCenter.
struct vi_settings {
    std::string releases = "9.1.0.0 9.0.0.0 8.0.3.0 8.0.2.0 8.0.1.0";
    bool hello = true;
    bool guest_customization = true;
    bool shared_sessions = true;
    bool wrapped_errors = false;
    std::string nothing = "empty";
    std::int64_t page_size = 0;
    std::string unauthenticated = "status_500";
    std::int64_t recent_tasks = 200;
    double power_ms = 200;

    double customize_ms = 1000;
    double customize_spread = 0;
    std::int64_t customize_limit = -1;
    double guest_ms = 500;
    bool guest_fails = false;
    std::string guest_user = "root";
    std::string guest_password = "guest-secret";
    double guest_login_ms = 0;
    bool faults_in_task = false;
    bool allow_overlap = false;
    bool strict_members = true;
    std::string system_error = "no";
    double system_error_share = 1;
    bool guest_info = true;
};

inline constexpr std::string_view vi_unauthenticated_ways =
    "status_500 status_401 status_403 missing_set";
inline constexpr std::string_view vi_system_errors = "no before after in_task";

// The status of a NotAuthenticated fault that is the whole answer.
inline int vi_unauthenticated_status(const vi_settings& s) {
    return s.unauthenticated == "status_401" ? 401 : s.unauthenticated == "status_403" ? 403 : 500;
}

// As visit_settings of config.hpp, which calls it.
template <class Settings, class Visitor>
void visit_vi_settings(Settings& s, Visitor&& visit) {
    visit("vi_releases", s.releases, "releases of VI JSON that are served");
    visit("vi_hello", s.hello, "the call that negotiates a release is known");
    visit("vi_guest_customization", s.guest_customization, "running guests can be customized");
    visit("vi_shared_sessions", s.shared_sessions, "REST and VI JSON take each other's sessions");
    visit("vi_wrapped_errors", s.wrapped_errors, "tasks' errors are wrapped, as govc wants them");
    visit("vi_nothing", s.nothing, "how nothing is answered: empty, null or no_content");
    visit("vi_page_size", s.page_size, "objects in an answer of the property collector, 0: all");
    visit("vi_unauthenticated", s.unauthenticated,
          "how NotAuthenticated comes, of which only 500 is documented: status_500, status_401, "
          "status_403, or missing_set: within a good answer of RetrievePropertiesEx, per property");
    visit("vi_recent_tasks", s.recent_tasks, "tasks that recentTask lists at most");
    visit("vi_power_ms", s.power_ms, "duration of switching a VM on or off by a task");
    visit("customize_ms", s.customize_ms, "duration of a guest customization's task");
    visit("customize_spread", s.customize_spread, "uniform within this share of it");
    visit("customize_limit", s.customize_limit, "customizations that run at once, -1: any");
    visit("guest_ms", s.guest_ms, "how long the guest works on it after the task");
    visit("guest_fails", s.guest_fails, "what the guest does ends in a failure");
    visit("guest_user", s.guest_user, "account in every guest");
    visit("guest_password", s.guest_password, "its password");
    visit("guest_login_ms", s.guest_login_ms, "after the Tools run, until the guest lets it in");
    visit("customize_faults_in_task", s.faults_in_task, "its refusals come as failed tasks");
    visit("customize_allow_overlap", s.allow_overlap, "two customizations of a VM are accepted");
    visit("vi_strict_members", s.strict_members,
          "a customization that lacks a required member is refused; false: it is taken");
    visit("vi_system_error", s.system_error,
          "CustomizeGuest_Task ends in a SystemError, whose moment is left open: no, before (the "
          "work), after (it has begun) or in_task (the guest was customized all the same)");
    visit("vi_system_error_share", s.system_error_share, "the part of the calls that it hits");
    visit("vi_guest_info", s.guest_info,
          "a guest tells of its customization; false: guest.customizationInfo is unset, as with "
          "Tools that are too old");
}

inline outcome<void> check_vi_settings(const vi_settings& s) {
    if (!is_choice("empty null no_content", s.nothing)) {
        return tl::unexpected(invalid_argument("vi_nothing is empty, null or no_content."));
    }
    if (!is_choice(vi_unauthenticated_ways, s.unauthenticated)) {
        return tl::unexpected(invalid_argument(
            "vi_unauthenticated is one of: " + std::string(vi_unauthenticated_ways) + "."));
    }
    if (!is_choice(vi_system_errors, s.system_error)) {
        return tl::unexpected(
            invalid_argument("vi_system_error is one of: " + std::string(vi_system_errors) + "."));
    }
    if (!(s.system_error_share >= 0 && s.system_error_share <= 1)) {
        return tl::unexpected(invalid_argument("vi_system_error_share must be within 0..1."));
    }
    return {};
}

}  // namespace cloned::simulator
