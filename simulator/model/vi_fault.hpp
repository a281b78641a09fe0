#pragma once

#include "simulator/model/rules.hpp"
#include "simulator/model/types.hpp"

#include <boost/json/object.hpp>

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace cloned::simulator {

// A failure in the words of VI JSON: its type and, beside the message, what the type has of its
// own.
struct vi_fault {
    std::string type;
    std::string text;
    boost::json::object own;
};

template <class T>
using vi_outcome = tl::expected<T, vi_fault>;

inline tl::unexpected<vi_fault> vi_fail(std::string_view type, std::string text) {
    return tl::unexpected(vi_fault{std::string(type), std::move(text), {}});
}

boost::json::object vi_reference(std::string_view type, std::string_view id);

// No such object (any more).
tl::unexpected<vi_fault> vi_no_such(std::string_view type, std::string_view id);

// The fault itself; `wrapped` in the form that SOAP's clients know.
boost::json::object vi_fault_json(const vi_fault& f, bool wrapped);

answer vi_fault_answer(const vi_fault& f, int status = 500);

// What a fault rule wants, in these words. Rules that name no type of VI get SystemError.
vi_fault vi_fault_of(const fault_rule& rule);
vi_fault vi_fault_of(const refusal& r);

}  // namespace cloned::simulator
