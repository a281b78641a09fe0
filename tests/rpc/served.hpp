#pragma once

#include "cloned/v1/job_service.grpc.pb.h"
#include "daemon/rpc/transport/server.hpp"
#include "tests/rpc/fake_batch_store.hpp"
#include "tests/rpc/fake_job_control.hpp"
#include "tests/rpc/requests.hpp"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace cloned::rpc::test {

// A real server on a Unix socket in a directory of its own, over fakes, with its loop in a thread.
class served {
public:
    explicit served(server_options options = server_options());
    ~served();

    // Runs `what` on the loop and waits for its result.
    template <class Function>
    auto on_loop(Function what) {
        using value = decltype(what());
        std::packaged_task<value()> job(std::move(what));
        auto done = job.get_future();
        asio::post(loop, std::move(job));
        return done.get();
    }

    // Makes the loop wait until release_loop().
    void hold_loop();
    void release_loop();

    void drain();
    // How long it took.
    milliseconds stop(milliseconds grace = milliseconds(2000));

    std::shared_ptr<grpc::Channel> channel(const std::string& address = "") const;
    std::unique_ptr<v1::JobService::Stub> jobs() const {
        return v1::JobService::NewStub(channel());
    }
    std::unique_ptr<v1::LaneService::Stub> lanes() const {
        return v1::LaneService::NewStub(channel());
    }
    // The name of a batch of `count` queued jobs "job-0" …
    std::string submit(int count, const std::string& request_id = some_request_id) const;
    void move_job(const std::string& batch_name, const std::string& key, job_state to);

    std::filesystem::path directory;
    asio::io_context loop{1};
    std::unique_ptr<cloned::clock> time;
    random_source random{7};
    fake_batch_store store;
    fake_job_control control;
    std::vector<std::string> addresses;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::unique_ptr<server> server_;
    bool stopped_ = false;
    std::promise<void> held_;
    std::thread thread_;
};

// A context whose call cannot hang a test.
std::unique_ptr<grpc::ClientContext> patient(const std::string& tenant = "");

// The details of an error.
google::rpc::Status details_of(const grpc::Status& status);
google::rpc::BadRequest bad_fields_of(const grpc::Status& status);
google::rpc::ErrorInfo info_of(const grpc::Status& status);
bool has_retry_info(const grpc::Status& status);

}  // namespace cloned::rpc::test
