#pragma once

#include "tests/simulation/book.hpp"
#include "tests/simulation/daemon_run.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace cloned::simulation {

// The clients and operators: they submit batches until they hear an answer, cancel, retry, pause,
// change limits, and look at their jobs. They live on while the daemon does not.
class clients {
public:
    clients(const plan& world, timeline& when, trace& log, client_book& book);

    void begin();
    void life_began(daemon_run& now);
    void life_ended();

    // A backup was restored; `known` is what had been told before it was made. Batches that it
    // lacks are asked for again.
    void history_lost(std::map<std::size_t, accepted_batch> known);

    // What an operator finds who looks for the VM of a job; empty: none.
    std::function<std::string(const job_record&)> vm_of;
    std::function<bool()> disk_is_full;
    std::int64_t resolved() const { return resolved_; }

    // Operators put everything back in order; nothing else is asked for from then on.
    void put_in_order();

    // An operator ends every job that has not ended, by the API alone; who cannot be ended is a
    // violation.
    void end_what_is_left();
    bool nothing_is_left() const { return nothing_is_left_; }
    // Batches of jobs that were given up are retried; false if there are none.
    bool try_again();

    // Looks at all that was accepted. `ended_` is known afterwards.
    void look();
    // Every request has been answered, and every accepted job has ended or is with the operator.
    bool all_ended() const;
    // Every request has been, and the lanes are as they should be.
    bool all_answered() const;
    // Histories of everything; for the judge at the end.
    const std::map<job_id, std::vector<history_entry>>& histories() const { return histories_; }
    void read_histories();
    bool histories_read() const { return histories_read_; }

private:
    void spawn(task<void> body);
    // A daemon that stops may refuse anything, or fall silent: what it fails to show or do from
    // then on is no verdict, and is asked of its next life.
    bool is_serving() const;
    bool has_no_room(const error& said) const;
    void want_batch(std::size_t batch);
    void want(const planned_wish& wish);
    storage::new_batch compose(std::size_t batch) const;

    task<void> submit(std::size_t batch);
    void told(std::size_t batch, const storage::batch_result<storage::accepted_batch>& answer);
    task<void> repeat_with_other_content(std::size_t batch);
    task<void> cancel_job(std::size_t batch, std::string key);
    task<void> cancel_batch(std::size_t batch);
    task<void> retry_batch(std::size_t batch, bool cancelled_too);
    task<void> pause(std::size_t lane, bool paused);
    task<void> set_limit(std::size_t lane, std::int64_t limit);
    void limit_holds_later(const lane_key& lane, std::int64_t limit);
    task<void> restore_lanes();
    task<void> observe();
    task<void> ask_why(job_record job);
    task<void> resolve(job_record job);
    task<std::vector<job_record>> jobs_left();
    task<void> end_all();
    task<void> end(job_record job);
    task<void> retry_all(std::vector<std::size_t> batches);
    task<void> load_histories();
    void compare(const job_record& before, const job_record& now, bool retry_asked);
    std::int64_t configured_limit(const lane_key& lane) const;

    const plan& plan_;
    timeline& when_;
    trace& log_;
    client_book& book_;
    random dice_;
    daemon_run* life_ = nullptr;
    std::set<std::size_t> asking_;    // batches whose answer has not come
    std::set<std::size_t> answered_;  // those that need not be asked for again
    std::set<std::size_t> ever_asked_;
    std::map<std::size_t, int> repeats_;
    std::set<job_id> looked_again_;          // nobody wants that twice
    std::map<std::string, job_id> adopted_;  // VM → whose it is, by an operator's word
    std::map<job_id, std::string> said_;     // to who wanted to end a job, at last
    bool nothing_is_left_ = false;
    std::int64_t resolved_ = 0;
    random operator_;
    std::map<lane_key, int> limit_changes_;
    bool ordered_ = false;
    bool restored_ = false;
    std::int64_t retries_ = 0;
    bool looked_ = false;  // since the last life began and the last batch was retried
    bool looking_ = false;
    bool open_ = true;  // some job had not ended when it was looked at
    bool histories_read_ = false;
    std::map<job_id, std::vector<history_entry>> histories_;
};

}  // namespace cloned::simulation
