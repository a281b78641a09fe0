#include "tests/rpc/served.hpp"

#include <grpc/health/v1/health.grpc.pb.h>
#include <gtest/gtest.h>

#include <atomic>

namespace cloned::rpc::test {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthCheckRequest about(const std::string& service) {
    HealthCheckRequest out;
    out.set_service(service);
    return out;
}

HealthCheckResponse::ServingStatus check(const served& server, const std::string& service) {
    HealthCheckResponse response;
    const auto status =
        Health::NewStub(server.channel())->Check(patient().get(), about(service), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
}

TEST(Health, IsServingUntilTheServerDrains) {
    served server;
    EXPECT_EQ(check(server, ""), HealthCheckResponse::SERVING);
    EXPECT_EQ(check(server, "cloned.v1.JobService"), HealthCheckResponse::SERVING);
    EXPECT_EQ(check(server, "cloned.v1.LaneService"), HealthCheckResponse::SERVING);

    server.drain();

    EXPECT_EQ(check(server, ""), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(check(server, "cloned.v1.JobService"), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(check(server, "cloned.v1.LaneService"), HealthCheckResponse::NOT_SERVING);
}

TEST(Health, IsNotServingWhileNothingCanBeRecordedAndTellsItsWatchers) {
    std::atomic<bool> can_record{true};
    server_options options;
    options.can_record = [&can_record] { return can_record.load(); };
    served server(std::move(options));
    const auto context = patient();
    const auto watch = Health::NewStub(server.channel())->Watch(context.get(), about(""));
    HealthCheckResponse response;
    ASSERT_TRUE(watch->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);

    can_record = false;

    EXPECT_EQ(check(server, ""), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(check(server, "cloned.v1.JobService"), HealthCheckResponse::NOT_SERVING);
    ASSERT_TRUE(watch->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);

    can_record = true;

    ASSERT_TRUE(watch->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
    context->TryCancel();
    watch->Finish();
}

TEST(Health, OfAnUnknownServiceIsNotFound) {
    served server;
    HealthCheckResponse response;

    const auto status =
        Health::NewStub(server.channel())->Check(patient().get(), about("x.Y"), &response);

    EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
    EXPECT_EQ(info_of(status).reason(), "NOT_FOUND");
}

TEST(Health, TellsItsWatchersOfTheDrainAndEnds) {
    served server;
    const auto stub = Health::NewStub(server.channel());
    const auto context = patient();
    const auto known = stub->Watch(context.get(), about("cloned.v1.JobService"));
    const auto other_context = patient();
    const auto unknown = stub->Watch(other_context.get(), about("x.Y"));
    HealthCheckResponse response;
    ASSERT_TRUE(known->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
    ASSERT_TRUE(unknown->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);

    server.drain();

    ASSERT_TRUE(known->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
    EXPECT_FALSE(known->Read(&response));
    const auto status = known->Finish();
    EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
    EXPECT_EQ(info_of(status).reason(), "STOPPING");
    other_context->TryCancel();
    unknown->Finish();
}

TEST(Health, WatchersDoNotHoldUpTheStop) {
    served server;
    const auto context = patient();
    const auto watch = Health::NewStub(server.channel())->Watch(context.get(), about(""));
    HealthCheckResponse response;
    ASSERT_TRUE(watch->Read(&response));

    EXPECT_LT(server.stop(milliseconds(20'000)), milliseconds(10'000));

    while (watch->Read(&response)) {
    }
    EXPECT_EQ(watch->Finish().error_code(), grpc::UNAVAILABLE);
}

TEST(Health, LimitsItsWatchers) {
    server_options options;
    options.watchers_max = 1;
    served server(options);
    const auto stub = Health::NewStub(server.channel());
    const auto context = patient();
    const auto first = stub->Watch(context.get(), about(""));
    HealthCheckResponse response;
    ASSERT_TRUE(first->Read(&response));

    const auto other_context = patient();
    const auto status = stub->Watch(other_context.get(), about(""))->Finish();

    EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
    context->TryCancel();
    first->Finish();
}

}  // namespace
}  // namespace cloned::rpc::test
