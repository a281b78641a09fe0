#include "backends/http/json_reader.hpp"

#include "base/text.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <exception>

namespace cloned::backends::http {
namespace {

namespace json = boost::json;

std::string_view kind_name(json::kind kind) {
    const auto name = json::to_string(kind);
    return {name.data(), name.size()};
}

// Finds the way to a value by its address. Slow, and only walked when something is wrong.
bool trace(const json::value& from, const json::value* wanted, std::string& path) {
    if (&from == wanted) return true;
    const auto length = path.size();
    if (const auto* object = from.if_object()) {
        for (const auto& [key, member] : *object) {
            if (!path.empty()) path += '.';
            path.append(key.data(), key.size());
            if (trace(member, wanted, path)) return true;
            path.resize(length);
        }
    } else if (const auto* array = from.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            path += concat("[", std::to_string(i), "]");
            if (trace((*array)[i], wanted, path)) return true;
            path.resize(length);
        }
    }
    return false;
}

tl::unexpected<error> wrong_type(const json_node& where, std::string_view wanted, json::kind is) {
    return fail(errc::protocol_error, concat("the answer's ", one_line(where.path(), 200), " is ",
                                             kind_name(is), ", not ", wanted));
}

}  // namespace

std::string json_node::path() const {
    std::string path;
    trace(document_->root(), value_, path);
    return path.empty() ? "top level" : path;
}

std::optional<json_node> json_node::find(std::string_view key) const {
    const auto* object = value_->if_object();
    if (object == nullptr) return std::nullopt;
    const auto* member = object->if_contains(json::string_view(key.data(), key.size()));
    if (member == nullptr || member->is_null()) return std::nullopt;
    return json_node(*member, *document_);
}

result<json_node> json_node::at(std::string_view key) const {
    if (!is_object()) return wrong_type(*this, "an object", value_->kind());
    if (auto member = find(key)) return *member;
    return fail(errc::protocol_error,
                concat("the answer's ", one_line(path(), 200), " has no member ", key));
}

result<std::string_view> json_node::text() const {
    const auto* text = value_->if_string();
    if (text == nullptr) return wrong_type(*this, "a string", value_->kind());
    return std::string_view(text->data(), text->size());
}

result<std::string_view> json_node::text_at(std::string_view key) const {
    auto member = at(key);
    if (!member) return fail(member.error());
    return member->text();
}

std::string_view json_node::text_or_empty(std::string_view key) const {
    const auto member = find(key);
    if (!member || !member->is_text()) return {};
    return *member->text();
}

std::optional<bool> json_node::flag_at(std::string_view key) const {
    const auto member = find(key);
    if (!member) return std::nullopt;
    const auto* flag = member->value_->if_bool();
    if (flag == nullptr) return std::nullopt;
    return *flag;
}

std::optional<std::int64_t> json_node::number_at(std::string_view key) const {
    const auto member = find(key);
    if (!member) return std::nullopt;
    const auto* number = member->value_->if_int64();
    if (number == nullptr) return std::nullopt;
    return *number;
}

result<std::vector<json_node>> json_node::elements() const {
    const auto* array = value_->if_array();
    if (array == nullptr) return wrong_type(*this, "an array", value_->kind());
    std::vector<json_node> out;
    out.reserve(array->size());
    for (const auto& element : *array) out.emplace_back(element, *document_);
    return out;
}

result<std::vector<std::pair<std::string_view, json_node>>> json_node::members() const {
    const auto* object = value_->if_object();
    if (object == nullptr) return wrong_type(*this, "an object", value_->kind());
    std::vector<std::pair<std::string_view, json_node>> out;
    out.reserve(object->size());
    for (const auto& [key, member] : *object)
        out.emplace_back(std::string_view(key.data(), key.size()), json_node(member, *document_));
    return out;
}

std::string json_node::serialized() const {
    return json::serialize(*value_);
}

result<json_node> json_document::parse(std::string_view text, std::size_t max_bytes) {
    if (text.empty()) return fail(errc::protocol_error, "the answer is empty");
    if (text.size() > max_bytes)
        return fail(errc::protocol_error,
                    concat("the answer is longer than ", std::to_string(max_bytes), " bytes"));
    json::parse_options options;
    options.max_depth = max_depth;
    try {
        std::array<unsigned char, 1024> scratch;
        json::parser parser(json::storage_ptr(), options, scratch.data(), scratch.size());
        parser.reset(json::storage_ptr(&memory_));
        json::error_code ec;
        parser.write(json::string_view(text.data(), text.size()), ec);
        if (ec)
            return fail(errc::protocol_error,
                        concat("the answer is not valid JSON: ", ec.message()));
        // Assignment would copy out of the block: the value is built in place of the old one.
        root_.~value();
        ::new (&root_) json::value(parser.release());
    } catch (const std::exception& e) {
        return fail(errc::protocol_error, concat("the answer cannot be read as JSON: ", e.what()));
    }
    return json_node(root_, *this);
}

}  // namespace cloned::backends::http
