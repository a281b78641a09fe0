#include "backends/sts/sts_wire.hpp"

#include "base/date_time.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <ctime>
#include <initializer_list>

namespace cloned::backends::sts {
namespace {

constexpr std::size_t max_answer_bytes = std::size_t{1} << 20U;
constexpr std::size_t max_fault_words = 4000;
constexpr int max_depth = 32;
// How long the request itself is good for.
constexpr auto request_lifetime = std::chrono::minutes(5);

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The first element of that name, at any depth that we look into.
pugi::xml_node find(const pugi::xml_node& in, std::string_view name, int depth = 0) {
    if (depth > max_depth) return {};
    for (const auto child : in.children()) {
        if (child.type() != pugi::node_element) continue;
        if (local_name(child) == name) return child;
        if (const auto below = find(child, name, depth + 1)) return below;
    }
    return {};
}

// Prefixes that the assertion uses and something around it declares.
std::string outer_declarations(const pugi::xml_node& node, std::string_view xml) {
    std::string out;
    std::string seen;
    for (auto at = node; at; at = at.parent()) {
        for (const auto attribute : at.attributes()) {
            const std::string_view name = attribute.name();
            if (!name.starts_with("xmlns:")) continue;
            const auto mark = concat(" ", name, "=");
            if (seen.find(mark) != std::string::npos) continue;
            seen += mark;
            const bool used = xml.find(concat(name.substr(6), ":")) != std::string_view::npos;
            if (at != node && used) out += concat(mark, "\"", escaped(attribute.value()), "\"");
        }
    }
    return out;
}

// The assertion's own bytes, for its signature is over them.
std::string text_of(const pugi::xml_node& node, std::string_view body) {
    const auto name_at = node.offset_debug();
    if (name_at <= 0) return {};
    const auto begin = static_cast<std::size_t>(name_at) - 1;
    const auto around = body.find(concat("</", node.parent().name()), begin);
    const auto last = body.rfind(concat("</", node.name()), around);
    if (around == std::string_view::npos || last == std::string_view::npos || last < begin)
        return {};
    const auto end = body.find('>', last);
    if (end == std::string_view::npos) return {};
    std::string out(body.substr(begin, end + 1 - begin));
    out.insert(1 + std::string_view(node.name()).size(), outer_declarations(node, out));
    return out;
}

std::optional<milliseconds> between(std::string_view from, std::string_view to) {
    const auto a = parse_rfc3339(from);
    const auto b = parse_rfc3339(to);
    if (!a || !b || *b <= *a) return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(*b - *a);
}

std::optional<milliseconds> lifetime_of(const pugi::xml_node& response,
                                        const pugi::xml_node& assertion) {
    const auto lifetime = find(response, "Lifetime");
    if (const auto told =
            between(find(lifetime, "Created").text().get(), find(lifetime, "Expires").text().get()))
        return told;
    const auto conditions = find(assertion, "Conditions");
    return between(conditions.attribute("NotBefore").value(),
                   conditions.attribute("NotOnOrAfter").value());
}

bool holds_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
    return std::any_of(all.begin(), all.end(), [&](std::string_view each) {
        return text.find(each) != std::string_view::npos;
    });
}

// No document names the faults of a refused login, and one that is taken for something else would
// be repeated until the account is locked.
fault_kind kind_of_fault(std::string_view code, std::string_view words) {
    if (holds_one_of(code, {"InvalidTimeRange", "MessageExpired"})) return fault_kind::wrong_time;
    const auto said = lower_case(words);
    if (holds_one_of(code, {"FailedAuthentication", "InvalidSecurity", "InvalidCredentials",
                            "FailedCheck"}) ||
        holds_one_of(said, {"credential", "password", "locked", "authenticat"}))
        return fault_kind::refused;
    return holds_one_of(said, {"clock", "lifetime interval", "not yet valid"})
               ? fault_kind::wrong_time
               : fault_kind::other;
}

fault fault_of(const pugi::xml_node& document, const http::response& answer) {
    fault out;
    const auto told = find(document, "Fault");
    const std::string code = find(told, "faultcode").text().get();
    const std::string words = find(told, "faultstring").text().get();
    out.what = kind_of_fault(code, words);
    if (!told && answer.status == 401) out.what = fault_kind::refused;
    out.words = one_line(code.empty() ? words : concat(code, ": ", words), max_fault_words);
    if (!told) out.words = "the answer is none of a security token service";
    out.told_at = read_http_date(answer.find("date"));
    if (!out.told_at) out.told_at = parse_rfc3339(find(document, "Created").text().get());
    out.words += concat(" (HTTP ", std::to_string(answer.status), ")");
    return out;
}

}  // namespace

