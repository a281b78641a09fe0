#include "tests/rpc/served.hpp"

#include <gtest/gtest.h>

namespace cloned::rpc::test {
namespace {

TEST(LaneService, ListsLanesOfAllOrOneEndpointToEveryTenant) {
    served server;
    const auto stub = server.lanes();
    v1::ListLanesRequest request;
    v1::ListLanesResponse all;
    ASSERT_TRUE(stub->ListLanes(patient("red").get(), request, &all).ok());
    EXPECT_EQ(all.lanes_size(), 2);

    request.set_endpoint("snap-2");
    v1::ListLanesResponse one;
    ASSERT_TRUE(stub->ListLanes(patient().get(), request, &one).ok());
    ASSERT_EQ(one.lanes_size(), 1);
    EXPECT_EQ(one.lanes(0).name(), "lanes/3");
}

TEST(LaneService, PausesAndResumes) {
    served server;
    const auto stub = server.lanes();
    v1::PauseLaneRequest pause;
    pause.set_name("lanes/2");
    pause.set_reason("maintenance");
    v1::Lane lane;
    ASSERT_TRUE(stub->PauseLane(patient().get(), pause, &lane).ok());
    EXPECT_TRUE(lane.paused());
    EXPECT_EQ(lane.pause_reason(), "maintenance");

    v1::ResumeLaneRequest resume;
    resume.set_name("lanes/2");
    ASSERT_TRUE(stub->ResumeLane(patient().get(), resume, &lane).ok());
    EXPECT_FALSE(lane.paused());
}

TEST(LaneService, RefusesToPauseWithoutAReasonOrWithABadOne) {
    served server;
    const auto stub = server.lanes();
    for (const auto& reason :
         {std::string(), std::string("  "), std::string(201, 'r'), std::string("two\nlines")}) {
        v1::PauseLaneRequest pause;
        pause.set_name("lanes/2");
        pause.set_reason(reason);
        v1::Lane lane;
        const auto refused = stub->PauseLane(patient().get(), pause, &lane);
        ASSERT_EQ(refused.error_code(), grpc::INVALID_ARGUMENT) << reason;
        EXPECT_EQ(bad_fields_of(refused).field_violations(0).field(), "reason");
    }
    EXPECT_FALSE(server.on_loop([&] { return server.control.known[2].lane.settings.paused; }));
}

TEST(LaneService, SetsAndUnsetsLimitsWithinBounds) {
    served server;
    const auto stub = server.lanes();
    v1::SetLaneLimitRequest request;
    request.set_name("lanes/2");
    v1::Lane lane;
    for (const std::int64_t limit : {0, -1, 10'001}) {
        request.set_limit(limit);
        EXPECT_EQ(stub->SetLaneLimit(patient().get(), request, &lane).error_code(),
                  grpc::INVALID_ARGUMENT);
    }
    request.set_limit(10'000);
    ASSERT_TRUE(stub->SetLaneLimit(patient().get(), request, &lane).ok());
    EXPECT_EQ(lane.limit(), 10'000);
    EXPECT_TRUE(lane.limit_overridden());

    request.clear_limit();
    ASSERT_TRUE(stub->SetLaneLimit(patient().get(), request, &lane).ok());
    EXPECT_FALSE(lane.limit_overridden());
}

TEST(LaneService, KnowsNoOtherLanes) {
    served server;
    const auto stub = server.lanes();
    v1::GetLaneRequest request;
    v1::Lane lane;
    request.set_name("lanes/2");
    EXPECT_TRUE(stub->GetLane(patient().get(), request, &lane).ok());
    request.set_name("lanes/9");
    EXPECT_EQ(stub->GetLane(patient().get(), request, &lane).error_code(), grpc::NOT_FOUND);
    request.set_name("9");
    EXPECT_EQ(stub->GetLane(patient().get(), request, &lane).error_code(), grpc::INVALID_ARGUMENT);
}

TEST(LaneService, ListsEndpoints) {
    served server;
    v1::ListEndpointsResponse response;
    ASSERT_TRUE(
        server.lanes()->ListEndpoints(patient().get(), v1::ListEndpointsRequest(), &response).ok());
    ASSERT_EQ(response.endpoints_size(), 1);
    EXPECT_EQ(response.endpoints(0).name(), "endpoints/snap-1");
    EXPECT_EQ(response.endpoints(0).kind(), "snapservice");
}

TEST(LaneService, LogsInToAnEndpointAndTellsWhatCameOfIt) {
    served server;
    const auto stub = server.lanes();
    v1::LoginEndpointRequest request;
    request.set_name("endpoints/snap-1");
    v1::LoginEndpointResponse response;
    ASSERT_TRUE(stub->LoginEndpoint(patient().get(), request, &response).ok());
    EXPECT_TRUE(response.accepted());
    EXPECT_EQ(response.endpoint().name(), "endpoints/snap-1");

    server.on_loop([&] { return server.control.login_refusal = "login refused (no)"; });
    ASSERT_TRUE(stub->LoginEndpoint(patient().get(), request, &response).ok());
    EXPECT_FALSE(response.accepted());
    EXPECT_EQ(response.trouble(), "login refused (no)");
}

TEST(LaneService, LogsInToNoOtherEndpoint) {
    served server;
    const auto stub = server.lanes();
    v1::LoginEndpointRequest request;
    v1::LoginEndpointResponse response;
    request.set_name("endpoints/snap-2");
    EXPECT_EQ(stub->LoginEndpoint(patient().get(), request, &response).error_code(),
              grpc::NOT_FOUND);
    for (const auto* name : {"", "snap-1", "endpoints/", "endpoints/a/b"}) {
        request.set_name(name);
        EXPECT_EQ(stub->LoginEndpoint(patient().get(), request, &response).error_code(),
                  grpc::INVALID_ARGUMENT)
            << name;
    }
}

}  // namespace
}  // namespace cloned::rpc::test
