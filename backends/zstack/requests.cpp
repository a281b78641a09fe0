#include "backends/zstack/requests.hpp"

#include "backends/http/encoding.hpp"
#include "backends/http/json_reader.hpp"
#include "backends/zstack/access_key.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"

namespace cloned::backends::zstack {
namespace {

using http::append_json_key;
using http::append_json_member;
using http::append_json_text;
using http::percent_encoded;

constexpr std::size_t max_name_bytes = 255;

void append_texts(std::string& out, const std::vector<std::string>& texts) {
    out += '[';
    for (const auto& text : texts) {
        if (out.back() != '[') out += ',';
        append_json_text(out, text);
    }
    out += ']';
}

// An empty list is a field left unset, as an empty text is: the server refuses empty values.
void append_list(std::string& out, std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    append_json_key(out, key);
    append_texts(out, texts);
}

// As a list the text goes into the body as it stands, so it must be a whole array and nothing
// behind it.
result<void> append_nics(std::string& out, const std::string& array, nic_form form) {
    constexpr std::string_view key = "vmNicParams";
    if (array.empty()) return {};
    http::json_document document;
    const auto root = document.parse(array);
    if (!root || !root->is_array())
        return fail(errc::invalid_argument, concat(key, " is no JSON array"));
    append_json_key(out, key);
    if (form == nic_form::text)
        append_json_text(out, array);
    else
        out += array;
    return {};
}

}  // namespace

std::string login_body(std::string_view account, std::string_view password) {
    std::string out = R"({"logInByAccount":{)";
    append_json_member(out, "accountName", account);
    append_json_member(out, "password", password_digest(password));
    return out + "}}";
}

result<std::string> read_login(const http::response& answer) {
    http::json_document document;
    const auto root = document.parse(answer.body, std::size_t{64} << 10U);
    if (!root) return fail(root.error());
    const auto session = root->at("inventory");
    if (!session) return fail(session.error());
    const auto uuid = session->text_at("uuid");
    if (!uuid) return fail(uuid.error());
    return std::string(*uuid);
}

http::request logout(const std::string& session) {
    http::request out;
    out.verb = http::method::del;
    out.target = concat("/zstack/v1/accounts/sessions/", percent_encoded(session));
    return out;
}

std::string session_header(const std::string& session) {
    return concat("OAuth ", session);
}

result<http::request> clone_request(const zstack_clone_spec& spec,
                                    const std::vector<std::string>& names,
                                    const std::string& uuid,
                                    nic_form nics_as) {
    http::request out;
    out.verb = http::method::put;
    out.target = concat("/zstack/v1/vm-instances/", percent_encoded(spec.vm_instance), "/actions");
    out.headers.emplace_back("X-Job-UUID", uuid);
    auto& body = out.body;
    body.reserve(384 + names.size() * 32);
    body = R"({"cloneVmInstance":{)";
    append_list(body, "names", names);
    append_json_member(body, "strategy", spec.strategy);
    if (spec.full) {
        append_json_key(body, "full");
        body += *spec.full ? "true" : "false";
    }
    append_json_member(body, "primaryStorageUuidForRootVolume",
                       spec.primary_storage_for_root_volume);
    append_json_member(body, "primaryStorageUuidForDataVolume",
                       spec.primary_storage_for_data_volume);
    append_list(body, "rootVolumeSystemTags", spec.root_volume_system_tags);
    append_list(body, "dataVolumeSystemTags", spec.data_volume_system_tags);
    append_json_member(body, "clusterUuid", spec.cluster);
    append_json_member(body, "hostUuid", spec.host);
    auto nics = append_nics(body, spec.vm_nic_params, nics_as);
    if (!nics) return fail(nics.error());
    body += '}';
    append_list(body, "systemTags", spec.system_tags);
    append_list(body, "userTags", spec.user_tags);
    body += '}';
    return out;
}

std::string name_problem(std::string_view name) {
    if (name.empty()) return "the VM's name is empty";
    if (name.size() > max_name_bytes) return "the VM's name has more than 255 bytes";
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) return "the VM's name holds a control character";
    }
    // The server splits a condition at the first operator that it knows, and searches the value for
    // it as well; the operators that go before the one that we use all hold this character.
    if (name.find('=') != std::string_view::npos)
        return "the VM's name holds a '=', with which ZStack could not look for it";
    // The server may trim it, and would then know it by another name.
    if (has_blank_end(name)) return "the VM's name begins or ends with a blank";
    return {};
}

http::request job_request(std::string_view uuid) {
    http::request out;
    out.target = concat("/zstack/v1/api-jobs/", percent_encoded(uuid));
    return out;
}

http::request vms_named(std::string_view name) {
    http::target_text target("/zstack/v1/vm-instances");
    target.add("q", concat("name=", name));
    target.add("q", "state!=Destroyed");  // kept for a week
    target.add("limit", std::to_string(max_vms_listed));
    http::request out;
    out.target = target.take();
    return out;
}

http::request probe_request() {
    http::request out;
    out.target = "/zstack/v1/vm-instances?limit=1&fields=uuid";
    return out;
}

}  // namespace cloned::backends::zstack
