#pragma once

#include "storage/sqlite/accept_batch.hpp"
#include "storage/sqlite/batch_queries.hpp"
#include "storage/sqlite/job_queries.hpp"
#include "storage/sqlite/queue_queries.hpp"
#include "storage/sqlite/worker.hpp"

#include <functional>
#include <optional>

namespace cloned::storage {

// Everything that exists while the reading connection is open.
struct read_session {
    read_session(SQLite::Database opened, const accept_limits& limits)
        : database(std::move(opened)),
          begin(database, "BEGIN"),
          commit(database, "COMMIT"),
          jobs(database),
          batches(database),
          queues(database),
          rules(database, limits) {}

    SQLite::Database database;
    statement begin;
    statement commit;
    job_queries jobs;
    batch_queries batches;
    queue_queries queues;
    accept_rules rules;
};

// Runs each read in a transaction of its own, begun after the read was asked for: it sees every
// write that had returned by then, and one state of the database throughout.
class reader final : public group_runner {
public:
    // `on_damage` is told, on the reader's thread, what a read has found broken in the file.
    void open(SQLite::Database database,
              const accept_limits& limits,
              std::function<void(std::string why)> on_damage) {
        session_.emplace(std::move(database), limits);
        on_damage_ = std::move(on_damage);
    }

    std::optional<read_session>& session() { return session_; }

    std::function<void()> run(operation_group& group) override;

    // Reader thread only.
    void close() { session_.reset(); }

private:
    void run_one(operation& read);

    std::optional<read_session> session_;
    std::function<void(std::string why)> on_damage_;
};

}  // namespace cloned::storage
