#pragma once

#include "base/result.hpp"
#include "model/job.hpp"

#include <map>
#include <string>
#include <string_view>

// Specs and labels as JSON text, the form in which they are kept. Every field survives the way
// there and back, byte for byte; fields left unset take no room. The kind is kept elsewhere.
namespace cloned::storage {

std::string encode_spec(const job_spec& spec);

// Internal, naming the place, where the text is no spec of that kind or has a member that this
// program does not know (then a newer one wrote it).
result<job_spec> decode_spec(job_kind kind, std::string_view text);

std::string encode_labels(const std::map<std::string, std::string>& labels);
result<std::map<std::string, std::string>> decode_labels(std::string_view text);

}  // namespace cloned::storage
