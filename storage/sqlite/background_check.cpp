#include "storage/sqlite/background_check.hpp"

#include "base/log.hpp"
#include "storage/sqlite/soundness.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/sqlite/worker.hpp"

#include <pthread.h>
#include <sqlite3.h>

namespace cloned::storage {

void background_check::start(connection_settings settings,
                             std::function<void(std::string why)> on_damage) {
    thread_ = start_without_signals(
        [this, settings = std::move(settings), on_damage = std::move(on_damage)] {
            pthread_setname_np(pthread_self(), "store-check");
            run(settings, on_damage);
        });
}

void background_check::run(const connection_settings& settings,
                           const std::function<void(std::string)>& on_damage) {
    try {
        auto database = open_for_reading(settings);
        if (!let_interrupt(database.getHandle())) return;
        std::optional<std::string> damage;
        try {
            damage = find_damage(database, thoroughness::quick);
        } catch (const SQLite::Exception& e) {
            if (e.getErrorCode() != SQLITE_INTERRUPT) damage = words_of(e);
        }
        if (!let_interrupt(nullptr)) return;
        if (damage) return on_damage(broken(settings.path, *damage).message());
        log::info("store.checked", log::kv("database", settings.path));
    } catch (const SQLite::Exception& e) {
        log::warn("store.not_checked", log::kv("error", words_of(e)));
    }
}

// False: it was told to stop.
bool background_check::let_interrupt(sqlite3* database) {
    const std::lock_guard lock(mutex_);
    database_ = stopping_ ? nullptr : database;
    let_go_.notify_all();
    return !stopping_;
}

void background_check::stop() {
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        // More than once: what has not begun yet is not interrupted.
        while (database_ != nullptr) {
            sqlite3_interrupt(database_);
            let_go_.wait_for(lock, std::chrono::milliseconds(10));
        }
    }
    if (thread_.joinable()) thread_.join();
}

}  // namespace cloned::storage
