#include "model/misfits.hpp"

#include <algorithm>

namespace cloned {
namespace {

constexpr std::size_t remembered_max = 256;
// An upstream that refuses every second call, for whatever reason, must not make a job fail.
constexpr std::uint32_t contradictions_to_give_up = 12;

}  // namespace

void misfits::make_room() {
    if (jobs_.size() < remembered_max) return;
    const auto older = [](const auto& a, const auto& b) { return a.second.order < b.second.order; };
    jobs_.erase(std::min_element(jobs_.begin(), jobs_.end(), older));
}

after_refusal misfits::refused(job_id job, std::int64_t others) {
    if (!jobs_.contains(job)) make_room();
    auto& one = jobs_[job];
    one.others = others;
    one.order = ++order_;
    ++one.refusals;
    if (one.followed) ++one.contradicted;
    one.followed = false;
    if (one.contradicted >= contradictions_to_give_up) {
        jobs_.erase(job);
        return after_refusal::give_up;
    }
    // While a maximum falls the first of the queue is refused once at each end.
    return others <= 0 || one.refusals > 1 ? after_refusal::aside : after_refusal::again;
}

void misfits::taken(job_id job, std::int64_t others) {
    jobs_.erase(job);
    for (auto& [id, one] : jobs_)
        if (others >= one.others) one.followed = true;
}

bool misfits::is_suspect(job_id job) const {
    const auto found = jobs_.find(job);
    return found != jobs_.end() && (found->second.followed || found->second.contradicted > 0);
}

std::uint32_t misfits::refusals(job_id job) const {
    const auto found = jobs_.find(job);
    return found == jobs_.end() ? 0 : found->second.refusals;
}

}  // namespace cloned
