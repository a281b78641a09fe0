#include "base/text.hpp"
#include "daemon/config/files.hpp"
#include "daemon/config/sections.hpp"

#include <algorithm>

namespace cloned {
namespace {

bool is_credential_name(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

}  // namespace

backends::vijson::credential_map read_credentials(
    const std::vector<config_section<credential_settings>>& from,
    const config_places& places,
    config_problems& problems) {
    backends::vijson::credential_map out;
    for (const auto& in : from) {
        const auto& name = in.values.name;
        const auto [added, fresh] = out.try_emplace(name);
        if (!in.has("name"))
            problems.add(in, "name", "is required");
        else if (in.is_sound("name") && !is_credential_name(name))
            problems.add(in, "name", "must be of a-z, A-Z, 0-9, . _ and -");
        else if (in.is_sound("name") && !fresh)
            problems.add(in, "name", "is used by another credential");
        if (!in.has("file")) {
            problems.add(in, "file", "is required");
        } else if (in.is_sound("file")) {
            auto secret = read_secret(places, in.values.file);
            if (secret)
                added->second = std::move(*secret);
            else
                problems.add(in, "file", secret.error().message());
        }
    }
    return out;
}

}  // namespace cloned
