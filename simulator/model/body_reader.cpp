#include "simulator/model/body_reader.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

std::string_view view(const json::string& s) {
    return {s.data(), s.size()};
}

refusal malformed(std::string text) {
    return {std::string(error_type::invalid_request),
            "com.vmware.vapi.rest.bad_request",
            std::move(text),
            {},
            {}};
}

}  // namespace

body_reader::body_reader(const json::value& value, std::string path) : path_(std::move(path)) {
    object_ = value.if_object();
    if (object_ == nullptr) {
        const std::string what = path_.empty() ? "body" : "field '" + path_ + "'";
        fail(invalid_argument("The " + what + " must be a structure."));
    }
}

std::string_view body_reader::required_text(std::string_view name) {
    const auto found = text(name);
    if (!found) {
        fail(invalid_argument("The required field '" + path_of(name) + "' is missing."));
        return {};
    }
    if (found->empty()) {
        fail(invalid_argument("The field '" + path_of(name) + "' must not be empty."));
    }
    return *found;
}

std::optional<std::string_view> body_reader::text(std::string_view name) {
    const json::value* v = find(name);
    if (v == nullptr) {
        return {};
    }
    if (!v->is_string()) {
        wrong_type(name, "a string");
        return {};
    }
    return view(v->get_string());
}

std::optional<bool> body_reader::flag(std::string_view name) {
    const json::value* v = find(name);
    if (v == nullptr) {
        return {};
    }
    if (!v->is_bool()) {
        wrong_type(name, "a boolean");
        return {};
    }
    return v->get_bool();
}

std::optional<double> body_reader::number(std::string_view name) {
    const json::value* v = find(name);
    if (v == nullptr) {
        return {};
    }
    if (!v->is_number()) {
        wrong_type(name, "a number");
        return {};
    }
    return v->to_number<double>();
}

std::vector<std::string_view> body_reader::texts(std::string_view name) {
    std::vector<std::string_view> out;
    const json::value* v = array(name);
    if (v == nullptr) {
        return out;
    }
    out.reserve(v->get_array().size());
    for (const json::value& item : v->get_array()) {
        if (!item.is_string()) {
            wrong_type(name, "a list of strings");
            return {};
        }
        out.push_back(view(item.get_string()));
    }
    return out;
}

const json::value* body_reader::object(std::string_view name) {
    const json::value* v = find(name);
    if (v != nullptr && !v->is_object()) {
        wrong_type(name, "a structure");
        return nullptr;
    }
    return v;
}

const json::value* body_reader::array(std::string_view name) {
    const json::value* v = find(name);
    if (v != nullptr && !v->is_array()) {
        wrong_type(name, "a list");
        return nullptr;
    }
    return v;
}

const json::value* body_reader::any(std::string_view name) {
    return find(name);
}

bool body_reader::has(std::string_view name) const {
    return object_ != nullptr && object_->contains({name.data(), name.size()});
}

std::string body_reader::path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void body_reader::fail(refusal r) {
    if (!problem_) {
        problem_ = std::move(r);
    }
}

outcome<void> body_reader::finish() {
    if (problem_) {
        return tl::unexpected(*problem_);
    }
    for (const auto& member : *object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
            return tl::unexpected(unexpected_input(path_of(name)));
        }
    }
    return {};
}

const json::value* body_reader::find(std::string_view name) {
    asked_.push_back(name);
    if (object_ == nullptr) {
        return nullptr;
    }
    return object_->if_contains({name.data(), name.size()});
}

void body_reader::wrong_type(std::string_view name, std::string_view expected) {
    fail(invalid_argument("The field '" + path_of(name) + "' must be " + std::string(expected) +
                          "."));
}

outcome<json::value> parse_text(std::string_view text, json::storage_ptr memory) {
    json::error_code ec;
    json::value value = json::parse({text.data(), text.size()}, ec, std::move(memory));
    if (ec) {
        return tl::unexpected(malformed("The body is not valid JSON: " + ec.message() + "."));
    }
    return value;
}

outcome<json::value> parse_body(const request& in, json::storage_ptr memory) {
    const std::string_view type = in.header("content-type");
    if (!type.empty() && type.find("json") == std::string_view::npos) {
        return tl::unexpected(malformed("The content type must be application/json."));
    }
    return parse_text(in.body, std::move(memory));
}

}  // namespace cloned::simulator
