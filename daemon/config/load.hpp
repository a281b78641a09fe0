#pragma once

#include "daemon/config/config.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The daemon's configuration file, read and checked as a whole. The file is TOML;
// settings.cpp lists every setting with its bounds, and deploy/cloned.toml shows them.
namespace cloned {

// One mistake. Line and column count from 1; 0 where the mistake has no place in the file.
struct config_problem {
    std::int64_t line = 0;
    std::int64_t column = 0;
    std::string path;     // of the setting, such as "endpoint[1].address"
    std::string message;  // one sentence, without secrets

    friend bool operator==(const config_problem&, const config_problem&) = default;
};

using config_result = tl::expected<config, std::vector<config_problem>>;

// Where files are looked for that the configuration names without a leading slash.
struct config_places {
    std::string credentials;  // secrets, first; systemd's $CREDENTIALS_DIRECTORY; empty: none
    std::string directory;    // everything else, and secrets after that
};

// Reads and checks the file: the configuration, or every mistake in the order of the lines. Secrets
// are read from their files on the way.
config_result load_config(const std::string& path);

config_result parse_config(std::string_view text, const config_places& places);

// What the configuration allows and an operator should hear of at each start; a sentence each,
// without secrets.
std::vector<std::string> warnings_of(const config& settings);

// "/etc/cloned/cloned.toml:12:3: endpoint[1].address: …"
std::string to_string(const config_problem& problem, std::string_view file);

// A configuration file with every setting at its default, each with its bounds and its meaning.
std::string default_config_text();

}  // namespace cloned
