#include "clonectl/output.hpp"

#include "base/text.hpp"

#include <google/protobuf/util/json_util.h>

namespace cloned::clonectl {
namespace {

std::string to_json(const google::protobuf::Message& message, bool spread) {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = spread;
    std::string out;
    const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
    return status.ok() ? out : "{}";
}

}  // namespace

std::string json_text(const google::protobuf::Message& message) {
    std::string out = to_json(message, true);
    if (!out.ends_with('\n')) out += '\n';
    return out;
}

std::string json_text(std::string_view name,
                      const std::vector<const google::protobuf::Message*>& list) {
    std::string out = concat("{\"", name, "\": [");
    const char* separator = "\n";
    for (const auto* message : list) {
        out += concat(separator, to_json(*message, false));
        separator = ",\n";
    }
    return out + "\n]}\n";
}

}  // namespace cloned::clonectl
