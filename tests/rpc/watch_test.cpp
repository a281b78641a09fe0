#include "tests/rpc/served.hpp"

#include <gtest/gtest.h>

namespace cloned::rpc::test {
namespace {

// A client that watches; the responses come by next().
template <class Response>
class watcher {
public:
    template <class Request, class Method>
    watcher(const served& server,
            const Request& request,
            Method method,
            const std::string& tenant = "")
        : stub_(server.jobs()), context_(patient(tenant)) {
        reader_ = ((*stub_).*method)(context_.get(), request);
    }
    ~watcher() {
        context_->TryCancel();
        if (!finished_) reader_->Finish();
    }

    // Nothing: the stream has ended.
    std::optional<Response> next() {
        Response out;
        if (!reader_->Read(&out)) return std::nullopt;
        return out;
    }
    grpc::Status finish() {
        finished_ = true;
        return reader_->Finish();
    }
    void cancel() { context_->TryCancel(); }

private:
    std::unique_ptr<v1::JobService::Stub> stub_;
    std::unique_ptr<grpc::ClientContext> context_;
    std::unique_ptr<grpc::ClientReader<Response>> reader_;
    bool finished_ = false;
};

using batch_watcher = watcher<v1::WatchBatchResponse>;
using jobs_watcher = watcher<v1::WatchJobsResponse>;

batch_watcher watch_batch(const served& server,
                          const std::string& name,
                          const std::string& token = "",
                          const std::string& tenant = "") {
    v1::WatchBatchRequest request;
    request.set_name(name);
    request.set_resume_token(token);
    return {server, request, &v1::JobService::Stub::WatchBatch, tenant};
}

jobs_watcher watch_jobs(const served& server,
                        const std::string& parent,
                        const std::string& token = "",
                        const std::string& tenant = "") {
    v1::WatchJobsRequest request;
    request.set_parent(parent);
    request.set_resume_token(token);
    return {server, request, &v1::JobService::Stub::WatchJobs, tenant};
}

// Reads on until that many events have come.
template <class Watcher>
std::vector<std::string> keys_of_events(Watcher& from,
                                        std::size_t count,
                                        std::string* token = nullptr) {
    std::vector<std::string> out;
    while (out.size() < count) {
        const auto message = from.next();
        if (!message) break;
        EXPECT_LE(message->events_size(), 500);
        for (const auto& event : message->events())
            out.push_back(event.job().substr(event.job().rfind('/') + 1));
        if (token) *token = message->resume_token();
    }
    return out;
}

TEST(WatchBatch, ShowsThePresentStateFirstThenEachChangeAndEndsWhenDone) {
    served server;
    const auto batch = server.submit(2);
    server.move_job(batch, "job-0", job_state::running);
    auto watching = watch_batch(server, batch);

    const auto present = watching.next();
    ASSERT_TRUE(present);
    EXPECT_EQ(present->batch().counts().running(), 1);
    EXPECT_EQ(present->events_size(), 0);
    EXPECT_FALSE(present->resume_token().empty());

    server.move_job(batch, "job-0", job_state::succeeded);
    const auto change = watching.next();
    ASSERT_TRUE(change);
    ASSERT_EQ(change->events_size(), 1);
    EXPECT_EQ(change->events(0).job(), batch + "/jobs/job-0");
    EXPECT_EQ(change->events(0).from_state(), v1::JOB_STATE_RUNNING);
    EXPECT_EQ(change->events(0).state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_EQ(change->batch().counts().succeeded(), 1);

    server.move_job(batch, "job-1", job_state::needs_operator);
    const auto last = watching.next();
    ASSERT_TRUE(last);
    EXPECT_TRUE(last->batch().done());
    EXPECT_FALSE(watching.next());
    EXPECT_TRUE(watching.finish().ok());
}

TEST(WatchBatch, OfADoneBatchShowsItAndEnds) {
    served server;
    const auto batch = server.submit(1);
    server.move_job(batch, "job-0", job_state::failed);
    auto watching = watch_batch(server, batch);

    const auto present = watching.next();
    ASSERT_TRUE(present);
    EXPECT_TRUE(present->batch().done());
    EXPECT_FALSE(watching.next());
    EXPECT_TRUE(watching.finish().ok());
}

TEST(WatchBatch, ResumesWithoutGapOrRepeatInPagesOf500) {
    served server;
    const auto batch = server.submit(1200);
    std::string token;
    {
        auto watching = watch_batch(server, batch);
        token = watching.next()->resume_token();
        server.move_job(batch, "job-0", job_state::succeeded);
        EXPECT_EQ(keys_of_events(watching, 1, &token), std::vector<std::string>{"job-0"});
    }
    server.on_loop([&] {
        for (int i = 1; i < 1200; ++i)
            server.store.move_job(batch.substr(8), "job-" + std::to_string(i), job_state::failed);
    });

    auto again = watch_batch(server, batch, token);

    const auto keys = keys_of_events(again, 1199);
    ASSERT_EQ(keys.size(), 1199U);
    for (std::size_t i = 0; i < keys.size(); ++i)
        ASSERT_EQ(keys[i], "job-" + std::to_string(i + 1));
    EXPECT_FALSE(again.next());
    EXPECT_TRUE(again.finish().ok());
}

TEST(WatchBatch, DeliversEveryChangeWhileTheyHappen) {
    served server;
    const auto batch = server.submit(300);
    auto watching = watch_batch(server, batch);
    ASSERT_TRUE(watching.next());
    std::thread mover([&] {
        for (int i = 0; i < 300; ++i)
            server.move_job(batch, "job-" + std::to_string(i), job_state::succeeded);
    });

    const auto keys = keys_of_events(watching, 300);
    mover.join();

    ASSERT_EQ(keys.size(), 300U);
    for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(keys[i], "job-" + std::to_string(i));
    EXPECT_FALSE(watching.next());
    EXPECT_TRUE(watching.finish().ok());
}

TEST(WatchBatch, HidesTheChangesOfOtherBatches) {
    served server;
    const auto mine = server.submit(1);
    const auto other = server.submit(1, other_request_id);
    auto watching = watch_batch(server, mine);
    ASSERT_TRUE(watching.next());

    server.move_job(other, "job-0", job_state::failed);
    server.move_job(mine, "job-0", job_state::succeeded);

    const auto change = watching.next();
    ASSERT_TRUE(change);
    ASSERT_EQ(change->events_size(), 1);
    EXPECT_EQ(change->events(0).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(WatchBatch, RefusesTokensOfOtherWatchesAndTenants) {
    served server;
    const auto mine = server.submit(1);
    const auto other = server.submit(1, other_request_id);
    const auto token = watch_batch(server, other).next()->resume_token();

    EXPECT_EQ(watch_batch(server, mine, token).finish().error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(watch_batch(server, mine, "junk").finish().error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(watch_batch(server, mine, "", "red").finish().error_code(), grpc::NOT_FOUND);
    EXPECT_EQ(watch_batch(server, "batches/x").finish().error_code(), grpc::INVALID_ARGUMENT);
}

TEST(WatchBatch, RefusesATokenFromAnotherDatabase) {
    std::string token;
    const auto request = good_batch(1);
    {
        served server;
        const auto batch = server.submit(1);
        server.move_job(batch, "job-0", job_state::running);
        token = watch_batch(server, batch).next()->resume_token();
    }
    // The same seed gives the batch the same name.
    served empty;
    const auto batch = empty.submit(1);

    EXPECT_EQ(watch_batch(empty, batch, token).finish().error_code(), grpc::INVALID_ARGUMENT);
}

TEST(WatchBatch, FreesItsPlaceWhenTheClientGoes) {
    server_options options;
    options.watchers_max = 1;
    served server(options);
    const auto batch = server.submit(1);
    auto first = watch_batch(server, batch);
    ASSERT_TRUE(first.next());
    const auto refused = watch_batch(server, batch).finish();
    EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
    EXPECT_TRUE(has_retry_info(refused));

    first.cancel();
    EXPECT_EQ(first.finish().error_code(), grpc::CANCELLED);

    // The server hears of it a moment later.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    bool taken = false;
    while (!taken && std::chrono::steady_clock::now() < give_up)
        taken = watch_batch(server, batch).next().has_value();
    EXPECT_TRUE(taken);
}

TEST(WatchBatch, DoesNotReadOnWhileItsClientDoesNot) {
    served server;
    const auto batch = server.submit(10'000);
    auto slow = watch_batch(server, batch);
    ASSERT_TRUE(slow.next());
    auto quick = watch_batch(server, batch);
    ASSERT_TRUE(quick.next());
    const std::string uid = batch.substr(8);
    const std::string words(1500, 'w');
    server.on_loop([&] {
        for (int round = 0; round < 2; ++round)
            for (int i = 0; i < 10'000; ++i)
                server.store.move_job(uid, "job-" + std::to_string(i % 50),
                                      round % 2 == 0 ? job_state::running : job_state::queued,
                                      words);
    });

    // 40 messages of 0.8 MB are far more than a connection buffers.
    EXPECT_EQ(keys_of_events(quick, 20'000).size(), 20'000U);
    const int reads = server.on_loop([&] { return server.store.event_reads; });
    EXPECT_LT(reads, 70);
    EXPECT_EQ(keys_of_events(slow, 20'000).size(), 20'000U);
}

TEST(WatchJobs, ShowsThePresentJobsThenTheChanges) {
    served server;
    const auto batch = server.submit(700);
    auto watching = watch_jobs(server, "batches/-");
    int present = 0;
    std::string token;
    while (token.empty()) {
        const auto message = watching.next();
        ASSERT_TRUE(message);
        EXPECT_LE(message->jobs_size(), 500);
        present += message->jobs_size();
        token = message->resume_token();
    }
    EXPECT_EQ(present, 700);

    server.move_job(batch, "job-3", job_state::running);
    EXPECT_EQ(keys_of_events(watching, 1), std::vector<std::string>{"job-3"});
}

TEST(WatchJobs, ShowsOneTenantsChangesOnlyAndTheirBatches) {
    served server;
    const auto mine = server.submit(1);
    v1::SubmitBatchResponse foreign;
    ASSERT_TRUE(server.jobs()
                    ->SubmitBatch(patient("red").get(), good_batch(2, other_request_id), &foreign)
                    .ok());
    auto watching = watch_jobs(server, "batches/-");
    EXPECT_EQ(watching.next()->jobs_size(), 1);
    EXPECT_FALSE(watching.next()->resume_token().empty());

    server.move_job(foreign.batch().name(), "job-1", job_state::failed);
    server.move_job(mine, "job-0", job_state::running);

    const auto change = watching.next();
    ASSERT_TRUE(change);
    ASSERT_EQ(change->events_size(), 1);
    EXPECT_EQ(change->events(0).job(), mine + "/jobs/job-0");
}

TEST(WatchJobs, ResumesWithoutTheJobsAndWithoutAGap) {
    served server;
    const auto batch = server.submit(3);
    std::string token;
    {
        auto watching = watch_jobs(server, batch);
        while (token.empty()) token = watching.next()->resume_token();
    }
    server.move_job(batch, "job-1", job_state::running);
    server.move_job(batch, "job-1", job_state::succeeded);

    auto again = watch_jobs(server, batch, token);

    const auto message = again.next();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->jobs_size(), 0);
    EXPECT_EQ(message->events_size(), 2);
    EXPECT_EQ(watch_jobs(server, "batches/-", token).finish().error_code(), grpc::INVALID_ARGUMENT);
}

TEST(Drain, EndsWatchersAtOnceAndTurnsNewCallsAway) {
    served server;
    const auto batch = server.submit(1);
    auto one = watch_batch(server, batch);
    auto all = watch_jobs(server, "batches/-");
    ASSERT_TRUE(one.next());
    ASSERT_TRUE(all.next());

    server.drain();

    EXPECT_FALSE(one.next());
    const auto ended = one.finish();
    EXPECT_EQ(ended.error_code(), grpc::UNAVAILABLE);
    EXPECT_TRUE(has_retry_info(ended));
    while (all.next()) continue;
    EXPECT_EQ(all.finish().error_code(), grpc::UNAVAILABLE);
    v1::GetBatchRequest request;
    request.set_name(batch);
    v1::Batch shown;
    const auto turned_away = server.jobs()->GetBatch(patient().get(), request, &shown);
    EXPECT_EQ(turned_away.error_code(), grpc::UNAVAILABLE);
    EXPECT_EQ(info_of(turned_away).reason(), "STOPPING");
}

TEST(Stop, IsQuickWithWatchersOpenAndOneOfThemNotReading) {
    served server;
    const auto batch = server.submit(10'000);
    auto reading = watch_batch(server, batch);
    auto idle = watch_jobs(server, "batches/-");
    ASSERT_TRUE(reading.next());
    ASSERT_TRUE(idle.next());

    const auto took = server.stop(milliseconds(500));

    EXPECT_LT(took, milliseconds(5000));
    EXPECT_FALSE(reading.next());
    EXPECT_EQ(reading.finish().error_code(), grpc::UNAVAILABLE);
}

}  // namespace
}  // namespace cloned::rpc::test
