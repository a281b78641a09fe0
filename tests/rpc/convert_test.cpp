#include "daemon/rpc/api/convert.hpp"

#include "tests/rpc/requests.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace cloned::rpc::test {
namespace {

using google::protobuf::util::MessageDifferencer;

v1::JobSpec there_and_back(const v1::JobSpec& spec) {
    v1::JobSpec out;
    write_spec(read_job(spec, 0), out);
    return out;
}

TEST(Convert, KeepsEveryFieldOfEveryOperationOnTheWayThereAndBack) {
    for (auto spec : {good_vcenter_clone(), good_linked_clone(), good_restore(), good_power_on()}) {
        spec.set_endpoint("somewhere");
        spec.set_cluster("domain-c5");
        spec.set_priority(v1::PRIORITY_HIGH);
        spec.mutable_not_before()->set_seconds(1'800'000'000);
        spec.mutable_deadline()->set_seconds(1'900'000'000);
        spec.mutable_deadline()->set_nanos(123'000'000);
        spec.set_max_attempts(7);
        (*spec.mutable_labels())["team"] = "blue";

        EXPECT_TRUE(MessageDifferencer::Equals(spec, there_and_back(spec)))
            << spec.DebugString() << there_and_back(spec).DebugString();
    }
}

TEST(Convert, TellsAnUnsetPowerOnFromFalse) {
    auto spec = good_vcenter_clone();
    spec.mutable_vcenter_clone()->set_power_on(false);
    EXPECT_TRUE(there_and_back(spec).vcenter_clone().has_power_on());
    spec.mutable_vcenter_clone()->clear_power_on();
    EXPECT_FALSE(there_and_back(spec).vcenter_clone().has_power_on());
}

TEST(Convert, HasANumberOfTheApiForEveryState) {
    for (std::size_t i = 0; i < job_state_count; ++i) {
        const auto state = static_cast<job_state>(i);
        history_entry event;
        event.to = state;
        v1::JobEvent out;
        write_event(event, "uid", out);
        std::string name = "JOB_STATE_";
        for (const char c : to_string(state))
            name += c == '_' ? c : static_cast<char>(c - 'a' + 'A');

        EXPECT_EQ(v1::JobState_Name(out.state()), name);
        EXPECT_EQ(read_state(out.state()), state);
    }
    EXPECT_FALSE(read_state(0));
    EXPECT_FALSE(read_state(v1::JobState_MAX + 1));
    EXPECT_FALSE(read_state(-1));
}

TEST(Convert, ReadsTimesBeforeTheEpochAndRoundsDown) {
    google::protobuf::Timestamp time;
    time.set_seconds(-1);
    time.set_nanos(999'999'999);
    EXPECT_EQ(read_time(time), from_ms(-1));
    time.set_seconds(-62'135'596'801);
    EXPECT_FALSE(read_time(time));
}

job_record some_job(job_state state) {
    job_record job;
    job.batch_uid = some_request_id;
    job.lane.value = 4;
    job.request = read_job(good_linked_clone(), 0);
    job.progress.state = state;
    job.progress.attempt = 2;
    job.progress.task_id = "task-1";
    job.progress.last_error = error(errc::upstream_failed, "no space");
    job.progress.wake_at = from_ms(5000);
    job.progress.cancel_requested = true;
    return job;
}

TEST(Convert, ShowsAJobWithItsNameLaneAndLastWords) {
    v1::Job out;
    write_job(some_job(job_state::failed), out);

    EXPECT_EQ(out.name(), std::string("batches/") + some_request_id + "/jobs/linked");
    EXPECT_EQ(out.lane(), "lanes/4");
    EXPECT_EQ(out.attempt(), 2);
    EXPECT_EQ(out.upstream_task(), "task-1");
    EXPECT_EQ(out.error().code(), 2);
    EXPECT_EQ(out.error().message(), "no space");
    EXPECT_TRUE(out.done());
    EXPECT_FALSE(out.cancel_requested());
    EXPECT_FALSE(out.has_wake_time());
}

TEST(Convert, ShowsWhatOnlyAWaitingOrOnlyAnUnfinishedJobHas) {
    v1::Job blocked;
    write_job(some_job(job_state::blocked), blocked);
    EXPECT_EQ(blocked.wake_time().seconds(), 5);
    EXPECT_TRUE(blocked.cancel_requested());
    EXPECT_FALSE(blocked.done());

    v1::Job parked;
    write_job(some_job(job_state::needs_operator), parked);
    EXPECT_TRUE(parked.done());

    v1::Job succeeded;
    write_job(some_job(job_state::succeeded), succeeded);
    EXPECT_FALSE(succeeded.has_error());
}

TEST(Convert, MakesTheWordsOfAnUpstreamFitForAnyClient) {
    auto job = some_job(job_state::failed);
    const std::string words = "bad \xFF byte\n" + std::string(9000, 'x');
    job.progress.last_error = error(errc::upstream_failed, words);
    v1::Job out;
    write_job(job, out);
    v1::Job parsed;
    ASSERT_TRUE(parsed.ParseFromString(out.SerializeAsString()));

    EXPECT_EQ(parsed.error().message().substr(0, 13), "bad \uFFFD byte ");
    EXPECT_LT(parsed.error().message().size(), 2100U);
}

TEST(Convert, CallsABatchDoneWhenOnlyAnOperatorCanMoveTheRest) {
    batch_record batch;
    batch.job_count = 3;
    batch.counts[job_state::succeeded] = 1;
    batch.counts[job_state::needs_operator] = 1;
    batch.counts[job_state::in_doubt] = 1;
    EXPECT_FALSE(is_done(batch));
    batch.counts[job_state::in_doubt] = 0;
    batch.counts[job_state::cancelled] = 1;
    EXPECT_TRUE(is_done(batch));
}

TEST(Convert, ShowsALaneAndAnEndpoint) {
    lane_status lane;
    lane.lane.id.value = 3;
    lane.lane.key.endpoint = "snap-1";
    lane.lane.key.kind = job_kind::restore;
    lane.lane.settings.learned_ceiling = 12;
    lane.mean_duration = milliseconds(1500);
    v1::Lane shown;
    write_lane(lane, shown);
    EXPECT_EQ(shown.name(), "lanes/3");
    EXPECT_EQ(shown.kind(), "restore");
    EXPECT_TRUE(shown.ceiling_learned());
    EXPECT_FALSE(shown.limit_overridden());
    EXPECT_EQ(shown.mean_duration().nanos(), 500'000'000);

    endpoint_status endpoint;
    endpoint.info.name = "vc-1";
    endpoint.trouble = "refused";
    endpoint.info.plain_http = true;
    v1::Endpoint out;
    write_endpoint(endpoint, out);
    EXPECT_EQ(out.name(), "endpoints/vc-1");
    EXPECT_EQ(out.kind(), "vcenter");
    EXPECT_EQ(out.trouble(), "refused");
    EXPECT_TRUE(out.plain_http());
}

}  // namespace
}  // namespace cloned::rpc::test
