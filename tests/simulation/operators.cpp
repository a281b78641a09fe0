// What operators do for jobs that evidence cannot settle, and after a loss.

#include "tests/simulation/clients.hpp"

namespace cloned::simulation {
namespace {

constexpr std::int64_t limit_max = 6;  // that an operator of these worlds sets

}  // namespace

task<void> clients::resolve(job_record job) {
    using scheduler::resolution;
    resolution what;
    auto vm = vm_of(job);
    const bool taken = adopted_.contains(vm) && adopted_.at(vm) != job.id;
    if (!vm.empty() && !taken && operator_.chance(0.7)) {
        adopted_[vm] = job.id;
        what.what = resolution::verdict::adopt;
        what.vm = std::move(vm);
    } else if (operator_.chance(0.5) || !looked_again_.insert(job.id).second) {
        book_.given_up.insert(job.id);
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
