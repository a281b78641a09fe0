#pragma once

#include "storage/sqlite/open_store.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloned::storage {

inline constexpr wall_time noon = wall_time(milliseconds(1'700'000'000'000));

inline wall_time after_noon(std::int64_t ms) {
    return noon + milliseconds(ms);
}

// A loop, a directory and a store in it.
class store_world {
public:
    explicit store_world(store_threading threading) {
        options.path = dir.file("queue.db");
        options.threading = threading;
        options.min_free_bytes = 0;
        options.on_room = [this](std::optional<std::string> full) {
            room.push_back(std::move(full));
        };
        options.on_poisoned = [this](std::string why) { poisoned.push_back(std::move(why)); };
    }
    ~store_world() {
        store.reset();
        // What was posted meanwhile refers to this world.
        loop.restart();
        loop.poll();
    }
    store_world(const store_world&) = delete;
    store_world& operator=(const store_world&) = delete;

    // Also after the store has been dropped: then it is a restart.
    void open() {
        store.reset();
        auto opened = open_sqlite_job_store(loop, options);
        ASSERT_TRUE(opened) << opened.error().message();
        store = std::move(*opened);
    }

    // Starts a task whose outcome appears in `into` when run() has returned.
    template <class T>
    void start(task<T> body, std::optional<T>& into) {
        asio::co_spawn(loop.get_executor(), std::move(body),
                       [&into](std::exception_ptr thrown, T value) {
                           ASSERT_FALSE(thrown);
                           into.emplace(std::move(value));
                       });
    }

    void run() {
        loop.restart();
        loop.run();
    }

    template <class T>
    T await(task<T> body) {
        std::optional<T> outcome;
        start(std::move(body), outcome);
        run();
        EXPECT_TRUE(outcome) << "the task did not end";
        return outcome ? std::move(*outcome) : T();
    }

    // For what must succeed.
    template <class T, class Error>
    T value(task<tl::expected<T, Error>> body) {
        auto outcome = await(std::move(body));
        if (outcome) return std::move(*outcome);
        ADD_FAILURE() << outcome.error().message();
        return T();
    }

    void close() {
        asio::co_spawn(loop.get_executor(), store->close(),
                       [](std::exception_ptr thrown) { ASSERT_FALSE(thrown); });
        run();
    }

    job_record job(job_id id) { return value(store->find_job(id)); }
    batch_record batch(const std::string& uid) { return value(store->find_batch(uid)); }

    testing::temp_dir dir;
    asio::io_context loop{1};
    sqlite_store_options options;
    std::vector<std::string> poisoned;
    std::vector<std::optional<std::string>> room;  // what it told of the disk's
    std::unique_ptr<job_store> store;
};

// A conformance test runs for every way of threading.
class JobStore : public ::testing::TestWithParam<store_threading>, public store_world {
public:
    JobStore() : store_world(GetParam()) {}
    void SetUp() override { open(); }
};

inline std::string threading_name(const ::testing::TestParamInfo<store_threading>& info) {
    return info.param == store_threading::own_threads ? "OwnThreads" : "InlineOnLoop";
}

#define CLONED_FOR_EVERY_THREADING(Fixture)                                               \
    INSTANTIATE_TEST_SUITE_P(                                                             \
        , Fixture,                                                                        \
        ::testing::Values(store_threading::own_threads, store_threading::inline_on_loop), \
        threading_name)

// --- what tests submit

inline job_request clone_job(std::string key,
                             std::string vm_name,
                             std::string folder = "group-v1") {
    vcenter_clone_spec spec;
    spec.source = "vm-7";
    spec.name = std::move(vm_name);
    spec.where.folder = std::move(folder);
    job_request job;
    job.key = std::move(key);
    job.spec = std::move(spec);
    job.endpoint = "vc";
    job.cluster = "domain-c1";
    return job;
}

inline job_request power_on_job(std::string key, std::string vm) {
    job_request job;
    job.key = std::move(key);
    job.spec = power_on_spec{std::move(vm), false};
    job.endpoint = "vc";
    job.cluster = "domain-c1";
    return job;
}

inline new_batch batch_of(std::string name,
                          std::vector<job_request> jobs,
                          std::string tenant = "blue") {
    new_batch batch;
    batch.uid = "uid-" + name;
    batch.tenant = std::move(tenant);
    batch.request_id = "request-" + name;
    batch.content_hash = "hash-" + name;
    batch.display_name = "the batch " + name;
    batch.at = noon;
    batch.jobs = std::move(jobs);
    batch.inventories = {{"vc", "vc"}, {"snap", "vc"}, {"vc2", "vc2"}};
    return batch;
}

// `count` jobs with keys k0, k1, … and VM names of their own.
inline new_batch numbered_batch(const std::string& name, int count, std::string tenant = "blue") {
    std::vector<job_request> jobs;
    for (int i = 0; i < count; ++i)
        jobs.push_back(clone_job("k" + std::to_string(i), name + "-" + std::to_string(i)));
    return batch_of(name, std::move(jobs), std::move(tenant));
}

// What load_unsettled() is to find.
inline bool is_unsettled(job_state state) {
    return state == job_state::submitting || state == job_state::running ||
           state == job_state::in_doubt || state == job_state::needs_operator;
}

inline job_change move_job(
    job_id id, std::int64_t fence, job_state from, job_state to, wall_time at = noon) {
    job_change change;
    change.id = id;
    change.fence = fence;
    change.from = from;
    change.to = to;
    change.at = at;
    if (to == job_state::blocked) change.wake_at = at + milliseconds(1000);
    return change;
}

}  // namespace cloned::storage
