#pragma once

#include <string>
#include <string_view>

// What proves who we are. Pure.
namespace cloned::backends::zstack {

// The password as a login wants it: lower-case hex of its SHA-512.
std::string password_digest(std::string_view password);

// The value of the Authorization header of a request that is signed with an access key. `target` is
// the request's own; the part that is signed leaves out the context path and the query.
std::string signed_authorization(std::string_view key_id,
                                 std::string_view secret,
                                 std::string_view verb,
                                 std::string_view date,
                                 std::string_view target);

}  // namespace cloned::backends::zstack
