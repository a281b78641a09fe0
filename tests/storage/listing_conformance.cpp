#include "base/text.hpp"
#include "tests/storage/store_world.hpp"

#include <algorithm>
#include <random>

namespace cloned::storage {
namespace {

class ListingsOfJobStore : public JobStore {
public:
    // Three tenants, two lanes, every state; the same each time.
    void fill() {
        std::mt19937 random(7);
        for (int b = 0; b < 12; ++b) {
            auto batch =
                numbered_batch("b" + std::to_string(b), 10, "tenant-" + std::to_string(b % 3));
            for (std::size_t i = 0; i < batch.jobs.size(); ++i)
                if ((b + static_cast<int>(i)) % 4 == 0) batch.jobs[i].cluster = "domain-c2";
            const auto first = value(store->accept(std::move(batch))).batch.first_job;
            for (int i = 0; i < 10; ++i) {
                const auto to = static_cast<job_state>(random() % job_state_count);
                // Some batches end.
                const auto state = b % 4 == 0 ? job_state::succeeded : to;
                value(
                    store->change(move_job(job_id{first.value + i}, 0, job_state::queued, state)));
            }
        }
    }

    std::vector<std::int64_t> ids(job_filter filter, std::int64_t after, std::size_t limit) {
        std::vector<std::int64_t> found;
        for (const auto& job : value(store->list_jobs(std::move(filter), job_id{after}, limit)))
            found.push_back(job.id.value);
        return found;
    }

    // The same by looking at every job.
    std::vector<std::int64_t> expected(const job_filter& filter,
                                       std::int64_t after,
                                       std::size_t limit) {
        std::vector<std::int64_t> found;
        for (const auto& job : all) {
            const auto& states = filter.states;
            const bool in_states = states.empty() || std::find(states.begin(), states.end(),
                                                               job.progress.state) != states.end();
            if (job.id.value > after && in_states && found.size() < limit &&
                (filter.tenant.empty() || filter.tenant == job.tenant) &&
                (filter.batch_uid.empty() || filter.batch_uid == job.batch_uid) &&
                (!filter.lane || *filter.lane == job.lane))
                found.push_back(job.id.value);
        }
        return found;
    }

