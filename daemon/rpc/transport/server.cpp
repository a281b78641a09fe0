#include "daemon/rpc/transport/server.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"
#include "daemon/rpc/handlers/lane_handlers.hpp"
#include "daemon/rpc/handlers/watch_handlers.hpp"
#include "daemon/rpc/transport/call_entry.hpp"
#include "daemon/rpc/transport/listener.hpp"
#include "daemon/rpc/transport/services.hpp"
#include "daemon/rpc/transport/tls.hpp"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/resource_quota.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>
#include <thread>

namespace cloned::rpc {

using connection_sink = grpc::experimental::ExternalConnectionAcceptor;

struct server::parts {
    parts(server_options given,
          asio::io_context& on,
          cloned::clock& clock,
          random_source& random,
          storage::batch_store& jobs_kept,
          scheduler::job_control& control,
          catalog configured)
        : options(std::move(given)),
          loop(on),
          time(clock),
          store(jobs_kept),
          endpoints(std::move(configured)),
          hub(clock, options.watch_pause),
          health_hub(clock, options.watch_pause),
          jobs(clock, random, jobs_kept, control),
          lanes(control),
          watching(jobs_kept, jobs, hub),
          stopped(clock.make_alarm()),
          tasks(on),
          environment{on,
                      tasks,
                      clock,
                      endpoints,
                      options,
                      std::make_shared<call_limiter>(options.calls_max),
                      std::make_shared<call_limiter>(options.watchers_max),
                      std::make_shared<call_limiter>(options.submit_streams_max),
                      std::make_shared<call_limiter>(options.watchers_max)} {}

    // Constant after construction
    const server_options options;
    asio::io_context& loop;
    cloned::clock& time;
    storage::batch_store& store;
    const endpoint_directory endpoints;

    // Loop thread only
    watch_hub hub;
    watch_hub health_hub;  // no commit concerns its watchers, so it does not run
    job_handlers jobs;
    lane_handlers lanes;
    watch_handlers watching;
    std::vector<std::unique_ptr<listener>> listeners;
    std::vector<std::unique_ptr<connection_sink>> sinks;  // one a listener
    std::unique_ptr<alarm> stopped;
    bool is_stopped = false;
    std::thread stopping;
    task_group tasks;
    call_environment environment;

    std::unique_ptr<grpc::Service> job_service;
    std::unique_ptr<grpc::Service> lane_service;
    std::unique_ptr<grpc::Service> health_service;
    std::unique_ptr<grpc::Server> transport;
};

namespace {

constexpr int keepalive_ms = 60'000;  // a watcher whose machine is gone must be noticed
constexpr int keepalive_timeout_ms = 20'000;
constexpr int client_pings_ms = 10'000;  // how often clients may ask the same

// Switches of the process; they must be set before the first builder is made.
void prepare_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Never given back: when the last user of gRPC 1.51 goes, the library waits up to ten
        // seconds for a poller of its own that was started when a connection's buffer was full, and
        // the daemon's stop would take as long.
        grpc_init();
        grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    });
}

result<std::shared_ptr<grpc::ServerCredentials>> credentials_for(const listener_options& options) {
    if (!options.tls) return grpc::InsecureServerCredentials();
    const auto material = load_tls(*options.tls);
    if (!material) return fail(material.error());
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = material->client_ca;
    tls.pem_key_cert_pairs.push_back({material->key, material->certificate});
    return grpc::SslServerCredentials(tls);
}

void set_limits(grpc::ServerBuilder& builder, const server_options& options) {
    builder.SetMaxReceiveMessageSize(static_cast<int>(
        std::min<std::size_t>(options.message_bytes_max, std::numeric_limits<int>::max())));
    builder.SetResourceQuota(grpc::ResourceQuota("cloned").Resize(options.memory_bytes_max));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive_timeout_ms);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               client_pings_ms);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

