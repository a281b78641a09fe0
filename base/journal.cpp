// The place of the call is always this file, and tells nothing.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "base/journal.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <absl/strings/ascii.h>
#include <errno.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <functional>

namespace cloned::log {

std::string_view priority(level at) {
    switch (at) {
        case level::debug:
            return "7";
        case level::info:
            return "6";
        case level::warn:
            return "4";
        case level::error:
            break;
    }
    return "3";
}

namespace {

// journald leaves out a field with a longer name.
constexpr std::size_t name_bytes_max = 64;

// A-Z, 0-9 and _ only; by its beginning the name is none of the journal's own.
std::string name_of(std::string_view key) {
    auto out = concat("CLONED_", upper_case(key)).substr(0, name_bytes_max);
    std::replace_if(out.begin(), out.end(), std::not_fn(absl::ascii_isalnum), '_');
    return out;
}

}  // namespace

bool names_file(std::string_view journal_stream, dev_t device, ino_t inode) {
    return journal_stream == concat(std::to_string(device), ":", std::to_string(inode));
}

std::vector<std::string> journal_fields(level at,
                                        std::string_view line,
                                        std::string_view event,
                                        std::initializer_list<field> fields) {
    std::vector<std::string> out{concat("MESSAGE=", line), concat("PRIORITY=", priority(at)),
                                 concat("CLONED_EVENT=", event)};
    for (const auto& f : fields) out.push_back(concat(name_of(f.key), "=", f.value));
    return out;
}

bool send_to_journal(const std::vector<std::string>& fields) {
    // Without it journalctl -t would not find the entry, as it does what comes by stderr.
    const auto identifier = concat("SYSLOG_IDENTIFIER=", program_invocation_short_name);
    const auto part = [](const std::string& text) {
        return iovec{const_cast<char*>(text.data()), text.size()};
    };
    std::vector<iovec> parts{part(identifier)};
    for (const auto& f : fields) parts.push_back(part(f));
    return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
}

}  // namespace cloned::log
