#pragma once

#include "base/result.hpp"

#include <string>

namespace cloned::storage {

// Keeps a second daemon off the same database. The kernel gives the lock back when the process
// ends, however it ends; the file itself stays.
class lock_file {
public:
    lock_file() = default;
    ~lock_file();
    lock_file(lock_file&& other) noexcept;
    lock_file& operator=(lock_file&& other) noexcept;

    // `failed_precondition`, naming the owner's process id, where somebody else holds it.
    static result<lock_file> take(const std::string& path);

private:
    explicit lock_file(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace cloned::storage