result<void> open_listeners(server::parts& parts, grpc::ServerBuilder& builder) {
    using connection_type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
    for (const auto& options : parts.options.listeners) {
        auto credentials = credentials_for(options);
        if (!credentials) return fail(credentials.error());
        auto opened = listener::open(parts.loop, options);
        if (!opened) return fail(opened.error());
        parts.listeners.push_back(std::move(*opened));
        parts.sinks.push_back(builder.experimental().AddExternalConnectionAcceptor(
            connection_type::FROM_FD, std::move(*credentials)));
    }
    return {};
}

void start_tasks(server::parts& parts) {
    parts.store.on_commit([&parts](event_id last) { parts.hub.notify(last); });
    parts.tasks.spawn("rpc.watch_hub", parts.hub.run());
    for (std::size_t i = 0; i < parts.listeners.size(); ++i) {
        auto take = [sink = parts.sinks[i].get()](int descriptor) {
            connection_sink::NewConnectionParameters connection;
            connection.fd = descriptor;
            sink->HandleNewConnection(&connection);
        };
        parts.tasks.spawn("rpc.accept", parts.listeners[i]->run(parts.time, std::move(take)));
        log::info("rpc.listening", log::kv("address", parts.listeners[i]->address()));
    }
}

}  // namespace

server::server(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

// Without a stop() before it the loop does not run any more; then calls end by being cancelled, for
// which no loop is needed.
server::~server() {
    if (!parts_->transport) return;
    parts_->environment.draining = true;
    parts_->store.on_commit([](event_id) {});
    parts_->transport->Shutdown(std::chrono::system_clock::now());
    parts_->transport.reset();
}

std::vector<std::string> server::addresses() const {
    std::vector<std::string> out;
    for (const auto& listener : parts_->listeners) out.push_back(listener->address());
    return out;
}

void server::drain() {
    if (parts_->environment.draining.exchange(true)) return;
    log::info("rpc.draining");
    parts_->health_hub.wake_all();
    parts_->hub.close_all(draining());
}

task<void> server::stop(milliseconds grace) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto& own = *parts_;
    if (!own.transport) co_return;
    drain();
    for (const auto& listener : own.listeners) listener->close();
    // Shutdown blocks until the last call has ended, and calls end on this loop.
    own.stopping = std::thread([&own, grace] {
        own.transport->Shutdown(std::chrono::system_clock::now() + grace);
        own.transport->Wait();
        own.transport.reset();
        asio::post(own.loop, [&own] {
            own.is_stopped = true;
            own.stopped->wake();
        });
    });
    while (!own.is_stopped)
        co_await own.stopped->sleep_until(own.time.now() + std::chrono::hours(1));
    own.stopping.join();
    own.store.on_commit([](event_id) {});
    own.hub.stop();
    co_await own.tasks.join();
    log::info("rpc.stopped");
}

result<std::unique_ptr<server>> start_server(server_options options,
                                             asio::io_context& loop,
                                             cloned::clock& time,
                                             random_source& random,
                                             storage::batch_store& store,
                                             scheduler::job_control& control,
                                             catalog endpoints) {
    if (options.listeners.empty())
        return fail(errc::invalid_argument, "no address to listen on is configured");
    prepare_library();
    auto parts = std::make_unique<server::parts>(std::move(options), loop, time, random, store,
                                                 control, std::move(endpoints));
    grpc::ServerBuilder builder;
    set_limits(builder, parts->options);
    if (auto opened = open_listeners(*parts, builder); !opened) return fail(opened.error());
    parts->job_service =
        make_job_service(parts->environment, parts->jobs, parts->watching, parts->hub);
    parts->lane_service = make_lane_service(parts->environment, parts->lanes);
    parts->health_service = make_health_service(parts->environment, parts->health_hub);
    builder.RegisterService(parts->job_service.get());
    builder.RegisterService(parts->lane_service.get());
    // Not gRPC's own, which reflection neither lists nor describes.
    builder.RegisterService(parts->health_service.get());
    parts->transport = builder.BuildAndStart();
    if (!parts->transport) return fail(errc::internal, "gRPC could not start its server");
    start_tasks(*parts);
    return std::make_unique<server>(std::move(parts));
}

}  // namespace cloned::rpc
