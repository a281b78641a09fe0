#include "tests/storage/store_world.hpp"

namespace cloned::storage {
namespace {

class SubmitToJobStore : public JobStore {};
CLONED_FOR_EVERY_THREADING(SubmitToJobStore);

job_request full_job() {
    auto job = clone_job("key one", "web-1");
    auto& spec = std::get<vcenter_clone_spec>(job.spec);
    spec.where = {"group-v1", "resgroup-2", "host-3", "domain-c1", "datastore-5"};
    spec.disks_to_remove = {"2000"};
    spec.disks_to_update = {{"2001", "datastore-6"}};
    spec.power_on = true;
    job.priority = job_priority::high;
    job.not_before = after_noon(5000);
    job.deadline = after_noon(90'000);
    job.max_attempts = 7;
    job.labels = {{"owner", "x"}, {"run", "nightly"}};
    return job;
}

TEST_P(SubmitToJobStore, KeepsAllOfAJob) {
    const auto wanted = full_job();

    const auto accepted = value(store->accept(batch_of("a", {wanted})));

    const auto job = value(store->find_job("uid-a", "key one"));
    EXPECT_EQ(job.id, accepted.batch.first_job);
    EXPECT_EQ(job.batch, accepted.batch.id);
    EXPECT_EQ(job.batch_uid, "uid-a");
    EXPECT_EQ(job.tenant, "blue");
    EXPECT_EQ(job.lane, accepted.lanes.at(0).id);
    EXPECT_EQ(job.request.key, wanted.key);
    EXPECT_EQ(job.request.spec, wanted.spec);
    EXPECT_EQ(job.request.endpoint, wanted.endpoint);
    EXPECT_EQ(job.request.cluster, wanted.cluster);
    EXPECT_EQ(job.request.priority, wanted.priority);
    EXPECT_EQ(job.request.not_before, wanted.not_before);
    EXPECT_EQ(job.request.deadline, wanted.deadline);
    EXPECT_EQ(job.request.max_attempts, wanted.max_attempts);
    EXPECT_EQ(job.request.labels, wanted.labels);
    EXPECT_EQ(job.progress.state, job_state::blocked);
    EXPECT_EQ(job.progress.wake_at, wanted.not_before);
    EXPECT_EQ(job.progress.fence, 0);
    EXPECT_EQ(job.accepted_at, noon);
    EXPECT_FALSE(job.ended_at);
}

TEST_P(SubmitToJobStore, TellsWhatWasAdded) {
    auto batch = numbered_batch("a", 3);
    batch.jobs[1].priority = job_priority::low;
    batch.jobs[2].cluster = "domain-c2";
    batch.jobs.push_back(full_job());

    const auto accepted = value(store->accept(std::move(batch)));

    EXPECT_TRUE(accepted.created);
    EXPECT_EQ(accepted.batch.job_count, 4);
    EXPECT_EQ(accepted.batch.counts[job_state::queued], 3);
    EXPECT_EQ(accepted.batch.counts[job_state::blocked], 1);
    EXPECT_EQ(accepted.next_wake, after_noon(5000));
    EXPECT_EQ(accepted.lanes.size(), 2u);
    ASSERT_EQ(accepted.queued.size(), 3u);
    for (const auto& queue : accepted.queued) EXPECT_EQ(queue.jobs, 1);
    EXPECT_EQ(value(store->queues()).size(), 3u);
}

// I1, as far as a process can tell: what was accepted is there after a restart.
TEST_P(SubmitToJobStore, FindsEveryAcceptedJobAfterARestart) {
    const auto first = value(store->accept(numbered_batch("a", 50)));
    value(store->accept(numbered_batch("b", 50)));

    open();

    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 1000)).size(), 100u);
    EXPECT_EQ(batch("uid-a").counts[job_state::queued], 50);
    EXPECT_EQ(value(store->find_job("uid-a", "k49")).id.value, first.batch.first_job.value + 49);
}

