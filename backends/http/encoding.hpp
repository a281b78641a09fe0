#pragma once

#include "backends/http/messages.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

// Putting strings into URLs, headers and JSON texts. By hand: Boost.JSON would make a string of its
// own for each short text of a body, and Abseil knows no URLs.
namespace cloned::backends::http {

// All but RFC 3986's unreserved characters as %XX: ids may hold colons, names anything.
void append_percent_encoded(std::string& out, std::string_view text);
std::string percent_encoded(std::string_view text);

// "key":  with the comma that it needs behind what is there already.
void append_json_key(std::string& out, std::string_view key);
// The text in quotes.
void append_json_text(std::string& out, std::string_view text);
// "key":"text", nothing if the text is empty: an empty text is a field left unset.
void append_json_member(std::string& out, std::string_view key, std::string_view text);

// Builds a target with a query.
class target_text {
public:
    explicit target_text(std::string path) : text_(std::move(path)) {}

    // The value is encoded, the name is ours and needs none.
    target_text& add(std::string_view name, std::string_view value);

    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool any_ = false;
};

// Puts our name of the operation where the upstream's logs will show it. What does not belong into
// a header is left out.
void add_correlation(request& to, std::string_view operation_id);

// How many of the ids, from the first one on, fit into a query of that many bytes, if each costs
// `each` bytes beside its own encoded form. At least one.
std::size_t ids_that_fit(std::span<const std::string> ids, std::size_t each, std::size_t max_bytes);

}  // namespace cloned::backends::http
