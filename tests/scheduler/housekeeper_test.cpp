#include "daemon/scheduler/housekeeper.hpp"

#include "storage/sqlite/open_store.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;

// A store that fails must not keep the loop from everything else.
TEST(Housekeeper, PausesBetweenItsRoundsWhileTheStoreFails) {
    testing::temp_dir dir;
    testing::world here;
    storage::sqlite_store_options where;
    where.path = dir.file("queue.db");
    where.threading = storage::store_threading::inline_on_loop;
    auto store = storage::open_sqlite_job_store(here.loop, where);
    ASSERT_TRUE(store);
    here.run((*store)->close());
    random_source random(1);
    planner plan(planner_options(), random);
    const auto dispatch = here.time.make_alarm();
    housekeeper keeper(**store, here.time, {}, plan, *dispatch);
    asio::co_spawn(here.loop.get_executor(), keeper.run(), [](std::exception_ptr) {});

    int turns = 0;
    for (int round = 0; round < 5; ++round) {
        here.loop.restart();
        while (turns < 1'000 && here.loop.poll_one() > 0) ++turns;
        here.time.advance();
    }

    EXPECT_LT(turns, 1'000);
    EXPECT_GE(here.time.now() - steady_time(1h), 8s) << "it goes on asking, at its pace";
    here.loop.stop();
}

}  // namespace
}  // namespace cloned::scheduler