TEST_P(SubmitToJobStore, GivesConsecutiveIdsToTheJobsOfABatch) {
    const auto a = value(store->accept(numbered_batch("a", 3)));
    const auto b = value(store->accept(numbered_batch("b", 3)));

    EXPECT_EQ(b.batch.first_job.value, a.batch.first_job.value + 3);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(job(job_id{b.batch.first_job.value + i}).request.key, "k" + std::to_string(i));
}

// I6
TEST_P(SubmitToJobStore, AnswersARepeatedRequestWithTheSameBatch) {
    const auto first = value(store->accept(numbered_batch("a", 3)));
    auto again = numbered_batch("a", 3);
    again.uid = "uid-of-the-repeat";

    const auto second = value(store->accept(std::move(again)));

    EXPECT_FALSE(second.created);
    EXPECT_EQ(second.batch.uid, "uid-a");
    EXPECT_EQ(second.batch.id, first.batch.id);
    EXPECT_EQ(second.lanes.size(), 1u);
    EXPECT_TRUE(second.queued.empty());
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 1000)).size(), 3u);
}

// I6
TEST_P(SubmitToJobStore, RefusesARepeatedRequestWithOtherContent) {
    value(store->accept(numbered_batch("a", 3)));
    auto other = numbered_batch("other", 1);
    other.request_id = "request-a";

    const auto refused = await(store->accept(std::move(other)));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::already_exists);
    EXPECT_NE(refused.error().message().find("batches/uid-a"), std::string::npos);
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 1000)).size(), 3u);
}

// I6
TEST_P(SubmitToJobStore, KeepsTheRequestsOfTenantsApart) {
    value(store->accept(numbered_batch("a", 1)));
    auto other = numbered_batch("b", 1, "red");
    other.request_id = "request-a";

    EXPECT_TRUE(value(store->accept(std::move(other))).created);
}

// I6: two that race are one request as well.
TEST_P(SubmitToJobStore, MakesOneBatchOfTwoEqualRequestsAtOnce) {
    std::optional<batch_result<accepted_batch>> one;
    std::optional<batch_result<accepted_batch>> two;
    start(store->accept(numbered_batch("a", 2)), one);
    start(store->accept(numbered_batch("a", 2)), two);
    run();

    ASSERT_TRUE(one && *one && two && *two);
    EXPECT_NE((*one)->created, (*two)->created);
    EXPECT_EQ((*one)->batch.id, (*two)->batch.id);
}

TEST_P(SubmitToJobStore, FindsARequestByItsTenantIdAndContent) {
    value(store->accept(numbered_batch("a", 1)));

    EXPECT_EQ(value(store->find_request("blue", "request-a", "hash-a")).uid, "uid-a");
    EXPECT_FALSE(await(store->find_request("red", "request-a", "hash-a")));
    EXPECT_FALSE(await(store->find_request("blue", "request-b", "hash-a")));
    EXPECT_EQ(await(store->find_request("blue", "request-a", "other")).error().code(),
              errc::not_found);
}

TEST_P(SubmitToJobStore, RefusesABatchThatIsNotWhole) {
    auto without_jobs = batch_of("a", {});
    auto without_request = numbered_batch("b", 1);
    without_request.request_id.clear();
    auto twice_the_key = batch_of("c", {power_on_job("k", "vm-1"), power_on_job("k", "vm-2")});
    auto without_cluster = numbered_batch("d", 1);
    without_cluster.jobs[0].cluster.clear();

    for (auto* batch : {&without_jobs, &without_request, &twice_the_key, &without_cluster}) {
        const auto refused = await(store->accept(*batch));
        ASSERT_FALSE(refused) << batch->uid;
        EXPECT_EQ(refused.error().code(), errc::invalid_argument) << refused.error().message();
    }
    EXPECT_TRUE(value(store->list_batches({}, batch_id{}, 10)).empty());
    EXPECT_TRUE(value(store->lanes()).empty());
}

