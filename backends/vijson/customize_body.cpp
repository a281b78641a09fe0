#include "backends/vijson/customize_body.hpp"

#include "backends/http/encoding.hpp"
#include "base/text.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <exception>

namespace cloned::backends::vijson {
namespace {

namespace json = boost::json;

constexpr std::size_t max_bytes = std::size_t{1} << 20U;
constexpr std::size_t max_depth = 32;
constexpr json::string_view placeholder = "_credential";

std::string_view view(json::string_view text) {
    return {text.data(), text.size()};
}

tl::unexpected<error> refuse(std::string_view path, std::string_view why) {
    return fail(errc::invalid_argument, concat(one_line(path, 200), " ", why));
}

result<std::string_view> resolve(const json::object& named,
                                 std::string_view path,
                                 const credential_map& credentials) {
    const auto* name = named.at(placeholder).if_string();
    if (name == nullptr || named.size() != 1)
        return refuse(path, "must be {\"_credential\": \"name\"} and nothing else");
    const auto found = credentials.find(std::string(view(*name)));
    if (found == credentials.end())
        return refuse(path, concat("names the credential \"", one_line(view(*name), 100),
                                   "\", which is not configured for this endpoint"));
    return std::string_view(found->second);
}

// Puts the secrets in place of their names. The depth is bounded by the parser's.
result<void> fill(json::value& value, const std::string& path, const credential_map& credentials) {
    if (auto* object = value.if_object()) {
        if (object->contains(placeholder)) {
            auto secret = resolve(*object, path, credentials);
            if (!secret) return fail(secret.error());
            value = json::string_view(secret->data(), secret->size());
            return {};
        }
        for (auto& member : *object) {
            auto filled = fill(member.value(), concat(path, ".", view(member.key())), credentials);
            if (!filled) return filled;
        }
    } else if (auto* array = value.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            auto filled = fill((*array)[i], concat(path, "[", std::to_string(i), "]"), credentials);
            if (!filled) return filled;
        }
    }
    return {};
}

result<json::value> parse(std::string_view text, std::string_view path) {
    if (text.size() > max_bytes) return refuse(path, "is too long");
    json::parse_options options;
    options.max_depth = max_depth;
    try {
        json::parser parser(json::storage_ptr(), options);
        json::error_code ec;
        parser.write(json::string_view(text.data(), text.size()), ec);
        if (ec) return refuse(path, concat("is not valid JSON: ", ec.message()));
        return parser.release();
    } catch (const std::exception& e) {
        return refuse(path, concat("cannot be read as JSON: ", e.what()));
    }
}

result<void> append(std::string& out,
                    std::string_view key,
                    std::string_view text,
                    std::string_view path,
                    json::kind wanted,
                    const credential_map& credentials) {
    auto value = parse(text, path);
    if (!value) return fail(value.error());
    if (value->kind() != wanted)
        return refuse(path, wanted == json::kind::array ? "is no array" : "is no object");
    auto filled = fill(*value, std::string(path), credentials);
    if (!filled) return filled;
    if (value->kind() != wanted) return refuse(path, "cannot be a credential as a whole");
    http::append_json_key(out, key);
    out += json::serialize(*value);
    return {};
}

}  // namespace

result<std::string> customize_body(const customize_guest_spec& spec,
                                   const credential_map& credentials) {
    if (spec.vm.empty()) return refuse("vm", "is empty");
    std::string out = R"({"_typeName":"CustomizeGuestRequestType","vm":)"
                      R"({"_typeName":"ManagedObjectReference","type":"VirtualMachine","value":)";
    http::append_json_text(out, spec.vm);
    out += '}';
    constexpr auto object = json::kind::object;
    auto added = append(out, "auth", spec.auth, "auth", object, credentials);
    if (added)
        added = append(out, "spec", spec.customization, "customization", object, credentials);
    if (added && !spec.config_params.empty())
        added = append(out, "configParams", spec.config_params, "config_params", json::kind::array,
                       credentials);
    if (!added) return fail(added.error());
    out += '}';
    return out;
}

}  // namespace cloned::backends::vijson
