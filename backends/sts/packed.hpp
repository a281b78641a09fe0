#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace cloned::backends::sts {

// An assertion as a header can carry it: gzip (RFC 1952) in base64 (govmomi, sts/signer.go).
result<std::string> packed(std::string_view assertion);

// The Authorization header of a bearer's assertion, which is not signed with a key of ours.
std::string authorization(const std::string& packed_assertion);

}  // namespace cloned::backends::sts