TEST_P(SubmitToJobStore, ChecksWithoutKeeping) {
    EXPECT_TRUE(await(store->check(numbered_batch("a", 3))));
    EXPECT_TRUE(value(store->list_batches({}, batch_id{}, 10)).empty());

    value(store->accept(numbered_batch("a", 3)));
    auto other_content = numbered_batch("a", 3);
    other_content.content_hash = "other";
    auto same_names = numbered_batch("a", 3);
    same_names.request_id = "another";

    EXPECT_TRUE(await(store->check(numbered_batch("a", 3))));
    EXPECT_EQ(await(store->check(other_content)).error().code(), errc::already_exists);
    const auto refused = await(store->check(same_names));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::already_exists);
    EXPECT_EQ(refused.error().conflicts.size(), 3u);
}

TEST_P(SubmitToJobStore, StopsAtTheLimitOfLiveJobs) {
    options.max_unfinished_jobs = 4;
    open();
    const auto first = value(store->accept(numbered_batch("a", 3)));

    const auto refused = await(store->accept(numbered_batch("b", 2)));
    const auto checked = await(store->check(numbered_batch("b", 2)));
    value(
        store->change(move_job(first.batch.first_job, 0, job_state::queued, job_state::cancelled)));

    EXPECT_EQ(refused.error().code(), errc::resource_exhausted);
    EXPECT_EQ(checked.error().code(), errc::resource_exhausted);
    EXPECT_TRUE(await(store->accept(numbered_batch("b", 2))));
}

TEST_P(SubmitToJobStore, StopsWhenTheDiskIsNearlyFullButChangesGoOn) {
    const auto first = value(store->accept(numbered_batch("a", 3)));
    options.min_free_bytes = std::int64_t{1} << 60;
    open();

    const auto refused = await(store->accept(numbered_batch("b", 1)));
    const auto repeated = await(store->accept(numbered_batch("a", 3)));
    const auto changed = await(store->change(
        move_job(first.batch.first_job, 0, job_state::queued, job_state::submitting)));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::unavailable);
    EXPECT_NE(refused.error().message().find("MiB"), std::string::npos);
    EXPECT_TRUE(repeated);
    EXPECT_TRUE(changed);
}

TEST_P(SubmitToJobStore, TurnsBatchesAwayWhileTooManyWait) {
    options.max_waiting_jobs = 10;
    open();
    std::vector<std::optional<batch_result<accepted_batch>>> outcomes(5);
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        start(store->accept(numbered_batch("b" + std::to_string(i), 8)), outcomes[i]);
    run();

    std::size_t refused = 0;
    for (const auto& outcome : outcomes) {
        ASSERT_TRUE(outcome);
        if (*outcome) continue;
        ++refused;
        EXPECT_EQ(outcome->error().code(), errc::resource_exhausted);
    }
    EXPECT_EQ(value(store->list_batches({}, batch_id{}, 10)).size(), outcomes.size() - refused);
    if (GetParam() == store_threading::inline_on_loop) {
        EXPECT_EQ(refused, 4u);
    }
}

TEST_P(SubmitToJobStore, KeepsLanesAndTheirSettings) {
    const auto made = value(store->accept(numbered_batch("a", 1))).lanes.at(0);
    const lane_settings settings{true, "maintenance", 12, 7};

    ASSERT_TRUE(await(store->save_lane(made.id, settings)));
    open();
    const auto lanes = value(store->lanes());

    EXPECT_EQ(made.settings, lane_settings());
    EXPECT_EQ(made.key, (lane_key{"vc", "domain-c1", job_kind::vcenter_clone}));
    ASSERT_EQ(lanes.size(), 1u);
    EXPECT_EQ(lanes[0].id, made.id);
    EXPECT_EQ(lanes[0].key, made.key);
    EXPECT_EQ(lanes[0].settings, settings);
    EXPECT_EQ(await(store->save_lane(lane_id{99}, settings)).error().code(), errc::not_found);
}

TEST_P(SubmitToJobStore, RefusesWhatComesAfterClose) {
    value(store->accept(numbered_batch("a", 1)));

    close();
    close();

    EXPECT_EQ(await(store->accept(numbered_batch("b", 1))).error().code(), errc::unavailable);
    EXPECT_EQ(await(store->find_batch("uid-a")).error().code(), errc::unavailable);
}

}  // namespace
}  // namespace cloned::storage
