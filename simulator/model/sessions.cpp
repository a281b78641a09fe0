#include "simulator/model/sessions.hpp"

#include <algorithm>

namespace cloned::simulator {

std::optional<std::string> session_table::open(instant now) {
    const auto full = [this] {
        return limit_ >= 0 && sessions_.size() >= static_cast<std::size_t>(limit_);
    };
    if (full()) {
        std::erase_if(sessions_,
                      [&](const auto& entry) { return now - entry.second.last_access >= idle_; });
    }
    if (full()) {
        return {};
    }
    static constexpr char hex[] = "0123456789abcdef";
    std::string token;
    for (int half = 0; half < 2; ++half) {
        std::uint64_t bits = random_.bits();
        for (int i = 0; i < 16; ++i, bits >>= 4U) {
            token += hex[bits & 15U];
        }
    }
    sessions_[token] = {now, now};
    peak_ = std::max(peak_, sessions_.size());
    return token;
}

session* session_table::use(std::string_view token, instant now) {
    const auto it = sessions_.find(token);
    if (it == sessions_.end()) {
        return nullptr;
    }
    if (now - it->second.last_access >= idle_) {
        sessions_.erase(it);
        return nullptr;
    }
    it->second.last_access = now;
    return &it->second;
}

void session_table::close(std::string_view token) {
    if (const auto it = sessions_.find(token); it != sessions_.end()) {
        sessions_.erase(it);
        ++closed_;
    }
}

void session_table::reset_counters() {
    peak_ = sessions_.size();
    closed_ = 0;
}

std::size_t session_table::expire_all() {
    const std::size_t count = sessions_.size();
    sessions_.clear();
    return count;
}

}  // namespace cloned::simulator
