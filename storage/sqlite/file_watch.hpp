#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace cloned::storage {

// The files of an open database, by the names under which the next start will look for them.
//
// SQLite holds on to the files that it has opened, whatever becomes of their names. What is
// committed to a file without its name is gone with the process, and what is written to a file by
// two names is torn (sqlite.org/howtocorrupt.html, 2.4 and 2.5), so neither may go unnoticed.
//
// Threads: one at a time.
class file_watch {
public:
    // Remembers which file the name leads to now. Throws store_failure if there is none, or if the
    // file has another name as well.
    void add(std::string path);

    // What has become of the files; unset: each is in its place. A few microseconds.
    std::optional<std::string> trouble() const;

private:
    struct watched {
        std::string path;
        dev_t device = 0;
        ino_t inode = 0;
    };
    std::vector<watched> files_;
};

// The name that a database has whatever links lead to it: that beside which its log lies.
// Throws store_failure where a link leads nowhere, and where the file has a second name.
std::string own_path(const std::string& path);

}  // namespace cloned::storage
