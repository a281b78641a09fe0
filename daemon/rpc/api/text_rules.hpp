#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What texts from clients may look like, and how texts from upstreams are made fit to be shown.
// Pure. A function named …_problem returns what is wrong with a text that was given, as the end of
// a sentence whose subject is the field, or null if nothing is.
namespace cloned::rpc {

inline constexpr std::size_t vm_name_characters_max = 80;
inline constexpr std::size_t id_bytes_max = 255;
inline constexpr std::size_t display_name_bytes_max = 200;
inline constexpr std::size_t label_key_bytes_max = 63;
inline constexpr std::size_t label_value_bytes_max = 255;

// 1 to 63 of a-z A-Z 0-9 . _ -
bool is_token(std::string_view text);

// 8-4-4-4-12 hexadecimal digits, of either case.
bool is_uuid(std::string_view text);

// 32 hexadecimal digits, of either case.
bool is_plain_uuid(std::string_view text);

const char* request_id_problem(std::string_view id);
// A VM must be found again by its name, exactly, after a crash: so nothing is allowed that a server
// may change (community.vmware 335 and 383 tell of trimmed names; "/", "\\" and "%" are stored
// escaped), and nothing that nobody sees.
const char* vm_name_problem(std::string_view name);
const char* zstack_name_problem(std::string_view name);
const char* id_problem(std::string_view id);

// Free text of one line for people: UTF-8, no control characters, at most `bytes_max` long.
const char* line_problem(std::string_view text, std::size_t bytes_max);
const char* label_key_problem(std::string_view key);

// At most `limit` bytes of `text` on one line, with everything that is not UTF-8 replaced by "?":
// protobuf clients refuse a whole message for one bad byte in it.
std::string presentable(std::string_view text, std::size_t limit);

}  // namespace cloned::rpc
