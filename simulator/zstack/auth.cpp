#include "simulator/model/world.hpp"
#include "simulator/zstack/api.hpp"
#include "simulator/zstack/zones.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <boost/json/parse.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace cloned::simulator {

namespace {

constexpr std::int64_t tolerance_s = 15 * 60;

std::string sha512_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha512(), nullptr);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(digest[i]));
        out += two;
    }
    return out;
}

std::string hmac_sha1_base64(const std::string& secret, const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    return base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

// The wall clock in the header is what counts; its zone only if the node is set up so.
std::optional<answer> zstack_api::check_date(std::string_view date) const {
    std::tm parts{};
    const std::string text(date);
    const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S ", &parts);
    const std::int64_t node_min = world_.settings.zstack.utc_offset_min;
    const auto offset_min = rest ? zone_offset_min(rest, node_min) : std::nullopt;
    if (!offset_min) {
        return zstack_text(400, "the header 'Date' cannot be read");
    }
    const std::int64_t now_s = (world_.settings.epoch_ms + to_ms(world_.now())) / 1000;
    std::int64_t told = timegm(&parts);
    std::int64_t expected = now_s;
    if (world_.settings.zstack.check_zone) {
        told -= 60 * *offset_min;
    } else {
        expected += 60 * node_min;
    }
    if (std::llabs(told - expected) > tolerance_s) {
        return zstack_text(403, "requestTimeTooSkewed");
    }
    return {};
}

zstack_api::caller zstack_api::check_key(const call& c, std::string_view credentials) const {
    const std::string_view date = c.in.header("date");
    if (date.empty()) {
        return {zstack_text(400, "'Date' must be included in the request header"), false};
    }
    if (auto refused = check_date(date)) {
        return {std::move(refused), false};
    }
    const auto colon = credentials.find(':');
    if (colon == std::string_view::npos || credentials.rfind(':') != colon) {
        return {zstack_text(400, "the access key's form is 'ZStack AccessKeyId:Signature'"), false};
    }
    if (credentials.substr(0, colon) != world_.settings.zstack.key_id) {
        return {zstack_text(403, "the access key id is unknown or disabled"), false};
    }
    std::string_view path = c.in.target.substr(0, c.in.target.find('?'));
    path.remove_prefix(std::string_view("/zstack").size());
    const std::string text =
        std::string(c.in.method) + "\n" + std::string(date) + "\n" + std::string(path);
    if (credentials.substr(colon + 1) !=
        hmac_sha1_base64(world_.settings.zstack.key_secret, text)) {
        return {zstack_text(403, "wrong accessKey signature"), false};
    }
    return {{}, true};
}

zstack_api::caller zstack_api::authorize(const call& c) {
    constexpr std::string_view oauth = "OAuth ";
    constexpr std::string_view key = "ZStack ";
    if (!c.in.has_header("authorization")) {
        return {zstack_text(400, "missing header 'Authorization'"), false};
    }
    const std::string_view given = c.in.header("authorization");
    if (given.starts_with(oauth)) {
        const bool alive = node_.sessions.use(given.substr(oauth.size()), world_.now()) != nullptr;
        return {{}, alive};
    }
    if (given.starts_with(key)) {
        return check_key(c, given.substr(key.size()));
    }
    return {zstack_text(400, "Authorization type must be 'OAuth'"), false};
}

answer zstack_api::login(call& c) {
    c.route = "PUT /zstack/v1/accounts/login";
    boost::json::error_code ec;
    const boost::json::value body = boost::json::parse({c.in.body.data(), c.in.body.size()}, ec);
    const boost::json::object* outer = ec ? nullptr : body.if_object();
    const boost::json::value* inner = outer ? outer->if_contains("logInByAccount") : nullptr;
    if (inner == nullptr || !inner->is_object()) {
        return zstack_text(400, "the body doesn't contain a known parameter of the login");
    }
    const auto text = [&](const char* name) {
        const boost::json::value* v = inner->get_object().if_contains(name);
        return v != nullptr && v->is_string() ? std::string(v->get_string().c_str()) : "";
    };
    if (text("accountName") != world_.settings.zstack.account ||
        text("password") != sha512_hex(world_.settings.zstack.password)) {
        return zstack_failure({"ID.1000", "Authentication error", "wrong account or password", {}});
    }
    const auto token = node_.sessions.open(world_.now());
    if (!token) {
        return zstack_failure({"ID.1006", "Too many sessions", "the limit is reached", {}});
    }
    world_.book.count_session(server_kind::zstack);
    const std::int64_t until = world_.settings.epoch_ms + to_ms(world_.now()) +
                               static_cast<std::int64_t>(world_.settings.session_idle_s * 1e3);
    std::string out = R"({"inventory":{"uuid":)";
    append_json(out, *token);
    out += R"(,"accountUuid":"36c27e8ff05c4780bf6d2fa65700f22e","userUuid":)"
           R"("36c27e8ff05c4780bf6d2fa65700f22e","userType":"Account","expiredDate":)";
    append_json(out, zstack_date(until, world_.settings.zstack.utc_offset_min));
    return json_answer(200, out + "}}");
}

}  // namespace cloned::simulator
