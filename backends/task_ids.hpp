#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cloned::backends {

// Ids of tasks, in order and each once. Copies share one list: thousands of looks are told the
// same.
class task_ids {
public:
    task_ids() : ids_(nothing()) {}
    task_ids(std::vector<std::string> ids) : ids_(in_order(std::move(ids))) {}
    task_ids(std::initializer_list<std::string> ids) : task_ids(std::vector<std::string>(ids)) {}

    bool empty() const { return ids_->empty(); }
    std::size_t size() const { return ids_->size(); }
    auto begin() const { return ids_->begin(); }
    auto end() const { return ids_->end(); }
    bool is_same_list(const task_ids& other) const { return ids_ == other.ids_; }

    friend bool operator==(const task_ids& a, const task_ids& b) { return *a.ids_ == *b.ids_; }

private:
    using list = std::shared_ptr<const std::vector<std::string>>;

    static list nothing() {
        static const auto none = std::make_shared<const std::vector<std::string>>();
        return none;
    }
    static list in_order(std::vector<std::string> ids) {
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        return std::make_shared<const std::vector<std::string>>(std::move(ids));
    }

    list ids_;
};

// The ids that two lists have in common, for many who ask of the same lists. Loop thread only.
class common_ids {
public:
    task_ids of(const task_ids& a, const task_ids& b) {
        if (a.is_same_list(b)) return a;
        for (const auto& one : lately_)
            if (one.a.is_same_list(a) && one.b.is_same_list(b)) return one.both;
        std::vector<std::string> both;
        std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
        auto& place = lately_[next_++ % lately_.size()];
        place = {a, b, both.size() == a.size() ? a : task_ids(std::move(both))};
        return place.both;
    }

private:
    struct answer {
        task_ids a;
        task_ids b;
        task_ids both;
    };
    std::array<answer, 64> lately_;
    std::size_t next_ = 0;
};

}  // namespace cloned::backends