    std::vector<job_record> all;
};
CLONED_FOR_EVERY_THREADING(ListingsOfJobStore);

TEST_P(ListingsOfJobStore, FindJobsByEveryCombinationOfFilters) {
    fill();
    for (std::int64_t id = 1; id <= 120; ++id) all.push_back(job(job_id{id}));
    const std::vector<std::vector<job_state>> state_sets{{},
                                                         {job_state::queued},
                                                         {job_state::running, job_state::in_doubt},
                                                         {job_state::failed, job_state::running}};
    for (const auto* tenant : {"", "tenant-1", "nobody"})
        for (const auto* uid : {"", "uid-b4", "uid-b3", "none"})
            for (const auto& states : state_sets)
                for (const auto lane : {0, 1, 2, 9})
                    for (const std::int64_t after : {0, 33, 40, 120})
                        for (const std::size_t limit : {1u, 7u, 1000u}) {
                            job_filter filter{tenant, uid, states, std::nullopt};
                            if (lane != 0) filter.lane = lane_id{lane};
                            ASSERT_EQ(ids(filter, after, limit), expected(filter, after, limit))
                                << tenant << ' ' << uid << ' ' << lane << ' ' << after;
                        }
}

TEST_P(ListingsOfJobStore, TellWhichOtherJobHasMadeAVm) {
    const auto made = [&](const std::string& name, const std::string& inventory,
                          const std::string& vm) {
        auto batch = numbered_batch(name, 1);
        batch.inventories.assign(1, {batch.jobs[0].endpoint, inventory});
        const auto id = value(store->accept(std::move(batch))).batch.first_job;
        auto end = move_job(id, 0, job_state::queued, job_state::succeeded);
        end.vm = vm;
        value(store->change(std::move(end)));
        return id;
    };
    const auto first = made("a", "vc1", "vm-1");
    const auto elsewhere = made("b", "vc2", "vm-1");
    const auto last = made("c", "vc1", "vm-2");

    EXPECT_EQ(value(store->made_by_another(last, "vm-1")), first);
    EXPECT_EQ(value(store->made_by_another(first, "vm-2")), last);
    EXPECT_EQ(value(store->made_by_another(first, "vm-1")), std::nullopt) << "its own";
    EXPECT_EQ(value(store->made_by_another(elsewhere, "vm-2")), std::nullopt)
        << "another inventory";
    EXPECT_EQ(value(store->made_by_another(last, "")), std::nullopt);
}

TEST_P(ListingsOfJobStore, TellWhichTasksWereGivenToJobsOfAnEndpoint) {
    const auto id = value(store->accept(numbered_batch("a", 2))).batch.first_job;
    const job_id other{id.value + 1};
    const auto endpoint = job(id).request.endpoint;
    const auto t0 = from_ms(1'000'000);
    const auto sent = [&](job_id which, std::int64_t fence, const char* task, wall_time at) {
        auto intent = move_job(which, fence, job_state::queued, job_state::submitting);
        intent.sent_at = intent.at = at;
        value(store->change(std::move(intent)));
        auto known = move_job(which, fence + 1, job_state::submitting, job_state::running);
        known.task_id = task;
        value(store->change(std::move(known)));
    };
    const auto shown = [&](const std::string& at_endpoint, wall_time since, std::size_t limit) {
        std::string out;
        for (const auto& one : value(store->tasks_since(at_endpoint, since, limit)))
            out +=
                concat(one.task, one.spent ? " spent " : " ", std::to_string(one.job.value), "; ");
        return out;
    };
    sent(id, 0, "t1", t0);
    sent(other, 0, "t2", t0 + milliseconds(1));
    EXPECT_EQ(shown(endpoint, t0, 10),
              concat("t2 ", std::to_string(other.value), "; t1 ", std::to_string(id.value), "; "));
    EXPECT_EQ(shown(endpoint, t0, 1), concat("t2 ", std::to_string(other.value), "; "));
    EXPECT_EQ(shown(endpoint, t0 + milliseconds(2), 10), "");
    EXPECT_EQ(shown("elsewhere", t0, 10), "");

    auto again = move_job(id, 2, job_state::running, job_state::queued);
    again.task_id = "";
    again.spent_task = "t1";
    again.at = t0 + milliseconds(2);
    value(store->change(std::move(again)));
    EXPECT_EQ(
        shown(endpoint, t0 + milliseconds(1), 10),
        concat("t1 spent ", std::to_string(id.value), "; t2 ", std::to_string(other.value), "; "));
    // Of a change that is refused nothing stays.
    auto stale = move_job(other, 0, job_state::running, job_state::queued);
    stale.task_id = "";
    stale.spent_task = "t2";
    EXPECT_FALSE(await(store->change(std::move(stale))));
    EXPECT_EQ(shown(endpoint, t0 + milliseconds(2), 10),
              concat("t1 spent ", std::to_string(id.value), "; "));
}

TEST_P(ListingsOfJobStore, FindBatchesNewestFirst) {
    fill();
    const auto uids = [&](const char* tenant, std::optional<bool> ended, std::int64_t before,
                          std::size_t limit) {
        std::string found;
        for (const auto& batch :
             value(store->list_batches(batch_filter{tenant, ended}, batch_id{before}, limit)))
            found += batch.uid.substr(4) + " ";
        return found;
    };

    EXPECT_EQ(uids("", {}, 0, 3), "b11 b10 b9 ");
    EXPECT_EQ(uids("", {}, 3, 10), "b1 b0 ");
    EXPECT_EQ(uids("", true, 0, 10), "b8 b4 b0 ");
    EXPECT_EQ(uids("", false, 0, 3), "b11 b10 b9 ");
    EXPECT_EQ(uids("tenant-1", {}, 0, 10), "b10 b7 b4 b1 ");
    EXPECT_EQ(uids("tenant-1", true, 0, 10), "b4 ");
    EXPECT_EQ(uids("tenant-1", false, 0, 2), "b10 b7 ");
    EXPECT_EQ(uids("tenant-1", false, 9, 10), "b7 b1 ");
    EXPECT_EQ(uids("nobody", {}, 0, 10), "");
}

TEST_P(ListingsOfJobStore, CountEveryQueue) {
    auto batch = numbered_batch("a", 6);
    batch.jobs[1].priority = job_priority::high;
    batch.jobs[2].priority = job_priority::high;
    batch.jobs[3].cluster = "domain-c2";
    const auto first = value(store->accept(std::move(batch))).batch.first_job.value;
    value(store->accept(numbered_batch("b", 2, "red")));
    value(store->change(move_job(job_id{first + 1}, 0, job_state::queued, job_state::running)));
    value(store->change(move_job(job_id{first + 3}, 0, job_state::queued, job_state::running)));

    const auto queues = value(store->queues());

    ASSERT_EQ(queues.size(), 3u);
    EXPECT_EQ(queues[0].queue.priority, job_priority::normal);
    EXPECT_EQ(queues[0].jobs, 3);
    EXPECT_EQ(queues[0].first_job, first);
    EXPECT_EQ(queues[1].queue.priority, job_priority::high);
    EXPECT_EQ(queues[1].jobs, 1);
    EXPECT_EQ(queues[1].first_job, first + 2);
    EXPECT_NE(queues[2].queue.tenant, queues[0].queue.tenant);
    EXPECT_EQ(queues[2].jobs, 2);
}

TEST_P(ListingsOfJobStore, LoadAQueueInTheOrderOfItsJobs) {
    value(store->accept(numbered_batch("a", 5)));
    value(store->accept(numbered_batch("b", 5, "red")));
    value(store->accept(numbered_batch("c", 5)));
    const auto queue = value(store->queues()).at(0).queue;

    const auto some = value(store->load_queue(queue, 7));

    ASSERT_EQ(some.size(), 7u);
    for (std::int64_t i = 0; i < 5; ++i)
        EXPECT_EQ(some[static_cast<std::size_t>(i)].id.value, i + 1);
    EXPECT_EQ(some[5].id.value, 11);
    EXPECT_EQ(some[6].id.value, 12);
    EXPECT_EQ(some[5].lane, queue.lane);
    EXPECT_EQ(some[5].tenant, queue.tenant);
    EXPECT_EQ(some[5].accepted_at, noon);
    EXPECT_EQ(std::get<vcenter_clone_spec>(some[5].spec).name, "c-0");
    EXPECT_EQ(value(store->queue_position(queue, some[5].id)), 5);
    EXPECT_EQ(value(store->queue_position(queue, job_id{1})), 0);
}

TEST_P(ListingsOfJobStore, LoadWhatAStartMustSettle) {
    fill();
    std::vector<std::int64_t> unsettled;
    for (std::int64_t id = 1; id <= 120; ++id)
        if (is_unsettled(job(job_id{id}).progress.state)) unsettled.push_back(id);

    open();
    std::vector<std::int64_t> loaded;
    for (const auto& job : value(store->load_unsettled())) loaded.push_back(job.id.value);

    EXPECT_FALSE(loaded.empty());
    EXPECT_EQ(loaded, unsettled);
}

TEST_P(ListingsOfJobStore, LoadTheJobsOfABatchByState) {
    const auto accepted = value(store->accept(numbered_batch("a", 5))).batch;
    const auto first = accepted.first_job.value;
    value(store->change(move_job(job_id{first + 1}, 0, job_state::queued, job_state::failed)));
    value(store->change(move_job(job_id{first + 3}, 0, job_state::queued, job_state::failed)));

    const auto failed =
        value(store->load_batch(accepted.id, {job_state::failed}, job_id{first + 1}, 10));

    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0].id.value, first + 3);
    EXPECT_EQ(failed[0].progress.fence, 1);
    EXPECT_EQ(value(store->load_batch(accepted.id, {}, job_id{}, 3)).size(), 3u);
    EXPECT_TRUE(value(store->load_batch(batch_id{99}, {}, job_id{}, 3)).empty());
}

TEST_P(ListingsOfJobStore, SayWhatIsNotThere) {
    EXPECT_EQ(await(store->find_batch("none")).error().code(), errc::not_found);
    EXPECT_EQ(await(store->find_job("none", "k")).error().code(), errc::not_found);
    EXPECT_EQ(await(store->find_job(job_id{5})).error().code(), errc::not_found);
    EXPECT_FALSE(value(store->next_due()).wake);
    EXPECT_TRUE(value(store->queues()).empty());
}

}  // namespace
}  // namespace cloned::storage
