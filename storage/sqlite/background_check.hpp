#pragma once

#include "storage/sqlite/connection.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

struct sqlite3;

namespace cloned::storage {

// Looks through a database that is in use for damage, once, on a thread and a connection of its
// own: with large files that takes minutes.
//
// Threads: start() and stop() on one; the callback is called on the check's.
class background_check {
public:
    background_check() = default;
    ~background_check() { stop(); }
    background_check(const background_check&) = delete;
    background_check& operator=(const background_check&) = delete;

    void start(connection_settings settings, std::function<void(std::string why)> on_damage);

    // Breaks it off, and waits for it to let go of the file.
    void stop();

private:
    void run(const connection_settings& settings,
             const std::function<void(std::string)>& on_damage);
    bool let_interrupt(sqlite3* database);

    std::mutex mutex_;
    // Guarded by mutex_
    sqlite3* database_ = nullptr;  // that is being checked
    bool stopping_ = false;
    std::condition_variable let_go_;
    std::thread thread_;
};

}  // namespace cloned::storage
