#pragma once

#include "daemon/scheduler/scheduler.hpp"
#include "storage/job_store.hpp"
#include "tests/support/fake_backend.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloned::scheduler {

// A scheduler on virtual time with the real store on a real file, and upstreams that outlive it:
// one life of the daemon after the other, ended by stop() or by crash().
class rig {
public:
    rig();
    ~rig();
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;

    // --- before a life: what is configured. There is vc1; others are made by naming them.
    endpoint_info& endpoint(const std::string& name = "vc1");
    void remove_endpoint(const std::string& name) { infos_.erase(name); }
    testing::fake_upstream& upstream(const std::string& name = "vc1") { return upstreams_[name]; }
    scheduler_options options;
    std::uint64_t seed = 1;
    // Called before a life begins, with its clock.
    std::function<void(testing::virtual_clock&)> before_start;

    // --- lives
    void start();
    // As on SIGTERM.
    void stop();
    // As on SIGKILL: nothing that was under way goes on, the file stays as it is.
    void crash();
    // Time passes while nobody lives.
    void skip(milliseconds span) { lived_ += span; }
    bool alive() const { return now_ != nullptr; }
    // Copies the database as `cloned backup` does; replaces it with that copy while nobody lives.
    void back_up();
    void restore_backup();
    void lose_high_water_file();

    // --- in a life
    scheduler& daemon();
    job_control& commands() { return daemon().commands(); }
    storage::job_store& store();
    testing::fake_backend& backend(const std::string& name = "vc1");
    testing::virtual_clock& time();

    template <class T>
    T run(task<T> body) {
        return here().run(std::move(body));
    }
    // For what must succeed.
    template <class T, class Error>
    T value(task<tl::expected<T, Error>> body) {
        auto outcome = run(std::move(body));
        if (outcome) return std::move(*outcome);
        ADD_FAILURE() << outcome.error().message();
        return T();
    }
    // Begins at the very moment at which the next sleeper wakes, just before it.
    template <class T>
    void run_when_next_wakes(task<T> body, std::optional<T>& into) {
        asio::co_spawn(here().loop.get_executor(), std::move(body),
                       [&into](std::exception_ptr thrown, T value) {
                           if (!thrown) into.emplace(std::move(value));
                       });
        time().advance();
        here().settle();
    }
    // The next sleeper wakes, and nobody else.
    void wake_next();
    // A stop that comes at the very moment at which the next sleeper wakes, just before or after
    // it.
    void stop_when_next_wakes(bool after);
    void pass(milliseconds span);
    // Lets time pass until it holds; fails the test after `most`.
    template <class Predicate>
    ::testing::AssertionResult until(Predicate holds,
                                     milliseconds most = std::chrono::hours(24),
                                     milliseconds step = milliseconds(100)) {
        for (milliseconds waited{0}; waited <= most; waited += step) {
            if (holds()) return ::testing::AssertionSuccess();
            pass(step);
        }
        return ::testing::AssertionFailure() << "it did not come true in time";
    }

    // --- jobs; the key of a job is the name of its VM
    static job_request clone(const std::string& name, const std::string& endpoint = "vc1");
    static std::vector<job_request> clones(int count,
                                           const std::string& prefix = "vm",
                                           const std::string& endpoint = "vc1");
    batch_record accept(std::vector<job_request> jobs, const std::string& tenant = "blue");
    batch_record accept(job_request job) { return accept(std::vector<job_request>(1, job)); }

    job_record job(const batch_record& batch, const std::string& key);
    job_state state(const batch_record& batch, const std::string& key);
    state_counts counts(const batch_record& batch);
    std::vector<history_entry> history(const batch_record& batch, const std::string& key);
    lane_status lane(job_kind kind = job_kind::vcenter_clone, const std::string& name = "vc1");
    std::string why(const batch_record& batch, const std::string& key);

    ::testing::AssertionResult until_all_end(const batch_record& batch,
                                             milliseconds most = std::chrono::hours(24));
    ::testing::AssertionResult until_in(const batch_record& batch,
                                        const std::string& key,
                                        job_state state,
                                        milliseconds most = std::chrono::hours(1));

private:
    struct life;

    testing::world& here();

    testing::temp_dir dir_;
    std::map<std::string, endpoint_info> infos_;
    std::map<std::string, testing::fake_upstream> upstreams_;
    milliseconds lived_{0};  // by all lives that have ended
    int batches_ = 0;
    std::unique_ptr<life> now_;
};

}  // namespace cloned::scheduler
