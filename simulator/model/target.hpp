#pragma once

#include "simulator/model/refusal.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// A request target, split and percent-decoded. Views point into its own copy.
class target_parts {
public:
    struct parameter {
        std::string_view name;
        std::string_view value;
    };

    target_parts() = default;
    target_parts(const target_parts&) = delete;
    target_parts& operator=(const target_parts&) = delete;

    // False for a broken escape or a target that does not start with a slash.
    bool parse(std::string_view target);

    const std::vector<std::string_view>& segments() const { return segments_; }
    const std::vector<parameter>& query() const { return query_; }

    bool has(std::string_view name) const;
    std::string_view first(std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;

    // Refuses a query with any other name; servers of this family do so as well.
    outcome<void> allow_only(std::initializer_list<std::string_view> names) const;

private:
    std::string_view decode(std::string_view text, bool plus_is_space, bool& ok);

    std::unique_ptr<char[]> storage_;
    std::size_t used_ = 0;
    std::vector<std::string_view> segments_;
    std::vector<parameter> query_;
};

}  // namespace cloned::simulator
