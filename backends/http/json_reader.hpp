#pragma once

#include "base/result.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Checked reading of JSON that others wrote: whatever is missing or of the wrong type is named by
// its path, and nothing throws.
namespace cloned::backends::http {

class json_document;

// A value within a document.
//
// Errors:   `protocol_error` with the path.
// Lifetime: the document's.
class json_node {
public:
    json_node(const boost::json::value& value, const json_document& document)
        : value_(&value), document_(&document) {}

    bool is_text() const { return value_->is_string(); }
    bool is_object() const { return value_->is_object(); }
    bool is_array() const { return value_->is_array(); }

    // The member of that name; nothing if it is missing or null, or if this is no object.
    std::optional<json_node> find(std::string_view key) const;
    result<json_node> at(std::string_view key) const;

    result<std::string_view> text() const;
    result<std::string_view> text_at(std::string_view key) const;
    // Empty if there is no text of that name.
    std::string_view text_or_empty(std::string_view key) const;
    std::optional<bool> flag_at(std::string_view key) const;
    std::optional<std::int64_t> number_at(std::string_view key) const;

    result<std::vector<json_node>> elements() const;
    result<std::vector<std::pair<std::string_view, json_node>>> members() const;

    // Compact JSON, for showing what is of no known form.
    std::string serialized() const;
    std::string path() const;

private:
    const boost::json::value* value_;
    const json_document* document_;
};

// A parsed text. The whole of it lives in one block of memory, which goes with the document.
//
// Errors: `protocol_error`: no JSON, too long or too deep.
class json_document {
public:
    static constexpr std::size_t max_depth = 32;
    static constexpr std::size_t default_max_bytes = std::size_t{16} << 20U;

    json_document() = default;
    json_document(const json_document&) = delete;
    json_document& operator=(const json_document&) = delete;

    // Once per document.
    result<json_node> parse(std::string_view text, std::size_t max_bytes = default_max_bytes);

    const boost::json::value& root() const { return root_; }

private:
    std::array<unsigned char, 2048> first_block_;
    boost::json::monotonic_resource memory_{first_block_.data(), first_block_.size()};
    boost::json::value root_;
};

}  // namespace cloned::backends::http
