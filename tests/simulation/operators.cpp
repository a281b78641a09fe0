// What operators do for jobs that evidence cannot settle, and after a loss.

#include "tests/simulation/clients.hpp"

#include <algorithm>

namespace cloned::simulation {
namespace {

using scheduler::resolution;

constexpr std::int64_t limit_max = 6;  // that an operator of these worlds sets
constexpr auto time_to_end = std::chrono::hours(2);
constexpr auto pause_between_tries = milliseconds(10'000);

}  // namespace

task<void> clients::resolve(job_record job) {
    resolution what;
    auto vm = vm_of(job);
    const bool taken = adopted_.contains(vm) && adopted_.at(vm) != job.id;
    if (!vm.empty() && !taken && operator_.chance(0.7)) {
        adopted_[vm] = job.id;
        what.what = resolution::verdict::adopt;
        what.vm = vm;
    } else if (operator_.chance(0.5) || !looked_again_.insert(job.id).second) {
        book_.given_up.insert(job.id);
        if (!vm.empty()) book_.disowned.insert(job.id);
        what.what = resolution::verdict::abandon;
        what.reason = "nobody knows";
    }
    auto words = concat("c operator: job ", job.request.key, " ",
                        what.what == resolution::verdict::adopt     ? concat("adopts ", what.vm)
                        : what.what == resolution::verdict::abandon ? std::string("is given up")
                                                                    : std::string("is looked for"));
    auto done = co_await life_->commands().resolve(job.id, std::move(what));
    resolved_ += done ? 1 : 0;
    log_.line(words, done ? "" : ": ", done ? "" : done.error().message());
}

// --- the end

void clients::end_what_is_left() {
    nothing_is_left_ = false;
    spawn(end_all());
}

task<std::vector<job_record>> clients::jobs_left() {
    std::vector<std::size_t> batches;
    for (const auto& [number, batch] : book_.accepted) batches.push_back(number);
    std::vector<job_record> left;
    for (const auto number : batches) {
        storage::job_filter filter;
        filter.batch_uid = book_.accepted.at(number).uid;
        auto jobs = co_await life_->store().list_jobs(std::move(filter), job_id(), 1'000);
        auto& batch = book_.accepted.at(number);
        if (!jobs) {
            book_.violate(wrong::other,
                          concat(batch.uid, " cannot be read: ", jobs.error().message()));
            continue;
        }
        batch.jobs = std::move(*jobs);
        for (const auto& job : batch.jobs)
            if (!is_ended(job.progress.state)) left.push_back(job);
    }
    co_return left;
}

task<void> clients::end_all() {
    auto pause = life_->time().make_alarm();
    const auto until = when_.now() + time_to_end;
    auto left = co_await jobs_left();
    while (!left.empty() && when_.now() < until) {
        for (auto& job : left) co_await end(std::move(job));
        co_await pause->sleep_until(when_.now() + pause_between_tries);
        left = co_await jobs_left();
    }
    for (const auto& job : left)
        book_.violate(wrong::stuck,
                      concat("nobody can end job ", std::to_string(job.id.value), ", which is ",
                             to_string(job.progress.state), ": ", said_[job.id]));
    nothing_is_left_ = true;
}

// Who looks closely knows what the upstream has made.
task<void> clients::end(job_record job) {
    const auto id = job.id;
    const auto note = [&](const char* how, const auto& done) {
        said_[id] = done ? concat(how, " was accepted") : done.error().message();
        log_.line("c operator ends job ", job.request.key, ": ", said_[id]);
    };
    if (job.progress.state != job_state::needs_operator) {
        auto done = co_await life_->commands().cancel(id);
        note("its cancellation", done);
        co_return;
    }
    resolution word;
    word.vm = vm_of(job);
    const bool found = !word.vm.empty() && adopted_.try_emplace(word.vm, id).first->second == id;
    word.what = found ? resolution::verdict::adopt : resolution::verdict::abandon;
    if (!found) book_.given_up.insert(id);
    auto done = co_await life_->commands().resolve(id, std::move(word));
    resolved_ += done ? 1 : 0;
    note(found ? "its adoption" : "its end", done);
}

bool clients::try_again() {
    std::vector<std::size_t> batches;
    for (const auto& [number, batch] : book_.accepted)
        if (std::any_of(batch.jobs.begin(), batch.jobs.end(),
                        [this](const job_record& job) { return book_.given_up.contains(job.id); }))
            batches.push_back(number);
    if (batches.empty()) return false;
    looked_ = false;
    spawn(retry_all(std::move(batches)));
    return true;
}

task<void> clients::retry_all(std::vector<std::size_t> batches) {
    for (const auto number : batches) co_await retry_batch(number, true);
}

// --- a loss

void clients::history_lost(std::map<std::size_t, accepted_batch> known) {
    for (const auto number : ever_asked_) {
        if (known.contains(number)) continue;
        for (const auto& job : plan_.batches[number].jobs)
            if (!job.off) ++book_.lost_names[identity_of(job.request.spec).name];
        if (book_.accepted.contains(number)) {
            answered_.erase(number);
            when_.after(milliseconds(operator_.log_within(1, 60'000)),
                        [this, number] { want_batch(number); });
        }
    }
    book_.accepted = std::move(known);
    book_.history_lost = true;
    open_ = true;
    // A limit that was lowered since is what it was.
    for (auto& [lane, limit] : book_.limit_at_most) {
        limit = std::max(configured_limit(lane), limit_max);
        ++limit_changes_[lane];
    }
}

}  // namespace cloned::simulation
