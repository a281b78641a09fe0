#pragma once

#include "base/result.hpp"

#include <string>

namespace cloned::storage {

// Keeps a second daemon off the same database. The kernel gives the lock back when the process
// ends, however it ends; the file itself stays.
//
// Closing the database's lock also takes away SQLite's own locks on that file, as closing any
// descriptor of it does: it must be the last of them to go.
class lock_file {
public:
    lock_file() = default;
    ~lock_file();
    lock_file(lock_file&& other) noexcept;
    lock_file& operator=(lock_file&& other) noexcept;

    // `failed_precondition`, naming the owner's process id, where somebody else holds it.
    static result<lock_file> take(const std::string& path);

    // Locks the database file itself, and makes it where there is none: by another name (over a
    // mount, say) it has another lock file. Errors as above, without the process id, which nobody
    // knows. SQLite would make the file readable for everybody whom the umask lets in.
    static result<lock_file> take_database(const std::string& path);

    bool held() const { return descriptor_ >= 0; }

private:
    explicit lock_file(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace cloned::storage
