#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include <string>
#include <string_view>

// The parts of a request that are kept in the vendor's own JSON (model/job.hpp). Pure. By hand:
// protobuf's JSON has neither `_typeName` nor base types.
namespace cloned::rpc {

// An object of the Virtual Infrastructure JSON API: `_typeName` is the message's name, members have
// the JSON names of its fields. A message that consists of one oneof stands for a base type and is
// replaced by what was chosen; a GuestSecret becomes {"_credential": name}; OptionValueAny is
// boxed; bytes are base64. The same message always gives the same text.
std::string to_vendor_json(const google::protobuf::Message& message);

// The reverse; false if the text does not fit the message.
bool from_vendor_json(std::string_view text, google::protobuf::Message& message);

// JSON with the members in the order of their names.
std::string to_sorted_json(const google::protobuf::Struct& object);

}  // namespace cloned::rpc
