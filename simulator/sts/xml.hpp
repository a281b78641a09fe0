#pragma once

#include <pugixml.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cloned::simulator {

// What pugixml leaves to its caller: names within namespaces, and times. The daemon has a reader of
// times too; sharing it would share its mistakes.

namespace xml_namespace {
inline constexpr std::string_view soap = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view trust = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
inline constexpr std::string_view security =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr std::string_view utility =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
inline constexpr std::string_view saml = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr std::string_view signature = "http://www.w3.org/2000/09/xmldsig#";
}  // namespace xml_namespace

struct xml_name {
    std::string space;  // empty: in no namespace
    std::string local;
    auto operator<=>(const xml_name&) const = default;
};

xml_name name_of(pugi::xml_node element);
xml_name name_of(pugi::xml_node element, pugi::xml_attribute attribute);

// The first child element of that name, or a null node.
pugi::xml_node child_of(pugi::xml_node parent, std::string_view space, std::string_view local);

// Text with XML's own characters escaped; what XML 1.0 cannot hold becomes U+FFFD.
std::string xml_text(std::string_view text);

// xsd:dateTime in UTC with milliseconds.
std::string xml_time(std::int64_t epoch_ms);

// xsd:dateTime, "2026-03-02T10:15:00.120Z", in milliseconds since 1970. A time without a zone is
// taken as UTC.
std::optional<std::int64_t> time_of(std::string_view text);

}  // namespace cloned::simulator
