#include "simulator/sts/api.hpp"

#include "simulator/sts/assertion.hpp"
#include "simulator/sts/xml.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

namespace ns = xml_namespace;

constexpr std::int64_t tolerance_ms = 300'000;
constexpr std::int64_t default_lifetime_ms = 300'000;

struct sts_refusal {
    std::string_view code;
    std::string text;
};
template <class T>
using sts_outcome = tl::expected<T, sts_refusal>;

tl::unexpected<sts_refusal> fail(std::string_view code, std::string text) {
    return tl::unexpected(sts_refusal{code, std::move(text)});
}

std::string text_of(pugi::xml_node parent, std::string_view space, std::string_view local) {
    return child_of(parent, space, local).text().get();
}

struct interval {
    std::int64_t from;
    std::int64_t until;
};

std::optional<interval> interval_of(pugi::xml_node element) {
    const auto from = time_of(text_of(element, ns::utility, "Created"));
    const auto until = time_of(text_of(element, ns::utility, "Expires"));
    return from && until ? std::optional(interval{*from, *until}) : std::nullopt;
}

// The request must be of this moment, by the service's own clock.
sts_outcome<void> check_timestamp(const world& w, pugi::xml_node security) {
    const auto life = interval_of(child_of(security, ns::utility, "Timestamp"));
    if (!life || life->until <= life->from) {
        return fail("InvalidSecurity", "The security header has no Timestamp that can be read.");
    }
    const std::int64_t now = sts_clock_ms(w);
    if (now < life->from - tolerance_ms || now >= life->until + tolerance_ms) {
        return fail("MessageExpired",
                    "The time now " + xml_time(now) +
                        " does not fall in the request lifetime interval extended with clock "
                        "tolerance of 300000 ms: [ " +
                        xml_time(life->from - tolerance_ms) + "; " +
                        xml_time(life->until + tolerance_ms) +
                        "). This might be due to a clock skew problem.");
    }
    return {};
}

sts_outcome<std::string> authenticate(world& w, pugi::xml_node security) {
    const pugi::xml_node token = child_of(security, ns::security, "UsernameToken");
    if (!token) {
        return fail("InvalidSecurity", "The security header has no UsernameToken.");
    }
    const std::string user = text_of(token, ns::security, "Username");
    const std::string password = text_of(token, ns::security, "Password");
    if (!w.log_in(user, password)) {
        return fail(w.settings.sts.refusal, "Invalid credentials");
    }
    return user;
}

sts_outcome<assertion_wish> read_wish(const world& w, pugi::xml_node body) {
    const pugi::xml_node order = child_of(body, ns::trust, "RequestSecurityToken");
    const auto names = [&](std::string_view local, std::string_view wanted) {
        const std::string given = text_of(order, ns::trust, local);
        return given.empty() || given == wanted;
    };
    if (text_of(order, ns::trust, "RequestType") != std::string(ns::trust) + "/Issue") {
        return fail("InvalidRequest", "Only the request type Issue is served.");
    }
    if (!names("TokenType", ns::saml)) {
        return fail("InvalidRequest", "Only SAML 2.0 assertions are issued.");
    }
    if (!names("KeyType", std::string(ns::trust) + "/Bearer")) {
        return fail("InvalidRequest", "Only bearer assertions are issued for a UsernameToken.");
    }
    assertion_wish out;
    out.lifetime_ms = default_lifetime_ms;
    if (const pugi::xml_node lifetime = child_of(order, ns::trust, "Lifetime")) {
        const auto wanted = interval_of(lifetime);
        if (!wanted || wanted->until <= wanted->from) {
            return fail("InvalidTimeRange", "The Lifetime is empty or cannot be read.");
        }
        out.lifetime_ms = wanted->until - wanted->from;
    }
    out.lifetime_ms = std::min(out.lifetime_ms, w.settings.sts.lifetime_s * 1000);
    out.delegatable = text_of(order, ns::trust, "Delegatable") == "true";
    const pugi::xml_node renewing = child_of(order, ns::trust, "Renewing");
    out.renewable = renewing && std::string_view(renewing.attribute("Allow").value()) != "false";
    return out;
}

