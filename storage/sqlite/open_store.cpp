#include "storage/sqlite/open_store.hpp"

#include "base/text.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/file_watch.hpp"
#include "storage/sqlite/high_water.hpp"
#include "storage/sqlite/log_stamp.hpp"
#include "storage/sqlite/migrations.hpp"
#include "storage/sqlite/soundness.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <filesystem>

namespace cloned::storage {
namespace {

operation_traits close_traits() {
    operation_traits traits;
    traits.alone = true;
    return traits;
}

worker_settings writer_settings(const sqlite_store_options& options) {
    worker_settings settings;
    if (options.threading == store_threading::own_threads) settings.thread_name = "store-writer";
    settings.group_operations = std::max<std::size_t>(options.group_operations, 1);
    settings.group_bytes = options.group_bytes;
    settings.waiting_bytes_max = options.max_waiting_jobs * job_bytes;
    settings.idle_after = std::chrono::seconds(1);
    return settings;
}

worker_settings reader_settings(const sqlite_store_options& options) {
    worker_settings settings;
    if (options.threading == store_threading::own_threads) settings.thread_name = "store-reader";
    settings.group_operations = 1;
    settings.waiting_bytes_max = options.max_waiting_reads;
    return settings;
}

// Some of what had been told is not in the database.
bool is_behind(SQLite::Database& database, const high_water_file& water) {
    const auto last = database.execAndGet(
        "SELECT MAX(next_event - 1, (SELECT IFNULL(MAX(event_id), 0) FROM job_events)) "
        "FROM counters");
    const auto told = water.found();
    return told && last.getInt64() < told->event;
}

// Before anything else is written. Without room nothing else will be, either.
void begin_log(SQLite::Database& database) {
    try {
        if (database.tableExists("log_stamp")) renew_stamp(database);
    } catch (const SQLite::Exception& e) {
        if (damage_of(e) != damage::full) throw;
    }
}

lock_file held(result<lock_file> lock) {
    if (!lock) throw store_failure(lock.error());
    return std::move(*lock);
}

}  // namespace

sqlite_job_store::sqlite_job_store(asio::io_context& loop, const sqlite_store_options& options)
    : listeners_(std::make_shared<store_listeners>()),
      writer_(listeners_, options.checkpoint_pages),
      write_worker_(loop, writer_, writer_settings(options)),
      read_worker_(loop, reader_, reader_settings(options)) {
    listeners_->poisoned = options.on_poisoned;
    listeners_->room_changed = options.on_room;
}

void sqlite_job_store::open(const sqlite_store_options& options, const std::string& named) {
    lock_ = held(lock_file::take(options.path + ".lock"));
    refuse_foreign_log(options.path);
    database_lock_ = held(lock_file::take_database(options.path));
    connection_settings settings;
    settings.path = options.path;
    settings.vfs = options.vfs;
    settings.max_file_bytes = options.max_file_bytes;
    settings.cache_bytes = options.cache_bytes / 3 * 2;
    std::error_code none;
    const bool doubtful = std::filesystem::file_size(options.path + "-wal", none) > 0 && !none;
    auto writing = open_for_writing(settings);
    if (doubtful) check_soundness(writing, options, settings);
    begin_log(writing);
    migrate(writing);
    high_water_file water;
    if (!options.high_water_path.empty()) {
        auto opened = high_water_file::open(options.high_water_path);
        if (!opened) throw store_failure(opened.error());
        water = std::move(*opened);
        if (!doubtful && is_behind(writing, water)) check_soundness(writing, options, settings);
        suspect_lost_history(writing, water);
    }

    auto folder = std::filesystem::path(options.path).parent_path().string();
    if (folder.empty()) folder = ".";
    const accept_limits accepting{folder, options.min_free_bytes, options.max_unfinished_jobs};
    const id_limits limits{options.max_lanes, options.max_tenants};
    file_watch files;
    if (named != options.path) files.add(named);
    for (const auto* end : {"", "-wal", "-shm", ".lock"}) files.add(options.path + end);
    writer_.open(std::move(writing), limits, accepting, std::move(water), std::move(files));
    settings.cache_bytes = options.cache_bytes / 3;
    reader_.open(open_for_reading(settings), accepting,
                 [this](std::string why) { writer_.condemn(std::move(why)); });
}

void sqlite_job_store::check_soundness(SQLite::Database& database,
                                       const sqlite_store_options& options,
                                       const connection_settings& settings) {
    const auto bytes = std::filesystem::file_size(options.path);
    if (options.threading == store_threading::own_threads &&
        bytes > static_cast<std::uintmax_t>(options.check_first_bytes)) {
        check_.start(settings, [this](std::string why) { writer_.condemn(std::move(why)); });
        return;
    }
    if (const auto damage = find_damage(database, thoroughness::quick))
        throw store_failure(broken(options.path, *damage));
}

// The reader first: as the last connection, the writer's empties the log. What is called later
// finds no session and says so.
task<void> sqlite_job_store::close() {
    auto close_reader = [reader = &reader_](read_session&) -> result<void> {
        reader->close();
        return {};
    };
    auto close_writer = [writer = &writer_](write_session&) -> result<void> {
        writer->close();
        return {};
    };
    check_.stop();
    co_await read(close_traits(), close_reader);
    co_await write(close_traits(), close_writer);
}

result<std::unique_ptr<job_store>> open_sqlite_job_store(asio::io_context& loop,
                                                         sqlite_store_options options) {
    const auto named = options.path;
    try {
        options.path = own_path(named);
        auto store = std::make_unique<sqlite_job_store>(loop, options);
        store->open(options, named);
        return store;
    } catch (...) {
        return fail(current_error(concat("opening the database ", named)));
    }
}

}  // namespace cloned::storage