http::request issue(const wish& what, std::string_view target) {
    const auto now = rfc3339(what.now);
    const auto stale = rfc3339(what.now + request_lifetime);
    const auto over = rfc3339(what.now + what.lifetime);
    http::request out;
    out.verb = http::method::post;
    out.target = target;
    out.headers.emplace_back("Accept", "text/xml");
    out.headers.emplace_back("Content-Type", "text/xml; charset=utf-8");
    out.headers.emplace_back("SOAPAction",
                             "\"http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue\"");
    out.body = concat(
        R"(<?xml version="1.0" encoding="UTF-8"?>)"
        R"(<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header>)"
        R"(<wsse:Security S:mustUnderstand="1" )"
        R"(xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" )"
        R"(xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">)"
        R"(<wsu:Timestamp><wsu:Created>)",
        now, "</wsu:Created><wsu:Expires>", stale,
        "</wsu:Expires></wsu:Timestamp><wsse:UsernameToken><wsse:Username>", escaped(what.user),
        R"(</wsse:Username><wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/)"
        R"(oasis-200401-wss-username-token-profile-1.0#PasswordText">)",
        escaped(what.password),
        "</wsse:Password></wsse:UsernameToken></wsse:Security></S:Header><S:Body>"
        R"(<wst:RequestSecurityToken xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512" )"
        R"(xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">)"
        "<wst:TokenType>urn:oasis:names:tc:SAML:2.0:assertion</wst:TokenType>"
        "<wst:RequestType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue</wst:RequestType>"
        "<wst:Lifetime><wsu:Created>",
        now, "</wsu:Created><wsu:Expires>", over,
        R"(</wsu:Expires></wst:Lifetime><wst:Renewing Allow="false" OK="false"/>)"
        "<wst:Delegatable>true</wst:Delegatable>"
        "<wst:KeyType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer</wst:KeyType>"
        "<wst:SignatureAlgorithm>http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
        "</wst:SignatureAlgorithm></wst:RequestSecurityToken></S:Body></S:Envelope>");
    return out;
}

tl::expected<assertion, fault> read_answer(const http::response& answer) {
    pugi::xml_document document;
    if (answer.body.size() <= max_answer_bytes)
        document.load_buffer(answer.body.data(), answer.body.size(), pugi::parse_default,
                             pugi::encoding_utf8);
    const auto response = find(document, "RequestSecurityTokenResponse");
    const auto holder = find(response, "RequestedSecurityToken");
    const auto node = find(holder, "Assertion");
    if (!node || answer.status < 200 || answer.status > 299)
        return tl::unexpected(fault_of(document, answer));
    assertion out;
    out.xml = text_of(node, answer.body);
    out.lifetime = lifetime_of(response, node);
    if (out.xml.empty())
        return tl::unexpected(fault{fault_kind::other, "the answer's assertion has no end"});
    return out;
}

std::optional<wall_time> read_http_date(std::string_view text) {
    const std::string whole(text.substr(0, 40));
    std::tm parts{};
    const char* rest = ::strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S", &parts);
    if (rest == nullptr || std::string_view(rest) != " GMT") return std::nullopt;
    return from_ms(std::int64_t{::timegm(&parts)} * 1000);
}

}  // namespace cloned::backends::sts
