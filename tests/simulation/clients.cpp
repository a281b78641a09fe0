#include "tests/simulation/clients.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace cloned::simulation {
namespace {

constexpr auto ask_again_after = milliseconds(1'500);

std::size_t live_jobs_of(const planned_batch& batch) {
    std::size_t count = 0;
    for (const auto& job : batch.jobs) count += job.off ? 0 : 1;
    return count;
}

}  // namespace

clients::clients(const plan& world, timeline& when, trace& log, client_book& book)
    : plan_(world),
      when_(when),
      log_(log),
      book_(book),
      dice_(world.seed * 4 + 5),
      operator_(~world.seed) {}

void clients::begin() {
    for (std::size_t i = 0; i < plan_.batches.size(); ++i) {
        if (live_jobs_of(plan_.batches[i]) == 0) {
            answered_.insert(i);
            continue;
        }
        when_.at(world_begin + plan_.batches[i].at, [this, i] { want_batch(i); });
    }
    for (const auto& wish : plan_.wishes)
        if (!wish.off) when_.at(world_begin + wish.at, [this, &wish] { want(wish); });
}

void clients::life_began(daemon_run& now) {
    life_ = &now;
    looked_ = false;
}

void clients::life_ended() {
    life_ = nullptr;
    looking_ = false;
    for (const auto batch : std::exchange(asking_, {}))
        when_.after(ask_again_after, [this, batch] { want_batch(batch); });
}

void clients::spawn(task<void> body) {
    asio::co_spawn(life_->loop().get_executor(), std::move(body), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

bool clients::is_serving() const {
    return life_ != nullptr && life_->ready();
}

// A full disk refuses what is new.
bool clients::has_no_room(const error& said) const {
    return disk_is_full() &&
           (said.code() == errc::unavailable || said.code() == errc::resource_exhausted);
}

// --- batches

storage::new_batch clients::compose(std::size_t number) const {
    const auto& planned = plan_.batches[number];
    storage::new_batch out;
    out.tenant = planned.tenant;
    out.request_id = planned.request_id;
    out.content_hash = concat("content-", std::to_string(number));
    out.leftovers = planned.leftovers;
    for (const auto& job : planned.jobs)
        if (!job.off) out.jobs.push_back(job.request);
    for (const auto& endpoint : plan_.endpoints)
        out.inventories.emplace_back(endpoint.options.info.name, endpoint.options.info.inventory);
    return out;
}

void clients::want_batch(std::size_t batch) {
    if (!is_serving()) {
        when_.after(ask_again_after, [this, batch] { want_batch(batch); });
        return;
    }
    asking_.insert(batch);
    ever_asked_.insert(batch);
    spawn(submit(batch));
}

task<void> clients::submit(std::size_t number) {
    auto batch = compose(number);
    // Each call has a fresh one, as in the layer that takes calls.
    batch.uid =
        concat("batch-", std::to_string(number), "-", std::to_string(dice_.within(0, 999'999)));
    batch.at = life_->time().wall();
    auto answer = co_await life_->store().accept(std::move(batch));
    if (answer && answer->created) life_->commands().accepted(*answer);
    co_await asio::post(life_->loop().get_executor(), use_task);
    // The answer may be lost on its way, as everything else.
    const bool lost = (!ordered_ && dice_.chance(0.1)) ||
                      (!answer && (!is_serving() || has_no_room(answer.error())));
    asking_.erase(number);
    if (lost) {
        log_.line("c batch ", std::to_string(number), ": the answer is lost");
        when_.after(ask_again_after, [this, number] { want_batch(number); });
        co_return;
    }
    told(number, answer);
}

void clients::told(std::size_t number,
                   const storage::batch_result<storage::accepted_batch>& answer) {
    const auto& planned = plan_.batches[number];
    const auto before = book_.accepted.find(number);
    if (!answer) {
        log_.line("c batch ", std::to_string(number), " refused: ", answer.error().message());
        answered_.insert(number);
        if (before != book_.accepted.end())
            book_.violate(wrong::lost, concat(planned.request_id,
                                              " was accepted, and refused "
                                              "when it was repeated: ",
                                              answer.error().message()));
        else if (answer.error().conflicts.empty())
            book_.violate(wrong::other, concat(planned.request_id,
                                               " was not accepted: ", answer.error().message()));
        return;
    }
    const auto& batch = answer->batch;
    log_.line("c batch ", std::to_string(number), " accepted as ", batch.uid,
              answer->created ? "" : " before");
    const auto wanted = static_cast<std::int64_t>(live_jobs_of(planned));
    if (batch.job_count != wanted)
        book_.violate(wrong::lost, concat(planned.request_id, " was accepted with ",
                                          std::to_string(batch.job_count), " jobs instead of ",
                                          std::to_string(wanted)));
    answered_.insert(number);
    if (before == book_.accepted.end()) {
        open_ = true;
        book_.accepted[number] = {batch.uid, batch.id, false, {}};
    } else if (before->second.uid != batch.uid || answer->created) {
        book_.violate(wrong::lost, concat(planned.request_id, " was accepted as ",
                                          before->second.uid, " and as ", batch.uid));
    }
    if (repeats_[number]++ >= planned.repeats || ordered_) return;
    when_.after(milliseconds(dice_.log_within(1, 60'000)), [this, number] {
        if (!ordered_) want_batch(number);
    });
}

task<void> clients::repeat_with_other_content(std::size_t number) {
    auto batch = compose(number);
    batch.uid = concat("batch-", std::to_string(number), "-other");
    batch.at = life_->time().wall();
    batch.content_hash += "-other";
    auto answer = co_await life_->store().accept(std::move(batch));
    if (!answer && (!is_serving() || has_no_room(answer.error()))) co_return;
    if (answer || answer.error().code() != errc::already_exists)
        book_.violate(wrong::lost,
                      concat(plan_.batches[number].request_id, " was accepted with other content"));
}

// --- wishes

void clients::want(const planned_wish& wish) {
    if (ordered_ || !is_serving()) return;
    log_.line("c wish ", std::to_string(static_cast<int>(wish.what)), " batch ",
              std::to_string(wish.batch), " job ", std::to_string(wish.job));
    const auto known = book_.accepted.contains(wish.batch);
    switch (wish.what) {
        case wish::pause_lanes:
            return spawn(pause(wish.lane, true));
        case wish::resume_lanes:
            return spawn(restore_lanes());
        case wish::set_limit:
            return spawn(set_limit(wish.lane, wish.limit));
        default:
            break;
    }
    if (!known) return;
    const auto& job = plan_.batches[wish.batch].jobs[wish.job];
    switch (wish.what) {
        case wish::cancel_job:
            if (!job.off) spawn(cancel_job(wish.batch, job.request.key));
            return;
        case wish::cancel_batch:
            return spawn(cancel_batch(wish.batch));
        case wish::retry_batch:
            return spawn(retry_batch(wish.batch, wish.lane % 2 == 0));
        default:
            return spawn(repeat_with_other_content(wish.batch));
    }
}

task<void> clients::cancel_job(std::size_t batch, std::string key) {
    auto job = co_await life_->store().find_job(book_.accepted.at(batch).uid, key);
    if (!job) {
        if (!is_serving()) co_return;
        book_.violate(wrong::lost, concat("job ", key, " is not found: ", job.error().message()));
        co_return;
    }
    auto done = co_await life_->commands().cancel(job->id);
    log_.line("c cancelled ", key, done ? "" : ": ", done ? "" : done.error().message());
}

task<void> clients::cancel_batch(std::size_t batch) {
    auto done = co_await life_->commands().cancel_batch(book_.accepted.at(batch).id);
    log_.line("c cancelled batch", done ? "" : ": ", done ? "" : done.error().message());
}

task<void> clients::retry_batch(std::size_t batch, bool cancelled_too) {
    auto& known = book_.accepted.at(batch);
    known.retry_asked = true;
    const auto id = known.id;
    auto done = co_await life_->commands().retry_batch(id, cancelled_too);
    ++retries_;
    looked_ = false;
    log_.line("c retried batch", done ? "" : ": ", done ? "" : done.error().message());
}

// --- lanes

std::int64_t clients::configured_limit(const lane_key& lane) const {
    for (const auto& endpoint : plan_.endpoints)
        if (endpoint.options.info.name == lane.endpoint)
            return endpoint.options.info.lane_limit[static_cast<std::size_t>(lane.kind)];
    return 1;
}

task<void> clients::pause(std::size_t which, bool) {
    const auto lanes = life_->commands().lanes();
    if (lanes.empty()) co_return;
    const auto id = lanes[which % lanes.size()].lane.id;
    auto done = co_await life_->commands().pause_lane(id, "to see whether it waits");
    log_.line("c paused lane", done ? "" : ": ", done ? "" : done.error().message());
}

task<void> clients::set_limit(std::size_t which, std::int64_t limit) {
    const auto lanes = life_->commands().lanes();
    if (lanes.empty()) co_return;
    const auto& lane = lanes[which % lanes.size()].lane;
    const auto key = lane.key;
    const auto id = lane.id;
    const auto before = lanes[which % lanes.size()].limit;
    const auto wanted = limit > 0 ? limit : configured_limit(key);
    // Until it is answered, either may hold; and forever if it never is.
    book_.limit_at_most[key] =
        std::max({book_.limit_at_most[key], before, wanted, configured_limit(key)});
    ++limit_changes_[key];
    std::optional<std::int64_t> asked;
    if (limit > 0) asked = limit;
    auto done = co_await life_->commands().set_lane_limit(id, asked);
    log_.line("c limit of lane ", std::to_string(id.value), " is ", std::to_string(wanted));
    if (done) limit_holds_later(key, wanted);
}

// What had its slot before is sent in spite of it, and may have to log in first.
void clients::limit_holds_later(const lane_key& lane, std::int64_t limit) {
    const auto change = ++limit_changes_[lane];
    milliseconds wait{1'000};
    for (const auto& endpoint : plan_.endpoints)
        wait = std::max(wait, endpoint.options.info.request_timeout + milliseconds(1'000));
    when_.after(wait, [this, lane, limit, change] {
        if (limit_changes_[lane] == change) book_.limit_at_most[lane] = limit;
    });
}

task<void> clients::restore_lanes() {
    const auto lanes = life_->commands().lanes();
    for (const auto& lane : lanes) {
        const auto id = lane.lane.id;
        auto done = co_await life_->commands().resume_lane(id);
        if (!done) co_return;
        if (!ordered_) continue;
        const auto& key = lane.lane.key;
        book_.limit_at_most[key] =
            std::max({book_.limit_at_most[key], lane.limit, configured_limit(key)});
        ++limit_changes_[key];
        auto back = co_await life_->commands().set_lane_limit(id, std::nullopt);
        if (!back) co_return;
        limit_holds_later(key, configured_limit(key));
    }
    if (ordered_) restored_ = true;
}

void clients::put_in_order() {
    ordered_ = true;
    restored_ = false;
    if (is_serving()) spawn(restore_lanes());
    when_.after(milliseconds(5'000), [this] {
        if (!restored_ || answered_.size() < plan_.batches.size()) put_in_order();
    });
}

}  // namespace cloned::simulation
