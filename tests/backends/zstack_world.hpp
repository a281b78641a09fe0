#pragma once

#include "backends/make_backend.hpp"
#include "simulator/upstream.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cloned::testing {

// The model of a ZStack as a transport, without sockets.
class zstack_transport final : public backends::http::client {
public:
    zstack_transport(simulator::model& world, cloned::clock& time) : world_(world), clock_(time) {}

    task<result<backends::http::response>> send(backends::http::request what) override {
        lines.push_back(std::string(to_string(what.verb)) + " " + what.target);
        simulator::request in{
            simulator::server_kind::zstack, to_string(what.verb), what.target, {}, what.body};
        for (const auto& [name, value] : what.headers) in.headers.push_back({name, value});
        const auto made = world_.handle(in, clock_.now().time_since_epoch());
        if (made.what == simulator::fate::drop_before)
            co_return fail(errc::unavailable, "no connection");
        if (made.what != simulator::fate::normal)
            co_return fail(errc::in_doubt, "the connection was lost");
        backends::http::response out;
        out.status = made.status;
        out.body = made.body;
        co_return out;
    }
    std::int64_t requests_sent() const override { return static_cast<std::int64_t>(lines.size()); }
    void close() override {}

    std::size_t count(std::string_view beginning) const {
        std::size_t n = 0;
        for (const auto& line : lines)
            if (line.starts_with(beginning)) ++n;
        return n;
    }

    std::vector<std::string> lines;

private:
    simulator::model& world_;
    cloned::clock& clock_;
};

// A backend in front of a simulated ZStack that makes a VM in a second, on virtual time.
class ZstackWorld : public ::testing::Test {
protected:
    static constexpr const char* source = "a0000000000040008000000000000042";
    static constexpr const char* uuid = "4d89929b96374b318af338577e77faec";

    static simulator::config settings() {
        simulator::config out;
        out.zstack_clone.ms = 1000;
        out.epoch_ms = 1'767'225'600'000;  // where the virtual clock's wall time begins
        return out;
    }

    explicit ZstackWorld(simulator::config of = settings()) : sim(of) { backend = make(options()); }
    ~ZstackWorld() override { world.run(backend->close()); }

    static backends::backend_options options() {
        backends::backend_options out;
        out.info.name = "cloud";
        out.info.kind = endpoint_kind::zstack;
        out.user = "admin";
        out.password = "password";
        return out;
    }

    std::unique_ptr<backends::backend> make(backends::backend_options with) {
        auto transport = std::make_unique<zstack_transport>(sim, world.time);
        wire = transport.get();
        auto made = backends::make_backend(world.loop, world.time, random, std::move(with), nullptr,
                                           std::move(transport));
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return std::move(*made);
    }

    static zstack_clone_spec spec(std::string name) {
        zstack_clone_spec out;
        out.vm_instance = source;
        out.name = std::move(name);
        return out;
    }
    static backends::submission job(std::string name, std::string task = uuid) {
        backends::submission out;
        out.spec = spec(std::move(name));
        out.task_id = std::move(task);
        return out;
    }

    backends::submit_outcome submit(std::string name, std::string task = uuid) {
        return world.run(backend->submit(job(std::move(name), std::move(task))));
    }
    // The task, or what came instead.
    static std::string task_of(const backends::submit_outcome& outcome) {
        if (const auto* s = std::get_if<backends::started>(&outcome)) return s->task_id;
        if (const auto* f = std::get_if<backends::failed>(&outcome)) return f->said.message();
        if (const auto* r = std::get_if<backends::refused>(&outcome)) return r->said.message();
        if (const auto* u = std::get_if<backends::uncertain>(&outcome)) return u->said.message();
        return "finished";
    }
    backends::task_status poll(const std::string& task) {
        auto polled = world.run(backend->poll(std::vector<std::string>(1, task)));
        EXPECT_TRUE(polled) << (polled ? "" : polled.error().message());
        return polled && !polled->empty() ? polled->front() : backends::task_status();
    }
    backends::evidence look(std::string name, std::string task = uuid) {
        auto seen = world.run(backend->look(question(std::move(name), std::move(task))));
        EXPECT_TRUE(seen) << (seen ? "" : seen.error().message());
        return seen ? *seen : backends::evidence();
    }
    backends::evidence_query question(std::string name, std::string task) const {
        backends::evidence_query out;
        out.spec = spec(std::move(name));
        out.sent_at = sent_at;
        out.task_id = std::move(task);
        return out;
    }
    void pass(milliseconds span) { world.time.advance_by(span); }

    boost::json::value sim_call(std::string_view method,
                                std::string_view target,
                                std::string_view body = {}) {
        const auto path = "/_sim/" + std::string(target);
        const auto said = sim.handle({simulator::server_kind::control, method, path, {}, body},
                                     world.time.now().time_since_epoch());
        EXPECT_LT(said.status, 300) << said.body;
        return boost::json::parse(said.body);
    }
    void rule(std::string_view json) { sim_call("POST", "rules", "[" + std::string(json) + "]"); }
    std::int64_t doubles() {
        return sim_call("GET", "ledger").at("doubles_ever").to_number<std::int64_t>();
    }

    cloned::testing::world world;
    random_source random{3};
    simulator::model sim;
    zstack_transport* wire = nullptr;
    std::unique_ptr<backends::backend> backend;
    wall_time sent_at = world.time.wall();
};

}  // namespace cloned::testing
