#include "tests/rpc/served.hpp"

#include "base/check.hpp"

#include <grpcpp/support/error_details.h>

#include <stdlib.h>

namespace cloned::rpc::test {
namespace {

std::filesystem::path fresh_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "cloned-rpc-XXXXXX").string();
    CLONED_CHECK(::mkdtemp(pattern.data()) != nullptr, "no directory for the test");
    return pattern;
}

template <class Message>
bool find_detail(const grpc::Status& status, Message& out) {
    const auto all = details_of(status);
    for (const auto& detail : all.details())
        if (detail.UnpackTo(&out)) return true;
    return false;
}

}  // namespace

served::served(server_options options)
    : directory(fresh_directory()), time(make_system_clock(loop)), work_(loop.get_executor()) {
    if (options.listeners.empty()) {
        listener_options local;
        local.address = "unix:" + (directory / "socket").string();
        options.listeners.push_back(local);
    }
    thread_ = std::thread([this] { loop.run(); });
    on_loop([&] {
        auto started =
            start_server(std::move(options), loop, *time, random, store, control, some_endpoints());
        CLONED_CHECK(started.has_value(), "the server must start");
        server_ = std::move(*started);
        addresses = server_->addresses();
    });
}

served::~served() {
    stop();
    on_loop([this] { server_.reset(); });
    work_.reset();
    thread_.join();
    std::filesystem::remove_all(directory);
}

void served::hold_loop() {
    held_ = std::promise<void>();
    std::promise<void> reached;
    asio::post(loop, [&reached, until = held_.get_future().share()] {
        reached.set_value();
        until.wait();
    });
    reached.get_future().wait();
}

void served::release_loop() {
    held_.set_value();
}

void served::drain() {
    on_loop([this] { server_->drain(); });
}

milliseconds served::stop(milliseconds grace) {
    if (stopped_) return milliseconds(0);
    stopped_ = true;
    const auto begun = std::chrono::steady_clock::now();
    std::promise<void> done;
    asio::co_spawn(loop, server_->stop(grace), [&done](std::exception_ptr) { done.set_value(); });
    done.get_future().wait();
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
}

std::shared_ptr<grpc::Channel> served::channel(const std::string& address) const {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(-1);
    // Each channel with connections of its own, as for separate clients.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address.empty() ? addresses.front() : address,
                                     grpc::InsecureChannelCredentials(), arguments);
}

std::string served::submit(int count, const std::string& request_id) const {
    auto context = patient();
    v1::SubmitBatchResponse response;
    const auto status =
        jobs()->SubmitBatch(context.get(), good_batch(count, request_id), &response);
    CLONED_CHECK(status.ok(), "the batch must be accepted");
    return response.batch().name();
}

void served::move_job(const std::string& batch_name, const std::string& key, job_state to) {
    const auto uid = batch_name.substr(std::string("batches/").size());
    on_loop([&] { store.move_job(uid, key, to); });
}

std::unique_ptr<grpc::ClientContext> patient(const std::string& tenant) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    if (!tenant.empty()) context->AddMetadata("cloned-tenant", tenant);
    return context;
}

google::rpc::Status details_of(const grpc::Status& status) {
    google::rpc::Status out;
    CLONED_CHECK(grpc::ExtractErrorDetails(status, &out).ok(), "the details must be parsable");
    return out;
}

google::rpc::BadRequest bad_fields_of(const grpc::Status& status) {
    google::rpc::BadRequest out;
    find_detail(status, out);
    return out;
}

google::rpc::ErrorInfo info_of(const grpc::Status& status) {
    google::rpc::ErrorInfo out;
    find_detail(status, out);
    return out;
}

bool has_retry_info(const grpc::Status& status) {
    google::rpc::RetryInfo out;
    return find_detail(status, out);
}

}  // namespace cloned::rpc::test
