#pragma once

#include "simulator/model/refusal.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// Reads the members of one JSON object and remembers the first mistake. Every getter may be called
// after a mistake; `finish` then reports it, and otherwise complains of members nobody asked for.
class body_reader {
public:
    // `path` names the object in messages, as in "spec.placement".
    body_reader(const boost::json::value& value, std::string path);

    std::string_view required_text(std::string_view name);
    std::optional<std::string_view> text(std::string_view name);
    std::optional<bool> flag(std::string_view name);
    std::optional<double> number(std::string_view name);
    std::vector<std::string_view> texts(std::string_view name);  // absent: empty
    const boost::json::value* object(std::string_view name);
    const boost::json::value* array(std::string_view name);
    const boost::json::value* any(std::string_view name);

    bool has(std::string_view name) const;
    std::string path_of(std::string_view name) const;
    void fail(refusal r);
    bool failed() const { return problem_.has_value(); }

    outcome<void> finish();

private:
    const boost::json::value* find(std::string_view name);
    void wrong_type(std::string_view name, std::string_view expected);

    const boost::json::object* object_ = nullptr;
    std::string path_;
    std::vector<std::string_view> asked_;
    std::optional<refusal> problem_;
};

// The value lives in `memory`.
outcome<boost::json::value> parse_text(std::string_view text, boost::json::storage_ptr memory);

// Refuses also a body that is declared to be something other than JSON.
outcome<boost::json::value> parse_body(const request& in, boost::json::storage_ptr memory);

}  // namespace cloned::simulator
