#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace cloned::rpc {

// Counts what is going on at once, up to a limit.
//
// Threads:  any.
// Lifetime: tickets keep their counter alive.
class call_limiter : public std::enable_shared_from_this<call_limiter> {
public:
    explicit call_limiter(std::size_t limit) : limit_(limit) {}

    // A place that is taken until it is destroyed.
    class ticket {
    public:
        explicit ticket(std::shared_ptr<call_limiter> from) : from_(std::move(from)) {}
        ticket(ticket&&) noexcept = default;
        ticket& operator=(ticket&&) = delete;
        ~ticket() {
            if (from_) from_->taken_.fetch_sub(1, std::memory_order_relaxed);
        }

    private:
        std::shared_ptr<call_limiter> from_;
    };

    std::optional<ticket> enter() {
        if (taken_.fetch_add(1, std::memory_order_relaxed) < limit_)
            return ticket(shared_from_this());
        taken_.fetch_sub(1, std::memory_order_relaxed);
        return std::nullopt;
    }

    std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

private:
    const std::size_t limit_;
    std::atomic<std::size_t> taken_{0};
};

}  // namespace cloned::rpc
