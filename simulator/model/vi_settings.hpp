#pragma once

#include <cstdint>
#include <string>

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
    std::int64_t unauthenticated_status = 500;
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
};

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
    visit("vi_unauthenticated_status", s.unauthenticated_status, "status of NotAuthenticated");
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
}

}  // namespace cloned::simulator
