#include "tests/rpc/served.hpp"

#include <gtest/gtest.h>

namespace cloned::rpc::test {
namespace {

struct answer {
    grpc::Status status;
    v1::SubmitBatchResponse response;
};

answer submit(const served& server,
              const v1::SubmitBatchRequest& request,
              const std::string& tenant = "") {
    answer out;
    const auto context = patient(tenant);
    out.status = server.jobs()->SubmitBatch(context.get(), request, &out.response);
    return out;
}

answer submit_stream(const served& server, const std::vector<v1::SubmitJobsRequest>& messages) {
    answer out;
    const auto context = patient();
    const auto stub = server.jobs();
    const auto writer = stub->SubmitJobs(context.get(), &out.response);
    for (const auto& message : messages)
        if (!writer->Write(message)) break;
    writer->WritesDone();
    out.status = writer->Finish();
    return out;
}

// The jobs of a batch, `each` to a message.
std::vector<v1::SubmitJobsRequest> in_pieces(const v1::SubmitBatchRequest& batch, int each) {
    std::vector<v1::SubmitJobsRequest> out;
    for (int i = 0; i < batch.jobs_size(); ++i) {
        if (i % each == 0) out.emplace_back();
        *out.back().add_jobs() = batch.jobs(i);
    }
    out.front().set_request_id(batch.request_id());
    out.front().set_display_name(batch.display_name());
    out.front().set_validate_only(batch.validate_only());
    out.back().set_complete(true);
    return out;
}

TEST(SubmitBatch, AcceptsAndTellsTheSchedulerBeforeItAnswers) {
    served server;

    const auto first = submit(server, good_batch(3));

    ASSERT_TRUE(first.status.ok()) << first.status.error_message();
    EXPECT_TRUE(first.response.created());
    EXPECT_EQ(first.response.batch().job_count(), 3);
    EXPECT_EQ(first.response.batch().tenant(), "default");
    const auto announced = server.on_loop([&] { return server.control.announced; });
    ASSERT_EQ(announced.size(), 1U);
    EXPECT_EQ("batches/" + announced[0], first.response.batch().name());
}

TEST(SubmitBatch, GivesTheSameBatchForTheSameRequest_I6) {
    served server;
    const auto first = submit(server, good_batch(3));

    const auto second = submit(server, good_batch(3));

    ASSERT_TRUE(second.status.ok());
    EXPECT_FALSE(second.response.created());
    EXPECT_EQ(second.response.batch().name(), first.response.batch().name());
    EXPECT_EQ(server.on_loop([&] { return server.store.accepted; }), 1);
    EXPECT_EQ(server.on_loop([&] { return server.control.announced.size(); }), 1U);
}

TEST(SubmitBatch, RefusesTheSameRequestIdWithOtherContent_I6) {
    served server;
    submit(server, good_batch(3));

    const auto second = submit(server, good_batch(2));

    EXPECT_EQ(second.status.error_code(), grpc::ALREADY_EXISTS);
    EXPECT_EQ(info_of(second.status).reason(), "REQUEST_ID_REUSED");
}

TEST(SubmitBatch, KeepsTheRequestIdsOfTenantsApart) {
    served server;
    submit(server, good_batch(1), "red");

    auto other = good_batch(1);
    other.mutable_jobs(0)->mutable_linked_clone()->set_name("another");
    EXPECT_TRUE(submit(server, other, "blue").response.created());
}

TEST(SubmitBatch, AnswersARepeatWhoseDeadlineHasPassedSince_I6) {
    served server;
    auto request = good_batch(1);
    request.mutable_jobs(0)->mutable_deadline()->set_seconds(1'000'000'000);
    // As it was when the request came first.
    const endpoint_directory endpoints(some_endpoints());
    batch_reader reader(endpoints, batch_rules(), from_ms(0));
    reader.header({request.request_id(), request.display_name(), false, request.leftover_policy()});
    reader.job(request.jobs(0));
    auto earlier = reader.finish();
    ASSERT_TRUE(earlier.problems.empty());
    earlier.batch.tenant = "default";
    earlier.batch.uid = other_request_id;
    std::promise<void> kept;
    asio::co_spawn(server.loop, server.store.accept(std::move(earlier.batch)),
                   [&](std::exception_ptr, auto) { kept.set_value(); });
    kept.get_future().wait();

    const auto repeat = submit(server, request);

    ASSERT_TRUE(repeat.status.ok()) << repeat.status.error_message();
    EXPECT_FALSE(repeat.response.created());
    EXPECT_EQ(repeat.response.batch().name(), std::string("batches/") + other_request_id);

    // The same mistake in a request that was never accepted stays a mistake.
    request.set_request_id("11111111-d9cb-469f-a165-70867728950e");
    EXPECT_EQ(submit(server, request).status.error_code(), grpc::INVALID_ARGUMENT);
}

TEST(SubmitBatch, ReportsEveryMistakeWithItsField) {
    served server;
    auto request = good_batch(3);
    request.mutable_jobs(0)->mutable_linked_clone()->clear_vm();
    request.mutable_jobs(2)->mutable_linked_clone()->set_name("a/b");

    const auto refused = submit(server, request);

    EXPECT_EQ(refused.status.error_code(), grpc::INVALID_ARGUMENT);
    const auto bad = bad_fields_of(refused.status);
    ASSERT_EQ(bad.field_violations_size(), 2);
    EXPECT_EQ(bad.field_violations(0).field(), "jobs[0].linked_clone.vm");
    EXPECT_EQ(bad.field_violations(1).field(), "jobs[2].linked_clone.name");
    EXPECT_EQ(server.on_loop([&] { return server.store.accepted; }), 0);
}

TEST(SubmitBatch, ReportsThousandsOfMistakesInATrailerThatArrives) {
    served server;
    auto request = good_batch(5000);
    for (auto& job : *request.mutable_jobs()) job.mutable_linked_clone()->set_name("a/b");

    const auto refused = submit(server, request);

    EXPECT_EQ(refused.status.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(info_of(refused.status).metadata().at("problems"), "5000");
}

TEST(SubmitBatch, RefusesNamesInUseWithTheirFields_I7) {
    served server;
    submit(server, good_batch(2));
    auto request = good_batch(3);
    request.set_request_id(other_request_id);

    const auto refused = submit(server, request);

    EXPECT_EQ(refused.status.error_code(), grpc::FAILED_PRECONDITION);
    EXPECT_EQ(info_of(refused.status).reason(), "VM_NAME_TAKEN");
    const auto bad = bad_fields_of(refused.status);
    ASSERT_EQ(bad.field_violations_size(), 2);
    EXPECT_EQ(bad.field_violations(1).field(), "jobs[1].linked_clone.name");
}

TEST(SubmitBatch, ChecksAndKeepsNothingIfAskedTo) {
    served server;
    auto request = good_batch(2);
    request.set_validate_only(true);

    const auto good = submit(server, request);
    ASSERT_TRUE(good.status.ok());
    EXPECT_EQ(good.response.batch().name(), "");
    EXPECT_EQ(server.on_loop([&] { return server.store.checked; }), 1);
    EXPECT_EQ(server.on_loop([&] { return server.store.accepted; }), 0);

    request.set_validate_only(false);
    submit(server, request);
    request.set_validate_only(true);
    EXPECT_EQ(submit(server, request).status.error_code(), grpc::FAILED_PRECONDITION);
}

TEST(SubmitBatch, SaysWhenToTryAgainWhenTheStoreCannot) {
    served server;
    server.on_loop([&] { server.store.refusal = error(errc::unavailable, "the disk is full"); });

    const auto refused = submit(server, good_batch(1));

    EXPECT_EQ(refused.status.error_code(), grpc::UNAVAILABLE);
    EXPECT_EQ(refused.status.error_message(), "the disk is full");
    EXPECT_TRUE(has_retry_info(refused.status));
}

TEST(SubmitBatch, TakesTenThousandJobsAndNotOneMore) {
    served server;
    EXPECT_TRUE(submit(server, good_batch(10'000)).status.ok());

    const auto refused = submit(server, good_batch(10'001, other_request_id));
    EXPECT_EQ(refused.status.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(bad_fields_of(refused.status).field_violations(0).field(), "jobs");
}

TEST(SubmitBatch, RefusesAMessageOverTheLimit) {
    server_options options;
    options.message_bytes_max = 100'000;
    served server(options);

    EXPECT_EQ(submit(server, good_batch(3000)).status.error_code(), grpc::RESOURCE_EXHAUSTED);
    EXPECT_TRUE(submit(server, good_batch(300)).status.ok());
}

TEST(SubmitBatch, GoesOnToTellTheSchedulerWhenItsClientGivesUp_I1) {
    served server;
    std::promise<void> reached;
    server.on_loop([&] { server.store.before_accept = [&] { reached.set_value(); }; });
    server.hold_loop();
    const auto stub = server.jobs();
    grpc::ClientContext context;
    v1::SubmitBatchResponse response;
    std::thread caller([&] {
        EXPECT_EQ(stub->SubmitBatch(&context, good_batch(1), &response).error_code(),
                  grpc::CANCELLED);
    });
    // The call waits for the loop only after gRPC's thread has checked it; a call that is given up
    // before is not begun, which is right as well.
    context.TryCancel();
    caller.join();
    server.release_loop();

    const bool accepted = server.on_loop([&] { return server.store.accepted == 1; });
    EXPECT_EQ(server.on_loop([&] { return server.control.announced.size(); }), accepted ? 1U : 0U);
}

TEST(SubmitJobs, AcceptsAStreamAsOneBatch) {
    served server;
    const auto batch = good_batch(250);

    const auto taken = submit_stream(server, in_pieces(batch, 100));

    ASSERT_TRUE(taken.status.ok()) << taken.status.error_message();
    EXPECT_EQ(taken.response.batch().job_count(), 250);
    // The same content is the same request, however it comes.
    EXPECT_FALSE(submit(server, batch).response.created());
}

TEST(SubmitJobs, AcceptsNothingOfAStreamThatWasCutOff) {
    served server;
    auto messages = in_pieces(good_batch(20), 10);
    messages.back().set_complete(false);

    const auto refused = submit_stream(server, messages);

    EXPECT_EQ(refused.status.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(bad_fields_of(refused.status).field_violations(0).field(), "complete");
    EXPECT_EQ(server.on_loop([&] { return server.store.accepted; }), 0);
}

TEST(SubmitJobs, RefusesHeadersThatDisagreeAndMessagesAfterTheLast) {
    served server;
    auto messages = in_pieces(good_batch(30), 10);
    messages[0].set_complete(true);
    messages[1].set_request_id(other_request_id);
    messages[2].set_display_name("other");
    messages[2].set_validate_only(true);

    const auto refused = submit_stream(server, messages);

    const auto bad = bad_fields_of(refused.status);
    std::vector<std::string> fields;
    for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
    EXPECT_EQ(fields, (std::vector<std::string>{"complete", "request_id", "display_name",
                                                "validate_only"}));
}

TEST(SubmitJobs, CountsFieldsOverTheWholeStream) {
    served server;
    auto messages = in_pieces(good_batch(30), 10);
    messages[2].mutable_jobs(5)->mutable_linked_clone()->clear_vm();

    const auto refused = submit_stream(server, messages);

    EXPECT_EQ(bad_fields_of(refused.status).field_violations(0).field(),
              "jobs[25].linked_clone.vm");
}

TEST(SubmitJobs, RefusesAnEmptyStream) {
    served server;
    EXPECT_EQ(submit_stream(server, {}).status.error_code(), grpc::INVALID_ARGUMENT);
}

TEST(SubmitJobs, RefusesAStreamOverTheLimitOfBytes) {
    server_options options;
    options.submit_stream_bytes_max = 2000;
    served server(options);

    EXPECT_EQ(submit_stream(server, in_pieces(good_batch(100), 10)).status.error_code(),
              grpc::RESOURCE_EXHAUSTED);
}

TEST(SubmitJobs, DoesNotWaitForEver) {
    server_options options;
    options.submit_stream_time_max = milliseconds(20);
    served server(options);
    const auto context = patient();
    const auto stub = server.jobs();
    v1::SubmitBatchResponse response;
    const auto writer = stub->SubmitJobs(context.get(), &response);
    EXPECT_EQ(writer->Finish().error_code(), grpc::DEADLINE_EXCEEDED);
}

TEST(SubmitJobs, LimitsHowManyStreamsAreOpenAtOnce) {
    server_options options;
    options.submit_streams_max = 1;
    served server(options);
    const auto stub = server.jobs();
    v1::SubmitBatchResponse response;
    // Until the server has seen the first stream it takes the second, which is then a repeat; and
    // if it sees the second one first, the first is the one that it turns away.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto context = patient();
    std::unique_ptr<grpc::ClientWriter<v1::SubmitJobsRequest>> first;
    grpc::Status refused;
    for (int probe = 0; refused.ok() && std::chrono::steady_clock::now() < give_up; ++probe) {
        if (probe % 50 == 0) {
            context->TryCancel();
            first.reset();
            context = patient();
            first = stub->SubmitJobs(context.get(), &response);
            ASSERT_TRUE(first->Write(in_pieces(good_batch(1), 1)[0]));
        }
        refused = submit_stream(server, in_pieces(good_batch(1, other_request_id), 1)).status;
    }
    EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
    EXPECT_TRUE(has_retry_info(refused));
    first->WritesDone();
    EXPECT_TRUE(first->Finish().ok());
    EXPECT_TRUE(submit_stream(server, in_pieces(good_batch(1, other_request_id), 1)).status.ok());
}

TEST(GetBatch, OfAnotherTenantIsNotFound) {
    served server;
    const auto name = server.submit(1);
    v1::GetBatchRequest request;
    request.set_name(name);
    v1::Batch batch;
    const auto stub = server.jobs();

    EXPECT_TRUE(stub->GetBatch(patient().get(), request, &batch).ok());
    EXPECT_EQ(batch.name(), name);
    EXPECT_EQ(batch.counts().queued(), 1);
    EXPECT_EQ(stub->GetBatch(patient("red").get(), request, &batch).error_code(), grpc::NOT_FOUND);
    request.set_name("batches/4711");
    const auto bad = stub->GetBatch(patient().get(), request, &batch);
    EXPECT_EQ(bad_fields_of(bad).field_violations(0).field(), "name");
    request.set_name(std::string("batches/") + other_request_id);
    EXPECT_EQ(stub->GetBatch(patient().get(), request, &batch).error_code(), grpc::NOT_FOUND);
}

TEST(GetBatch, RefusesTenantsOfABadForm) {
    served server;
    v1::GetBatchRequest request;
    request.set_name(server.submit(1));
    v1::Batch batch;
    const auto stub = server.jobs();

    EXPECT_EQ(stub->GetBatch(patient("red hat").get(), request, &batch).error_code(),
              grpc::INVALID_ARGUMENT);
    EXPECT_EQ(stub->GetBatch(patient(std::string(64, 'r')).get(), request, &batch).error_code(),
              grpc::INVALID_ARGUMENT);
}

TEST(GetBatch, RefusesFieldsThatItDoesNotKnow) {
    served server;
    v1::GetBatchRequest request;
    request.set_name(server.submit(1));
    request.GetReflection()->MutableUnknownFields(&request)->AddVarint(99, 1);
    v1::Batch batch;

    EXPECT_EQ(server.jobs()->GetBatch(patient().get(), request, &batch).error_code(),
              grpc::INVALID_ARGUMENT);
}

TEST(GetJob, ShowsHistoryAndWhyItWaits) {
    served server;
    const auto batch = server.submit(2);
    server.move_job(batch, "job-1", job_state::running);
    v1::GetJobRequest request;
    request.set_name(batch + "/jobs/job-1");
    v1::Job job;
    const auto stub = server.jobs();

    ASSERT_TRUE(stub->GetJob(patient().get(), request, &job).ok());

    EXPECT_EQ(job.name(), request.name());
    EXPECT_EQ(job.state(), v1::JOB_STATE_RUNNING);
    EXPECT_EQ(job.spec().linked_clone().cluster(), "domain-c1");
    EXPECT_EQ(job.waiting_reason(), "5 jobs are before it");
    EXPECT_EQ(job.jobs_ahead(), 5);
    EXPECT_EQ(job.estimated_end_time().seconds(), 9);
    EXPECT_EQ(job.progress_percent(), 40);
    ASSERT_EQ(job.history_size(), 1);
    EXPECT_EQ(job.history(0).job(), request.name());
    EXPECT_EQ(stub->GetJob(patient("red").get(), request, &job).error_code(), grpc::NOT_FOUND);
}

TEST(ListJobs, PagesThroughABatchWithoutGapOrRepeat) {
    served server;
    v1::ListJobsRequest request;
    request.set_parent(server.submit(25));
    server.submit(5, other_request_id);
    request.set_page_size(10);
    const auto stub = server.jobs();
    std::vector<std::string> keys;
    for (int page = 0; page < 5; ++page) {
        v1::ListJobsResponse response;
        ASSERT_TRUE(stub->ListJobs(patient().get(), request, &response).ok());
        for (const auto& job : response.jobs()) keys.push_back(job.spec().key());
        if (response.next_page_token().empty()) break;
        request.set_page_token(response.next_page_token());
    }

    ASSERT_EQ(keys.size(), 25U);
    for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(keys[i], "job-" + std::to_string(i));
}

TEST(ListJobs, RefusesATokenOfAnotherFilter) {
    served server;
    v1::ListJobsRequest request;
    request.set_parent(server.submit(5));
    request.set_page_size(2);
    v1::ListJobsResponse response;
    const auto stub = server.jobs();
    ASSERT_TRUE(stub->ListJobs(patient().get(), request, &response).ok());
    request.set_page_token(response.next_page_token());
    request.add_states(v1::JOB_STATE_QUEUED);

    const auto refused = stub->ListJobs(patient().get(), request, &response);

    EXPECT_EQ(refused.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(bad_fields_of(refused).field_violations(0).field(), "page_token");
}

TEST(ListJobs, FiltersByStateLaneAndTenant) {
    served server;
    const auto batch = server.submit(3);
    server.move_job(batch, "job-1", job_state::failed);
    const auto stub = server.jobs();
    v1::ListJobsRequest request;
    request.set_parent("batches/-");
    request.add_states(v1::JOB_STATE_FAILED);
    v1::ListJobsResponse failed;
    ASSERT_TRUE(stub->ListJobs(patient().get(), request, &failed).ok());
    ASSERT_EQ(failed.jobs_size(), 1);
    EXPECT_EQ(failed.jobs(0).spec().key(), "job-1");

    request.set_lane("lanes/99");
    v1::ListJobsResponse other_lane;
    ASSERT_TRUE(stub->ListJobs(patient().get(), request, &other_lane).ok());
    EXPECT_EQ(other_lane.jobs_size(), 0);

    request.clear_lane();
    v1::ListJobsResponse other_tenant;
    ASSERT_TRUE(stub->ListJobs(patient("red").get(), request, &other_tenant).ok());
    EXPECT_EQ(other_tenant.jobs_size(), 0);
    request.set_parent(batch);
    EXPECT_EQ(stub->ListJobs(patient("red").get(), request, &other_tenant).error_code(),
              grpc::NOT_FOUND);
}

TEST(ListJobs, RefusesWhatIsNoFilter) {
    served server;
    v1::ListJobsRequest request;
    request.set_parent("everything");
    request.add_states(v1::JOB_STATE_UNSPECIFIED);
    request.set_lane("lanes/x");
    v1::ListJobsResponse response;

    const auto refused = server.jobs()->ListJobs(patient().get(), request, &response);

    EXPECT_EQ(bad_fields_of(refused).field_violations_size(), 3);
}

TEST(ListJobs, EndsAPageEarlyRatherThanMakeAMessageThatClientsRefuse) {
    served server;
    auto batch = good_batch(40);
    for (auto& job : *batch.mutable_jobs()) {
        *job.mutable_vcenter_clone() = good_vcenter_clone().vcenter_clone();
        job.set_endpoint("vc-1");
        job.set_cluster("domain-c7");
        job.mutable_vcenter_clone()->set_name("n" + job.key());
        for (int i = 0; i < 250; ++i) {
            auto* update = job.mutable_vcenter_clone()->add_disks_to_update();
            update->set_disk("d" + std::to_string(i) + std::string(240, 'd'));
            update->set_datastore(std::string(255, 's'));
        }
    }
    const auto taken = submit(server, batch);
    ASSERT_TRUE(taken.status.ok()) << taken.status.error_message();
    v1::ListJobsRequest request;
    request.set_parent(taken.response.batch().name());
    v1::ListJobsResponse response;

    const auto status = server.jobs()->ListJobs(patient().get(), request, &response);

    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_GT(response.jobs_size(), 1);
    EXPECT_LT(response.jobs_size(), 40);
    EXPECT_FALSE(response.next_page_token().empty());
}

TEST(ListBatches, ShowsTheNewestFirstInPages) {
    served server;
    const auto old = server.submit(1);
    const auto fresh = server.submit(1, other_request_id);
    server.move_job(old, "job-0", job_state::succeeded);
    const auto stub = server.jobs();
    v1::ListBatchesRequest request;
    request.set_page_size(1);
    v1::ListBatchesResponse first;
    ASSERT_TRUE(stub->ListBatches(patient().get(), request, &first).ok());
    ASSERT_EQ(first.batches_size(), 1);
    EXPECT_EQ(first.batches(0).name(), fresh);

    request.set_page_token(first.next_page_token());
    v1::ListBatchesResponse second;
    ASSERT_TRUE(stub->ListBatches(patient().get(), request, &second).ok());
    EXPECT_EQ(second.batches(0).name(), old);
    EXPECT_EQ(second.next_page_token(), "");

    request.clear_page_token();
    request.set_show(v1::ListBatchesRequest::SHOW_ENDED);
    v1::ListBatchesResponse ended;
    ASSERT_TRUE(stub->ListBatches(patient().get(), request, &ended).ok());
    ASSERT_EQ(ended.batches_size(), 1);
    EXPECT_EQ(ended.batches(0).name(), old);
    v1::ListBatchesResponse none;
    ASSERT_TRUE(stub->ListBatches(patient("red").get(), request, &none).ok());
    EXPECT_EQ(none.batches_size(), 0);
}

TEST(Steering, ReachesTheScheduler) {
    served server;
    const auto batch = server.submit(2);
    const auto stub = server.jobs();
    v1::CancelJobRequest job;
    job.set_name(batch + "/jobs/job-1");
    v1::Job shown;
    ASSERT_TRUE(stub->CancelJob(patient().get(), job, &shown).ok());
    EXPECT_EQ(shown.name(), job.name());

    v1::CancelBatchRequest cancel;
    cancel.set_name(batch);
    v1::CancelBatchResponse cancelled;
    ASSERT_TRUE(stub->CancelBatch(patient().get(), cancel, &cancelled).ok());
    EXPECT_EQ(cancelled.cancelled_count(), 1);
    EXPECT_EQ(cancelled.requested_count(), 2);
    EXPECT_EQ(cancelled.unaffected_count(), 3);
    EXPECT_EQ(cancelled.batch().name(), batch);

    v1::RetryBatchRequest retry;
    retry.set_name(batch);
    retry.set_include_cancelled(true);
    v1::RetryBatchResponse retried;
    ASSERT_TRUE(stub->RetryBatch(patient().get(), retry, &retried).ok());
    EXPECT_EQ(retried.retried_count(), 4);

    server.on_loop([&] {
        EXPECT_EQ(server.control.cancelled, std::vector<job_id>{job_id{2}});
        EXPECT_EQ(server.control.cancelled_batches.size(), 1U);
        ASSERT_EQ(server.control.retried.size(), 1U);
        EXPECT_TRUE(server.control.retried[0].second);
    });
}

TEST(Steering, DoesNotReachTheJobsOfAnotherTenant) {
    served server;
    const auto batch = server.submit(1);
    const auto stub = server.jobs();
    v1::CancelJobRequest job;
    job.set_name(batch + "/jobs/job-0");
    v1::Job shown;
    EXPECT_EQ(stub->CancelJob(patient("red").get(), job, &shown).error_code(), grpc::NOT_FOUND);
    v1::CancelBatchRequest cancel;
    cancel.set_name(batch);
    v1::CancelBatchResponse cancelled;
    EXPECT_EQ(stub->CancelBatch(patient("red").get(), cancel, &cancelled).error_code(),
              grpc::NOT_FOUND);
    v1::RetryBatchRequest retry;
    retry.set_name(batch);
    v1::RetryBatchResponse done;
    EXPECT_EQ(stub->RetryBatch(patient("red").get(), retry, &done).error_code(), grpc::NOT_FOUND);

    server.on_loop([&] {
        EXPECT_TRUE(server.control.cancelled.empty());
        EXPECT_TRUE(server.control.cancelled_batches.empty());
        EXPECT_TRUE(server.control.retried.empty());
    });
}

}  // namespace
}  // namespace cloned::rpc::test
