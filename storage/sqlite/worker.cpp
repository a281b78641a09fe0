#include "storage/sqlite/worker.hpp"

#include <boost/asio/post.hpp>

#include <pthread.h>
#include <signal.h>

namespace cloned::storage {
namespace {

void complete_all(operation_group& group, const std::function<void()>& afterwards) {
    for (auto& done : group) {
        done->complete();
        done.reset();
    }
    if (afterwards) afterwards();
}

}  // namespace

std::thread start_without_signals(std::function<void()> body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::move(body));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

worker::worker(asio::io_context& loop, group_runner& runner, worker_settings settings)
    : loop_(loop), runner_(runner), settings_(settings), alive_(std::make_shared<bool>(true)) {
    if (settings_.thread_name != nullptr) thread_ = start_without_signals([this] { run_thread(); });
}

worker::~worker() {
    *alive_ = false;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void worker::push(std::unique_ptr<operation> next) {
    const auto traits = next->traits();
    bool refused = false;
    {
        const std::lock_guard lock(mutex_);
        refused = traits.refusable && waiting_bytes_ > 0 &&
                  waiting_bytes_ + traits.bytes > settings_.waiting_bytes_max;
        if (!refused) {
            if (traits.refusable) waiting_bytes_ += traits.bytes;
            (traits.urgent ? urgent_ : waiting_).push_back(std::move(next));
        }
    }
    if (refused)
        push_refused(std::move(next), error(errc::resource_exhausted,
                                            "too many calls wait for the database; try later"));
    else if (settings_.thread_name != nullptr)
        arrived_.notify_one();
    else
        schedule_turn();
}

void worker::push_refused(std::unique_ptr<operation> next, const error& why) {
    next->refuse(why);
    operation_group group;
    group.push_back(std::move(next));
    asio::post(loop_, [group = std::move(group)]() mutable { complete_all(group, {}); });
}

operation_group worker::take() {
    operation_group group;
    std::size_t bytes = 0;
    while (waits() && group.size() < settings_.group_operations) {
        auto& from = urgent_.empty() ? waiting_ : urgent_;
        const auto& traits = from.front()->traits();
        if (!group.empty() && (bytes + traits.bytes > settings_.group_bytes || traits.alone)) break;
        bytes += traits.bytes;
        if (traits.refusable) waiting_bytes_ -= traits.bytes;
        group.push_back(std::move(from.front()));
        from.pop_front();
        if (traits.alone) break;
    }
    return group;
}

void worker::run_thread() {
    // By itself: for another thread it goes through /proc, which makes the end of the process dear.
    pthread_setname_np(pthread_self(), settings_.thread_name);
    std::unique_lock lock(mutex_);
    for (;;) {
        await_work(lock);
        if (stopping_) return;
        auto group = take();
        has_run_ = true;
        lock.unlock();
        auto afterwards = runner_.run(group);
        for (auto& done : group) done->drop_work();
        asio::post(loop_, [group = std::move(group), afterwards = std::move(afterwards)]() mutable {
            complete_all(group, afterwards);
        });
        if (auto notice = runner_.after_group()) asio::post(loop_, std::move(notice));
        lock.lock();
    }
}

void worker::await_work(std::unique_lock<std::mutex>& lock) {
    const auto ready = [this] { return stopping_ || waits(); };
    if (!has_run_ || settings_.idle_after <= settings_.idle_after.zero())
        return arrived_.wait(lock, ready);
    while (!arrived_.wait_for(lock, settings_.idle_after, ready)) {
        lock.unlock();
        if (auto notice = runner_.idle()) asio::post(loop_, std::move(notice));
        lock.lock();
    }
}

void worker::schedule_turn() {
    if (std::exchange(turn_scheduled_, true)) return;
    asio::post(loop_, [this, alive = alive_] {
        if (*alive) run_turn();
    });
}

void worker::run_turn() {
    turn_scheduled_ = false;
    auto group = take();
    if (waits()) schedule_turn();
    const auto afterwards = runner_.run(group);
    if (auto notice = runner_.after_group()) asio::post(loop_, std::move(notice));
    // A completion may be the end of this object: nothing of it is touched from here on.
    complete_all(group, afterwards);
}

}  // namespace cloned::storage
