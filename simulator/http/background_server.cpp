#include "simulator/http/background_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <thread>

namespace cloned::simulator {

namespace asio = boost::asio;

struct background_server::state {
    state(const config& settings, serve_options options)
        : world(settings), tls(!options.tls_cert.empty()), server(io, world, std::move(options)) {}

    asio::io_context io{1};
    model world;
    bool tls;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    http_server server;
    server_ports ports;
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    std::thread thread;
};

background_server::background_server(const config& settings)
    : background_server(settings, serve_options{}) {}

background_server::background_server(const config& settings, serve_options options)
    : state_(std::make_unique<state>(settings, std::move(options))) {
    state_->ports = state_->server.listen().value_or(server_ports{});
    state_->thread = std::thread([s = state_.get()] { s->io.run(); });
}

background_server::~background_server() {
    asio::post(state_->io, [s = state_.get()] {
        s->server.stop();
        s->work.reset();
    });
    state_->thread.join();
}

const server_ports& background_server::ports() const {
    return state_->ports;
}

std::string background_server::vcenter_url() const {
    return (state_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(state_->ports.vcenter);
}

std::string background_server::snapservice_url() const {
    return (state_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(state_->ports.snapservice);
}

std::string background_server::zstack_url() const {
    return (state_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(state_->ports.zstack);
}

std::string background_server::control(std::string_view method,
                                       std::string_view target,
                                       std::string_view body) {
    std::promise<std::string> done;
    auto answered = done.get_future();
    const request in{server_kind::control, method, target, {}, body};
    asio::post(state_->io, [&] {
        const auto now = std::chrono::steady_clock::now() - state_->started;
        done.set_value(state_->world.handle(in, std::chrono::duration_cast<instant>(now)).body);
    });
    return answered.get();
}

}  // namespace cloned::simulator
