#pragma once

#include "base/log.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

// Lines of the log as entries of systemd's journal, each value in a field of its own:
// `journalctl CLONED_JOB=42` finds what was said of one job.
namespace cloned::log {

// Whether JOURNAL_STREAM's value, "device:inode", names that file. A process whose stderr was
// redirected still inherits the variable (systemd.exec(5)).
bool names_file(std::string_view journal_stream, dev_t device, ino_t inode);

// The fields of an entry, "NAME=value": MESSAGE with the whole line, PRIORITY, CLONED_EVENT, and
// CLONED_<KEY> for each key.
std::vector<std::string> journal_fields(level at,
                                        std::string_view line,
                                        std::string_view event,
                                        std::initializer_list<field> fields);

// syslog's number of a level (sd-daemon(3)).
std::string_view priority(level at);

// Hands an entry over. False: the journal did not take it; but where there is no journal in sight
// the library answers true and does nothing (sd_journal_print(3)). Threads: any.
bool send_to_journal(const std::vector<std::string>& fields);

}  // namespace cloned::log
