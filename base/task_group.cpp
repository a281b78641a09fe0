#include "base/task_group.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <vector>

namespace cloned {
namespace {

bool is_cancellation(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

std::string words_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

}  // namespace

task_group::task_group(asio::io_context& loop) : loop_(loop) {}

task_group::~task_group() {
    // A loop that has been torn down has destroyed the tasks; one that runs on must be joined.
    CLONED_CHECK(running_.empty() || loop_.stopped(), "a task group was destroyed while tasks run");
}

void task_group::spawn(const char* name, task<void> body) {
    if (cancelled_) return;
    const auto which = running_.emplace(running_.end());
    auto on_end = [this, which, name](std::exception_ptr thrown) {
        if (thrown && !is_cancellation(thrown)) {
            log::error("task.failed", log::kv("task", name), log::kv("error", words_of(thrown)));
            CLONED_CHECK(false, "a task ended by an exception");
        }
        finished(which);
    };
    asio::co_spawn(loop_.get_executor(), std::move(body),
                   asio::bind_cancellation_slot(which->stop.slot(), std::move(on_end)));
}

void task_group::finished(entries::iterator which) {
    running_.erase(which);
    if (running_.empty() && idle_) std::exchange(idle_, nullptr)();
}

void task_group::cancel() {
    cancelled_ = true;
    // Emitting can end a task at once and so change the list; ask through a snapshot.
    std::vector<entry*> asked;
    asked.reserve(running_.size());
    for (auto& e : running_) asked.push_back(&e);
    for (auto* e : asked) {
        const auto alive = [&] {
            for (auto& r : running_)
                if (&r == e) return true;
            return false;
        };
        if (alive()) e->stop.emit(asio::cancellation_type::terminal);
    }
}

task<void> task_group::join() {
    while (!running_.empty()) {
        asio::experimental::channel<executor, void(boost::system::error_code)> done(
            loop_.get_executor(), 1);
        idle_ = [&done] { done.try_send(boost::system::error_code()); };
        auto [ec] = co_await done.async_receive(no_throw);
        idle_ = nullptr;
        if (ec) co_return;
    }
}

}  // namespace cloned
