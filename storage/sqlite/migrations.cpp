#include "storage/sqlite/migrations.hpp"

#include "base/text.hpp"
#include "storage/sqlite/sqlite_error.hpp"

#include <array>
#include <string>

namespace cloned::storage {
namespace {

// Jobs are split: what a client asked for never changes and is wide; what changes is narrow, so
// that a change rewrites little. No index covers a state that every job passes through and stays
// in; partial ones hold what waits, what is unsettled and what is alive.
constexpr const char* first_schema = R"sql(
CREATE TABLE counters (
    counter_id INTEGER PRIMARY KEY CHECK (counter_id = 1),
    next_job INTEGER NOT NULL,
    next_batch INTEGER NOT NULL,
    next_event INTEGER NOT NULL
) STRICT;
INSERT INTO counters (counter_id, next_job, next_batch, next_event) VALUES (1, 1, 1, 1);

CREATE TABLE tenants (tenant_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE inventories (inventory_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE lanes (
    lane_id INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    cluster TEXT NOT NULL,
    kind TEXT NOT NULL,
    paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
    pause_reason TEXT NOT NULL,
    operator_limit INTEGER,
    learned_ceiling INTEGER,
    UNIQUE (endpoint, cluster, kind)
) STRICT;

CREATE TABLE batches (
    batch_id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    tenant_id INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    first_job INTEGER NOT NULL UNIQUE,
    job_count INTEGER NOT NULL,
    accepted_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    blocked INTEGER NOT NULL CHECK (blocked >= 0),
    queued INTEGER NOT NULL CHECK (queued >= 0),
    submitting INTEGER NOT NULL CHECK (submitting >= 0),
    running INTEGER NOT NULL CHECK (running >= 0),
    in_doubt INTEGER NOT NULL CHECK (in_doubt >= 0),
    needs_operator INTEGER NOT NULL CHECK (needs_operator >= 0),
    succeeded INTEGER NOT NULL CHECK (succeeded >= 0),
    failed INTEGER NOT NULL CHECK (failed >= 0),
    cancelled INTEGER NOT NULL CHECK (cancelled >= 0),
    UNIQUE (tenant_id, request_id)
) STRICT;
CREATE INDEX batches_by_tenant ON batches (tenant_id, batch_id);
CREATE INDEX batches_open ON batches (tenant_id, batch_id) WHERE ended_at_ms IS NULL;
CREATE INDEX batches_ended ON batches (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

-- Which lanes a batch has jobs in, so that the jobs of a lane can be listed.
CREATE TABLE batch_lanes (
    lane_id INTEGER NOT NULL,
    batch_id INTEGER NOT NULL,
    PRIMARY KEY (lane_id, batch_id)
) STRICT, WITHOUT ROWID;

-- How many jobs wait in each queue: counting a million takes too long for a start.
CREATE TABLE queues (
    lane_id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    waiting INTEGER NOT NULL CHECK (waiting > 0),
    PRIMARY KEY (lane_id, tenant_id, priority)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    job_id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    spec TEXT NOT NULL,
    labels TEXT NOT NULL,
    not_before_ms INTEGER,
    max_attempts INTEGER NOT NULL,
    UNIQUE (batch_id, key)
) STRICT;

CREATE TABLE job_state (
    job_id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL,
    lane_id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'submitting', 'running', 'succeeded', 'failed',
        'cancelled', 'blocked', 'in_doubt', 'needs_operator')),
    fence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
    task TEXT NOT NULL,
    vm TEXT NOT NULL,
    error_code TEXT,
    error_text TEXT,
    wake_at_ms INTEGER,
    sent_at_ms INTEGER,
    deadline_ms INTEGER,
    changed_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    inventory_id INTEGER,
    vm_name TEXT,
    vm_folder TEXT,
    CHECK ((state = 'blocked') = (wake_at_ms IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (ended_at_ms IS NOT NULL))
) STRICT;
CREATE INDEX job_state_queued ON job_state (lane_id, tenant_id, priority, job_id)
    WHERE state = 'queued';
CREATE INDEX job_state_blocked ON job_state (wake_at_ms) WHERE state = 'blocked';
CREATE INDEX job_state_deadline ON job_state (deadline_ms)
    WHERE state IN ('queued', 'blocked') AND deadline_ms IS NOT NULL;
CREATE INDEX job_state_unsettled ON job_state (job_id)
    WHERE state IN ('submitting', 'running', 'in_doubt', 'needs_operator');
CREATE INDEX job_state_live_name ON job_state (inventory_id, vm_name, vm_folder)
    WHERE ended_at_ms IS NULL AND vm_name IS NOT NULL;

CREATE TABLE job_events (
    event_id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    vm TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX job_events_by_job ON job_events (job_id);

-- Jobs of batches that are gone already, to be deleted bit by bit.
CREATE TABLE leftovers (first_job INTEGER PRIMARY KEY, end_job INTEGER NOT NULL) STRICT;
)sql";

// Few jobs wait for others; those that do not pay nothing. `vm` is empty until the earlier job has
// succeeded; `needs_vm`: without it the job has nothing to work on.
constexpr const char* chains = R"sql(
CREATE TABLE chains (
    job_id INTEGER PRIMARY KEY,
    after_job INTEGER NOT NULL,
    needs_vm INTEGER NOT NULL CHECK (needs_vm IN (0, 1)),
    vm TEXT NOT NULL,
    released_at_ms INTEGER
) STRICT;
CREATE INDEX chains_after ON chains (after_job);
)sql";

// Jobs that a lost part of the history may have moved: see high_water.hpp.
constexpr const char* suspects = "CREATE TABLE suspects (job_id INTEGER PRIMARY KEY) STRICT;";

// Of the VMs that jobs have made, whose is this one?
constexpr const char* makers =
    "CREATE INDEX job_state_made ON job_state (vm) WHERE vm <> '' AND vm_name IS NOT NULL;";

// What the tasks that an upstream lists are to us. The newest intent comes last, so that the index
// grows at its end. `spent_tasks`: those of earlier attempts.
constexpr const char* tasks = R"sql(
CREATE INDEX job_state_sent ON job_state (sent_at_ms) WHERE task <> '';
CREATE TABLE spent_tasks (
    job_id INTEGER NOT NULL,
    task TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    PRIMARY KEY (job_id, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_tasks_sent ON spent_tasks (sent_at_ms);
)sql";

// What becomes of VMs that failed attempts have left; the number is that of leftover_policy.
constexpr const char* leftovers =
    "ALTER TABLE batches ADD COLUMN leftovers INTEGER NOT NULL DEFAULT 0;";

// Which log belongs to this file: see log_stamp.hpp. One row, always of the same length.
constexpr const char* log_stamp = R"sql(
CREATE TABLE log_stamp (
    stamp_id INTEGER PRIMARY KEY CHECK (stamp_id = 1),
    stamp TEXT NOT NULL
) STRICT;
INSERT INTO log_stamp (stamp_id, stamp) VALUES
    (1, 'cloned-log-stamp ' || hex(zeroblob(8)) || ' ' || hex(randomblob(8)));
)sql";

// Append only: a step that has been released is never changed.
constexpr std::array<const char*, 7> steps{first_schema, chains,    suspects, makers,
                                           tasks,        leftovers, log_stamp};

// "clnd": tells our files from those of other programs.
constexpr int application_id = 0x636c6e64;

int read_int(SQLite::Database& database, const char* question) {
    return database.execAndGet(question).getInt();
}

void check_owner(SQLite::Database& database, int version) {
    const int owner = read_int(database, "PRAGMA application_id");
    const int objects = read_int(database, "SELECT COUNT(*) FROM sqlite_schema");
    const bool fresh = version == 0 && objects == 0;
    if (fresh ? owner != 0 : owner != application_id)
        throw store_failure(
            error(errc::failed_precondition, "the file is a database of another program"));
}

}  // namespace

int schema_version() {
    return static_cast<int>(steps.size());
}

int check_schema(SQLite::Database& database) {
    const int version = read_int(database, "PRAGMA user_version");
    check_owner(database, version);
    if (version > schema_version())
        throw store_failure(
            error(errc::failed_precondition,
                  concat("the database has schema version ", std::to_string(version),
                         ", this program knows versions up to ", std::to_string(schema_version()),
                         ": it was written by a newer release")));
    return version;
}

void migrate(SQLite::Database& database) {
    for (int next = check_schema(database); next < schema_version(); ++next) {
        SQLite::Transaction step(database, SQLite::TransactionBehavior::IMMEDIATE);
        database.exec(steps[static_cast<std::size_t>(next)]);
        database.exec(concat("PRAGMA application_id = ", std::to_string(application_id)));
        database.exec(concat("PRAGMA user_version = ", std::to_string(next + 1)));
        step.commit();
    }
}

}  // namespace cloned::storage
