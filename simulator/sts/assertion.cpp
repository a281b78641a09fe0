#include "simulator/sts/assertion.hpp"

#include "simulator/sts/xml.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <map>

namespace cloned::simulator {

namespace {

constexpr int depth_max = 32;
constexpr std::string_view rsa_claims = "http://rsa.com/schemas/attr-names/2009/01/GroupIdentity";

std::string number_in_hex(std::uint64_t number) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out(16, '0');
    for (std::size_t i = 16; i-- > 0; number >>= 4U) {
        out[i] = hex[number & 15U];
    }
    return out;
}

std::string digest_of(const world& w, std::string_view text) {
    const auto seed = static_cast<std::uint64_t>(w.settings.seed);
    const std::string key = number_in_hex(random_stream::mix(seed ^ 0x5375'7374ULL)) +
                            number_in_hex(random_stream::mix(seed ^ 0x4b65'79ULL));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    return base64({reinterpret_cast<const char*>(digest.data()), size});
}

void append_counted(std::string& out, std::string_view text) {
    append_number(out, text.size());
    out += ':';
    out += text;
}

// What an element says, whatever its prefixes; its signature is not part of it. False if it is
// nested too deeply.
bool append_meaning(std::string& out, pugi::xml_node element, int depth) {
    if (depth > depth_max) {
        return false;
    }
    const xml_name name = name_of(element);
    out += '<';
    append_counted(out, name.space);
    append_counted(out, name.local);
    std::map<xml_name, std::string> attributes;
    for (const pugi::xml_attribute a : element.attributes()) {
        const std::string_view written = a.name();
        if (written != "xmlns" && !written.starts_with("xmlns:")) {
            attributes.emplace(name_of(element, a), a.value());
        }
    }
    for (const auto& [key, value] : attributes) {
        out += '@';
        append_counted(out, key.space);
        append_counted(out, key.local);
        append_counted(out, value);
    }
    for (const pugi::xml_node child : element.children()) {
        if (child.type() == pugi::node_element) {
            if (name_of(child) == xml_name{std::string(xml_namespace::signature), "Signature"}) {
                continue;
            }
            if (!append_meaning(out, child, depth + 1)) {
                return false;
            }
        } else {
            append_counted(out, child.value());
        }
    }
    out += '>';
    return true;
}

std::string new_id(world& w) {
    const auto seed = static_cast<std::uint64_t>(w.settings.seed);
    const std::uint64_t number = ++w.assertions;
    return "_" + number_in_hex(random_stream::mix(seed + (number << 32U))) + number_in_hex(number);
}

std::string signature_element(const std::string& id, const std::string& value) {
    return R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>)"
           R"(<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>)"
           R"(<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"/>)"
           R"(<ds:Reference URI="#)" +
           id +
           R"("><ds:Transforms><ds:Transform )"
           R"(Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms>)"
           R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>)"
           R"(<ds:DigestValue>)" +
           value + "</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>" + value +
           "</ds:SignatureValue></ds:Signature>";
}

std::string statements(const assertion_wish& wish,
                       const std::string& now,
                       const std::string& until) {
    std::string out =
        R"(<saml2:Subject><saml2:NameID Format="http://schemas.xmlsoap.org/claims/UPN">)" +
        xml_text(wish.subject) +
        R"(</saml2:NameID><saml2:SubjectConfirmation )"
        R"(Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData )"
        R"(NotOnOrAfter=")" +
        until + R"("/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore=")" +
        now + R"(" NotOnOrAfter=")" + until + R"(">)";
    if (wish.delegatable) {
        out += R"(<saml2:ProxyRestriction Count="10"/>)";
    }
    if (wish.renewable) {
        out +=
            R"(<rsa:RenewRestriction xmlns:rsa="http://www.rsa.com/names/2009/12/std-ext/SAML2.0" )"
            R"(Count="10" PostdateAllowed="false" RenewAfterExpiryAllowed="false"/>)";
    }
    return out + R"(</saml2:Conditions><saml2:AuthnStatement AuthnInstant=")" + now +
           R"("><saml2:AuthnContext><saml2:AuthnContextClassRef>)"
           R"(urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport)"
           R"(</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>)"
           R"(<saml2:AttributeStatement><saml2:Attribute FriendlyName="Groups" Name=")" +
           std::string(rsa_claims) +
           R"(" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">)"
           R"(<saml2:AttributeValue xsi:type="xs:string">vsphere.local\Users</saml2:AttributeValue>)"
           R"(</saml2:Attribute></saml2:AttributeStatement>)";
}

}  // namespace

std::int64_t sts_clock_ms(const world& w) {
    return w.settings.epoch_ms + to_ms(w.now()) + w.settings.sts.clock_skew_s * 1000;
}

std::string new_assertion(world& w, const assertion_wish& wish) {
    const std::int64_t now_ms = sts_clock_ms(w);
    const std::string now = xml_time(now_ms);
    const std::string id = new_id(w);
    const std::string head =
        R"(<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" )"
        R"(xmlns:xs="http://www.w3.org/2001/XMLSchema" )"
        R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID=")" +
        id + R"(" IssueInstant=")" + now +
        R"(" Version="2.0"><saml2:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">)"
        R"(https://127.0.0.1/websso/SAML2/Metadata/vsphere.local</saml2:Issuer>)";
    const std::string tail =
        statements(wish, now, xml_time(now_ms + wish.lifetime_ms)) + "</saml2:Assertion>";
    pugi::xml_document unsigned_form;
    unsigned_form.load_string((head + tail).c_str());
    std::string meaning;
    append_meaning(meaning, unsigned_form.document_element(), 0);
    return head + signature_element(id, digest_of(w, meaning)) + tail;
}

bool is_valid_assertion(const world& w, std::string_view assertion) {
    pugi::xml_document document;
    if (!document.load_buffer(assertion.data(), assertion.size())) {
        return false;
    }
    const pugi::xml_node root = document.document_element();
    std::string meaning;
    if (name_of(root) != xml_name{std::string(xml_namespace::saml), "Assertion"} ||
        !append_meaning(meaning, root, 0)) {
        return false;
    }
    const pugi::xml_node signature = child_of(root, xml_namespace::signature, "Signature");
    const pugi::xml_node value = child_of(signature, xml_namespace::signature, "SignatureValue");
    if (digest_of(w, meaning) != value.child_value()) {
        return false;
    }
    const pugi::xml_node conditions = child_of(root, xml_namespace::saml, "Conditions");
    const auto from = time_of(conditions.attribute("NotBefore").value());
    const auto until = time_of(conditions.attribute("NotOnOrAfter").value());
    const std::int64_t now = sts_clock_ms(w);
    return from && until && *from <= now && now < *until;
}

}  // namespace cloned::simulator
