#pragma once

#include "simulator/model/world.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cloned::simulator {

// The clock of the token service and of those who judge its assertions, in ms since 1970.
std::int64_t sts_clock_ms(const world& w);

struct assertion_wish {
    std::string subject;
    std::int64_t lifetime_ms = 0;
    bool delegatable = false;
    bool renewable = false;
};

// A SAML 2.0 bearer assertion, in one element that declares all its namespaces. Its signature is a
// keyed digest of what it says: whoever holds it may write it in another form of XML, with other
// prefixes, but cannot alter it.
std::string new_assertion(world& w, const assertion_wish& wish);

// Is it one of this world's, unaltered, and valid now?
bool is_valid_assertion(const world& w, std::string_view assertion);

// True if `Authorization: SIGN token="base64(gzip(assertion))"` carries a valid assertion. A
// bearer's request is not signed; more parameters than the token are not looked at.
bool signed_by_token(const world& w, const request& in);

}  // namespace cloned::simulator
