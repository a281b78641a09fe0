// What clients see of their jobs, and that it never goes back.

#include "tests/simulation/clients.hpp"

namespace cloned::simulation {
namespace {

constexpr std::size_t page = 1'000;

bool is_open(job_state state) {
    return !is_ended(state) && state != job_state::needs_operator;
}

// Jobs that wait for one that is with the operator, or for one that does so.
std::set<job_id> held_by_operator(const std::vector<job_record>& jobs) {
    std::set<job_id> out;
    for (bool more = true; more;) {
        more = false;
        for (const auto& job : jobs)
            for (const auto& earlier : jobs)
                if (job.progress.state == job_state::blocked && job.after == earlier.id &&
                    (earlier.progress.state == job_state::needs_operator ||
                     out.contains(earlier.id)))
                    more = out.insert(job.id).second || more;
    }
    return out;
}

std::string words_of(const job_record& job) {
    return concat("job ", job.request.key, " (", std::to_string(job.id.value), ")");
}

}  // namespace

bool clients::all_answered() const {
    return answered_.size() == plan_.batches.size() && asking_.empty() && restored_;
}

bool clients::all_ended() const {
    return all_answered() && looked_ && !open_;
}

void clients::look() {
    if (!is_serving() || looking_) return;
    looking_ = true;
    spawn(observe());
}

task<void> clients::observe() {
    std::vector<std::size_t> batches;
    for (const auto& [number, batch] : book_.accepted) batches.push_back(number);
    const auto retries = retries_;
    bool open = false;
    std::vector<job_record> waiting;
    std::vector<job_record> needing;
    for (const auto number : batches) {
        storage::job_filter filter;
        filter.batch_uid = book_.accepted.at(number).uid;
        auto jobs = co_await life_->store().list_jobs(filter, job_id(), page);
        if (!is_serving()) co_return;
        auto& known = book_.accepted.at(number);
        if (!jobs) {
            book_.violate(wrong::other,
                          concat(known.uid, " cannot be read: ", jobs.error().message()));
            co_return;
        }
        const auto wanted = known.jobs.size();
        if (jobs->empty() || jobs->size() < wanted) {
            book_.violate(wrong::lost, concat(known.uid, " has lost jobs"));
            co_return;
        }
        for (std::size_t i = 0; i < wanted; ++i)
            compare(known.jobs[i], (*jobs)[i], known.retry_asked);
        known.jobs = std::move(*jobs);
        for (const auto& job : known.jobs)
            if (plan_.operators && job.progress.state == job_state::needs_operator &&
                operator_.chance(0.5))
                needing.push_back(job);
        const auto held = held_by_operator(known.jobs);
        for (const auto& job : known.jobs) {
            if (!is_open(job.progress.state) || held.contains(job.id)) continue;
            if (!holds_slot(job.progress.state) && !life_->has_endpoint(job.request.endpoint))
                continue;  // it waits for a configuration that may never come
            open = true;
            waiting.push_back(job);
        }
    }
    for (auto& job : needing) co_await resolve(std::move(job));
    open_ = open || !needing.empty() || batches.size() != book_.accepted.size();
    looked_ = retries == retries_;
    looking_ = false;
    if (waiting.empty()) co_return;
    auto one = dice_.one_of(waiting);
    co_await ask_why(std::move(one));
}

void clients::compare(const job_record& before, const job_record& now, bool retry_asked) {
    const auto& was = before.progress;
    const auto& is = now.progress;
    if (before.id != now.id || before.request.key != now.request.key) {
        book_.violate(wrong::lost, concat(words_of(before), " is another job now"));
        return;
    }
    if (is.fence < was.fence)
        book_.violate(wrong::other, concat(words_of(now), " has gone back to an earlier state"));
    if (!is_ended(was.state) || was.fence == is.fence) return;
    const bool again = retry_asked && was.state != job_state::succeeded;
    if (!again)
        book_.violate(wrong::other, concat(words_of(now), " had ended as ", to_string(was.state),
                                           " and is ", to_string(is.state)));
}

task<void> clients::ask_why(job_record job) {
    const auto state = job.progress.state;
    const auto words = words_of(job);
    const bool waits =
        state == job_state::queued || state == job_state::blocked || state == job_state::in_doubt;
    auto why = co_await life_->commands().explain(std::move(job));
    if (!is_serving()) co_return;
    if (waits && why.waiting_reason.empty())
        book_.violate(wrong::stuck,
                      concat(words, " is ", to_string(state), " and does not say why it waits"));
}

void clients::read_histories() {
    histories_read_ = false;
    if (is_serving()) spawn(load_histories());
}

task<void> clients::load_histories() {
    std::vector<job_id> jobs;
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) jobs.push_back(job.id);
    for (const auto job : jobs) {
        auto history = co_await life_->store().history(job, page);
        if (!is_serving()) co_return;
        if (!history) {
            book_.violate(wrong::other, concat("the history of job ", std::to_string(job.value),
                                               " cannot be read: ", history.error().message()));
            continue;
        }
        histories_[job] = std::move(*history);
    }
    histories_read_ = true;
}

}  // namespace cloned::simulation
