#include "storage/sqlite/writer.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/guard.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/log_stamp.hpp"

#include <sqlite3.h>
#include <sys/statvfs.h>

namespace cloned::storage {
namespace {

constexpr std::int64_t nearly_nothing_bytes = std::int64_t{1} << 20;
constexpr int reader_wait_ms = 50;

}  // namespace

write_session::write_session(SQLite::Database opened,
                             id_limits limits,
                             const accept_limits& accepting)
    : database(std::move(opened)),
      transaction(database, limits),
      accept(database, transaction, accepting),
      changes(database, transaction),
      purge(database, transaction),
      save_lane_(database,
                 "UPDATE lanes SET paused = ?, pause_reason = ?, operator_limit = ?, "
                 "learned_ceiling = ? WHERE lane_id = ?") {}

result<void> write_session::save_lane(lane_id lane, const lane_settings& settings) {
    const int saved = save_lane_.execute(settings.paused, settings.pause_reason,
                                         settings.operator_limit, settings.learned_ceiling, lane);
    if (saved == 0)
        return fail(errc::not_found, concat("there is no lane ", std::to_string(lane.value)));
    return {};
}

writer::writer(std::shared_ptr<store_listeners> listeners, int checkpoint_pages)
    : listeners_(std::move(listeners)),
      checkpoint_pages_(checkpoint_pages),
      restart_at_(4 * checkpoint_pages) {}

void writer::open(SQLite::Database database,
                  id_limits limits,
                  const accept_limits& accepting,
                  high_water_file water,
                  file_watch files) {
    water_ = std::move(water);
    files_ = std::move(files);
    limits_ = accepting;
    session_.emplace(std::move(database), limits, accepting);
    const auto note_pages = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<writer*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(session_->database.getHandle(), note_pages, this);
    publish_marks();
}

std::function<void()> writer::run(operation_group& group) {
    const bool was_poisoned = poison_.has_value();
    const bool was_full = full_.has_value();
    jobs_changed_ = false;
    operations all;
    all.reserve(group.size());
    for (const auto& next : group) all.push_back(next.get());
    if (all.front()->traits().alone)
        all.front()->run();
    else
        run_all(all);

    if (poison_ && !was_poisoned) return tell_poisoned();
    auto room = was_full || full_ ? tell_room() : std::function<void()>();
    if (!jobs_changed_) return room;
    auto released = session_ ? session_->transaction.take_released() : std::nullopt;
    return [told = listeners_, last = event_id{marks_.last_event.load()},
            released = std::move(released), room = std::move(room)] {
        if (room) room();
        if (released && told->released) told->released(*released);
        if (told->committed) told->committed(last);
    };
}

void writer::run_all(const operations& group) {
    if (poison_) return refuse_all(group, *poison_);
    if (!session_) return refuse_all(group, error(errc::unavailable, "the store is closed"));
    switch (attempt(group)) {
        case outcome::committed:
            return;
        case outcome::undone:
            return run_one_by_one(group);
        case outcome::full:
            return run_without_admissions(group);
        case outcome::busy:
            return refuse_all(group, last_failure_);
        case outcome::poisoned:
            return refuse_all(group, *poison_);
    }
}

// One transaction from beginning to end. Whatever happened, none is open afterwards.
writer::outcome writer::attempt(const operations& group) {
    auto& transaction = session_->transaction;
    bool begun = false;
    last_failure_ = error();
    const auto before = sqlite3_total_changes64(session_->database.getHandle());
    try {
        transaction.begin();
        begun = true;
        if (!run_each(group)) {
            rollback();
            return outcome::undone;
        }
        const auto changes = sqlite3_total_changes64(session_->database.getHandle());
        // A transaction that writes nothing begins no log; an empty group is there to write.
        if (log_may_begin_ && (changes != before || group.empty())) renew_stamp(session_->database);
        crash_point("store.before_commit");
        for (const auto* done : group) crash_point(done->traits().before_commit);
        transaction.commit();
        crash_point("store.after_commit");
        for (const auto* done : group) crash_point(done->traits().after_commit);
    } catch (const SQLite::Exception& e) {
        auto kind = damage_of(e);
        last_failure_ = error_of(e, "writing to the database");
        rollback();
        if (poison_) return outcome::poisoned;
        if (kind == damage::busy && begun) kind = damage::unknown;
        if (kind == damage::full) {
            full_ = words_of(e);
            return outcome::full;
        }
        if (kind == damage::busy) return outcome::busy;
        if (kind == damage::none) return outcome::undone;
        poison(e);
        return poison_ ? outcome::poisoned : outcome::undone;
    } catch (const std::exception&) {
        last_failure_ = current_error("writing to the database");
        rollback();
        return outcome::undone;
    }
    // A commit into a file that the next start does not find is lost with this process.
    if (must_not_go_on()) return outcome::poisoned;
    // One that has written nothing needed no room, and began no log.
    if (sqlite3_total_changes64(session_->database.getHandle()) != before) {
        full_.reset();
        log_may_begin_ = false;
    }
    publish_marks();
    return outcome::committed;
}

// False: an operation failed after it had written.
bool writer::run_each(const operations& group) {
    auto* handle = session_->database.getHandle();
    for (auto* next : group) {
        const auto before = sqlite3_total_changes64(handle);
        if (next->run() || sqlite3_total_changes64(handle) == before) continue;
        return false;
    }
    return true;
}

// A rollback that fails leaves a transaction open that nobody ever asked to commit.
void writer::rollback() {
    session_->transaction.rollback();
    if (guarded(guard::poisoning) && sqlite3_get_autocommit(session_->database.getHandle()) == 0)
        poison_ = error(errc::in_doubt, "a failed write to the database cannot be rolled back");
}

void writer::run_without_admissions(const operations& group) {
    if (poison_) return refuse_all(group, *poison_);
    const error full(errc::unavailable,
                     concat("the database has no room: ", last_failure_.message()));
    operations others;
    for (auto* next : group) {
        if (next->traits().brings_jobs)
            next->refuse(full);
        else
            others.push_back(next);
    }
    if (others.size() == group.size()) return refuse_all(group, full);
    if (!others.empty()) run_all(others);
}

void writer::run_one_by_one(const operations& group) {
    if (poison_) return refuse_all(group, *poison_);
    if (group.size() > 1) {
        for (auto* next : group) run_all({next});
        return;
    }
    // It has said why by itself, or SQLite has.
    if (last_failure_.message().empty()) return;
    if (group.front()->traits().must_work && guarded(guard::poisoning)) {
        poison(concat("a change of a job cannot be stored: ", last_failure_.message()));
        return refuse_all(group, *poison_);
    }
    group.front()->refuse(last_failure_);
}

void writer::refuse_all(const operations& group, const error& why) {
    for (auto* next : group) next->refuse(why);
}

void writer::publish_marks() {
    water_.note(session_->transaction.given_out());
    marks_.last_event.store(session_->transaction.last_event().value);
    marks_.unfinished_jobs.store(session_->transaction.unfinished_jobs());
    jobs_changed_ = jobs_changed_ || session_->transaction.last_commit_changed_jobs();
}

// SQLite would checkpoint within the COMMIT, and everybody would wait for it. A checkpoint that
// finds a reader in its way leaves the rest to the next one. If that goes on, the reader is waited
// for, but only for a moment, and again only once the log has grown by as much: a backup may read
// for minutes.
std::function<void()> writer::after_group() {
    if (!session_ || poison_ || wal_pages_ < checkpoint_pages_) return {};
    const bool restart = wal_pages_ >= restart_at_;
    const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    const int pages = std::exchange(wal_pages_, 0);
    log_may_begin_ = true;
    auto* handle = session_->database.getHandle();
    crash_point("store.before_checkpoint");
    sqlite3_busy_timeout(handle, reader_wait_ms);
    const int rc = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, nullptr, nullptr);
    const SQLite::Exception what(sqlite3_errmsg(handle), rc);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    crash_point("store.after_checkpoint");
    const bool busy = rc != SQLITE_OK && damage_of(what) == damage::busy;
    if (restart) restart_at_ = (busy ? pages : 0) + 4 * checkpoint_pages_;
    if (rc == SQLITE_OK || busy) {
        checkpoint_fails_ = false;
        return {};
    }
    if (damage_of(what) != damage::full) return poison(what);
    // Nothing is lost: what cannot be moved stays in the log, which grows until there is room.
    if (!std::exchange(checkpoint_fails_, true))
        log::warn("store.checkpoint_failed", log::kv("error", words_of(what)));
    return {};
}

