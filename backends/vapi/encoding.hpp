#pragma once

#include <string>
#include <string_view>

// Putting strings into URLs and JSON texts.
namespace cloned::backends::vapi {

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

}  // namespace cloned::backends::vapi
