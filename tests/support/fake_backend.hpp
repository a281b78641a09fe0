#pragma once

#include "base/clock.hpp"
#include "tests/support/fake_upstream.hpp"

#include <functional>
#include <memory>

namespace cloned::testing {

// The way to a fake_upstream: each call takes a moment on the given clock, so that everything that
// can happen in between does.
//
// Threads: the loop thread only. Lifetime: outlived by upstream and clock.
class fake_backend final : public backends::backend {
public:
    fake_backend(fake_upstream& upstream, clock& time) : upstream_(upstream), clock_(time) {}

    milliseconds travel_time{5};  // of a request, and again of its answer
    milliseconds lookup_time{5};  // the same, where names are looked up
    milliseconds request_timeout{60'000};

    std::size_t looks_together = 1000;
    bool names_are_asked_for = true;  // false where the upstream's names mean nothing
    // A session is this old at least when it is renewed.
    milliseconds session_pause{30'000};

    // Awaited when a submission has arrived, before anything is done with it.
    std::function<task<void>(const backends::submission&)> on_submit;

    task<backends::submit_outcome> submit(backends::submission what) override;
    task<result<std::vector<backends::task_status>>> poll(std::vector<std::string> tasks) override;
    task<result<backends::evidence>> look(backends::evidence_query query) override;
    std::size_t looks_together_max() const override { return looks_together; }
    task<result<std::vector<backends::evidence>>> look_together(
        std::vector<backends::evidence_query> queries) override;
    bool has_unique_names(job_kind kind) const override {
        return names_are_asked_for && !changes_its_vm(kind);
    }
    task<result<std::vector<backends::occupant>>> find_by_name(
        std::vector<vm_identity> names) override;
    task<result<backends::cancel_outcome>> cancel(std::string task_id) override;
    task<result<bool>> anyone_at_work(job_kind kind) override;
    task<result<void>> probe() override;
    task<void> close() override;
    std::int64_t requests_sent() const override { return requests_; }

    // Submissions that wait for their answer.
    int unanswered() const { return *unanswered_; }

private:
    task<void> travel();
    task<void> travel(milliseconds span);
    backends::submit_outcome carry_out(const backends::submission& what, const script& how);
    backends::task_status status_of(const std::string& task);

    // Constant after construction
    fake_upstream& upstream_;
    clock& clock_;
    // Loop thread only
    std::int64_t requests_ = 0;
    steady_time session_began_{};
    // Shared, because a crash destroys the backend before the frames of its calls.
    std::shared_ptr<int> unanswered_ = std::make_shared<int>(0);
};

}  // namespace cloned::testing