std::function<void()> writer::idle() {
    if (poison_ || !session_) return {};
    if (must_not_go_on()) return tell_poisoned();
    if (!is_running_out() && !full_) return {};
    const bool was_full = full_.has_value();
    look_for_room();
    if (poison_) return tell_poisoned();
    return was_full || full_ ? tell_room() : std::function<void()>();
}

// Where new jobs are refused for want of room, nobody may have anything to write, and so nobody
// notices when there is none left. True: that is about to be.
bool writer::is_running_out() {
    struct statvfs room{};
    if (::statvfs(limits_.folder.c_str(), &room) != 0) return false;
    const auto free = static_cast<std::int64_t>(room.f_bavail * room.f_frsize);
    const bool is_low = free < limits_.min_free_bytes;
    if (is_low && low_seconds_++ % 60 == 0)
        log::warn("disk.low", log::kv("free_mib", free >> 20),
                  log::kv("min_free_mib", limits_.min_free_bytes >> 20),
                  log::kv("effect", "no new jobs are accepted"));
    if (!is_low) low_seconds_ = 0;
    return free < nearly_nothing_bytes;
}

// Nobody may have anything to write: clients stay away from a daemon that says that it is full.
void writer::look_for_room() {
    log_may_begin_ = true;
    attempt({});
}

std::function<void()> writer::tell_room() const {
    return [told = listeners_, full = full_] {
        if (told->room_changed) told->room_changed(full);
    };
}

void writer::condemn(std::string why) {
    const std::lock_guard lock(condemned_mutex_);
    condemned_ = std::move(why);
}

std::optional<std::string> writer::found_trouble() {
    {
        const std::lock_guard lock(condemned_mutex_);
        if (condemned_) return condemned_;
    }
    return files_.trouble();
}

bool writer::must_not_go_on() {
    auto trouble = found_trouble();
    if (!trouble || !guarded(guard::poisoning)) return false;
    poison(std::move(*trouble));
    return true;
}

std::function<void()> writer::poison(const SQLite::Exception& thrown) {
    return poison(
        concat("the outcome of a write to the database is not known: ", words_of(thrown)));
}

std::function<void()> writer::poison(std::string why) {
    if (!guarded(guard::poisoning)) return {};
    poison_ = error(errc::in_doubt, std::move(why));
    return tell_poisoned();
}

std::function<void()> writer::tell_poisoned() const {
    return [told = listeners_, why = poison_->message()] {
        if (told->poisoned) told->poisoned(why);
    };
}

void writer::close() {
    // After a failure the files are left as they are, for the recovery to judge.
    if (session_ && poison_)
        sqlite3_db_config(session_->database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                          nullptr);
    session_.reset();
    water_ = high_water_file();
}

}  // namespace cloned::storage