sts_outcome<assertion_wish> read_request(world& w, const request& in) {
    pugi::xml_document document;
    // A password may be of blanks alone.
    constexpr unsigned with_blanks = pugi::parse_default | pugi::parse_ws_pcdata_single;
    if (!document.load_buffer(in.body.data(), in.body.size(), with_blanks)) {
        return fail("Client", "The request cannot be read as XML.");
    }
    const pugi::xml_node envelope = document.document_element();
    if (name_of(envelope) != xml_name{std::string(ns::soap), "Envelope"}) {
        return fail("VersionMismatch", "The request is no SOAP 1.1 envelope.");
    }
    const pugi::xml_node security =
        child_of(child_of(envelope, ns::soap, "Header"), ns::security, "Security");
    if (!security) {
        return fail("InvalidSecurity", "The request has no security header.");
    }
    if (auto ok = check_timestamp(w, security); !ok) {
        return tl::unexpected(ok.error());
    }
    auto wish = read_wish(w, child_of(envelope, ns::soap, "Body"));
    if (!wish) {
        return wish;
    }
    auto user = authenticate(w, security);
    if (!user) {
        return tl::unexpected(user.error());
    }
    wish->subject = std::move(*user);
    return wish;
}

answer soap_answer(int status, const std::string& body) {
    answer out;
    out.status = status;
    out.content_type = "text/xml;charset=utf-8";
    out.body = R"(<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>)" +
               body + "</S:Body></S:Envelope>";
    return out;
}

answer issue(world& w, const assertion_wish& wish) {
    const std::int64_t now = sts_clock_ms(w);
    const std::string delegatable = wish.delegatable ? "true" : "false";
    const std::string renewable = wish.renewable ? "true" : "false";
    return soap_answer(
        200,
        R"(<wst:RequestSecurityTokenResponseCollection )"
        R"(xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512" )"
        R"(xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">)"
        R"(<wst:RequestSecurityTokenResponse><wst:TokenType>urn:oasis:names:tc:SAML:2.0:assertion)"
        R"(</wst:TokenType><wst:RequestedSecurityToken>)" +
            new_assertion(w, wish) + R"(</wst:RequestedSecurityToken><wst:Lifetime><wsu:Created>)" +
            xml_time(now) + "</wsu:Created><wsu:Expires>" + xml_time(now + wish.lifetime_ms) +
            R"(</wsu:Expires></wst:Lifetime><wst:Renewing Allow=")" + renewable +
            R"(" OK="false"/><wst:Delegatable>)" + delegatable +
            "</wst:Delegatable><wst:KeyType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer"
            "</wst:KeyType></wst:RequestSecurityTokenResponse>"
            "</wst:RequestSecurityTokenResponseCollection>");
}

// "svc@vsphere.local" is of the domain "vsphere.local".
bool is_domain(const world& w, std::string_view domain) {
    const std::string_view user = w.settings.user;
    const auto at = user.find('@');
    return at == std::string_view::npos || same_ignoring_case(user.substr(at + 1), domain);
}

std::string_view space_of_code(std::string_view code) {
    if (code == "InvalidSecurity") {
        return ns::security;
    }
    if (code == "MessageExpired") {
        return ns::utility;
    }
    return code == "Client" || code == "Server" || code == "VersionMismatch" ? ns::soap : ns::trust;
}

}  // namespace

answer sts_fault(std::string_view code, std::string_view text, int status) {
    return soap_answer(status, R"(<S:Fault><faultcode xmlns:ns0=")" +
                                   std::string(space_of_code(code)) + R"(">ns0:)" + xml_text(code) +
                                   "</faultcode><faultstring>" + xml_text(text) +
                                   "</faultstring></S:Fault>");
}

answer sts_call(world& w, call& c) {
    const auto path = c.path;
    const bool known = !path.empty() && path[0] == "STSService" &&
                       (path.size() == 1 || (path.size() == 2 && is_domain(w, path[1])));
    if (!known || !c.is("POST")) {
        answer out;
        out.status = known ? 405 : 404;
        return out;
    }
    c.route = "POST /sts/STSService";
    const auto wish = read_request(w, c.in);
    return wish ? issue(w, *wish) : sts_fault(wish.error().code, wish.error().text);
}

}  // namespace cloned::simulator
