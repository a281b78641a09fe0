#pragma once

#include "backends/make_backend.hpp"
#include "simulator/upstream.hpp"
#include "tests/support/virtual_time.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cloned::testing {

// The model's vCenter as a transport, without sockets; keeps what was answered, so that a test can
// look for what must not be there.
class vcenter_transport final : public backends::http::client {
public:
    vcenter_transport(simulator::model& world, cloned::clock& time) : world_(world), clock_(time) {}

    task<result<backends::http::response>> send(backends::http::request what) override {
        ++sent;
        simulator::request in{
            simulator::server_kind::vcenter, to_string(what.verb), what.target, {}, what.body};
        for (const auto& [name, value] : what.headers) in.headers.push_back({name, value});
        const auto made = world_.handle(in, clock_.now().time_since_epoch());
        const auto waker = clock_.make_alarm();
        const auto until = clock_.now() + made.delay;
        if (made.delay.count() > 0) co_await waker->sleep_until(until);
        if (made.what != simulator::fate::normal)
            co_return fail(errc::in_doubt, "the connection was lost");
        backends::http::response out;
        out.status = made.status;
        out.body = made.body;
        for (const auto& header : made.headers) out.headers.emplace_back(header.name, header.value);
        co_return out;
    }
    std::int64_t requests_sent() const override { return sent; }
    void close() override {}

    std::int64_t sent = 0;

private:
    simulator::model& world_;
    cloned::clock& clock_;
};

// VI JSON backends over the model, whose clock is that of the virtual time.
class VijsonModel : public ::testing::Test {
protected:
    // `ahead`: how far the upstream's clock is ahead of ours.
    explicit VijsonModel(milliseconds ahead = milliseconds(0)) : sim(on_virtual_time(ahead)) {
        vcenter = make_vcenter();
        vijson = make(options());
    }
    ~VijsonModel() override {
        world.run(vijson->close());
        world.run(vcenter->close());
    }

    // The model's first instant is the beginning of the steady clock.
    simulator::config on_virtual_time(milliseconds ahead) {
        const auto passed = std::chrono::floor<milliseconds>(world.time.now().time_since_epoch());
        simulator::config settings;
        settings.epoch_ms = to_ms(world.time.wall() - passed + ahead);
        return settings;
    }

    static backends::backend_options options() {
        backends::backend_options out;
        out.info.name = "guests";
        out.info.kind = endpoint_kind::vi_json;
        out.user = "svc@vsphere.local";
        out.password = "secret";
        out.vi_json.credentials["guest"] = "guest-secret";
        out.vi_json.credentials["wrong"] = "tr0ub4dor-pass";
        return out;
    }
    std::unique_ptr<backends::backend> make(backends::backend_options with) {
        auto made = backends::make_backend(world.loop, world.time, random, std::move(with),
                                           vcenter ? as_inventory(*vcenter) : nullptr,
                                           std::make_unique<vcenter_transport>(sim, world.time));
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return made ? std::move(*made) : nullptr;
    }
    std::unique_ptr<backends::backend> make_vcenter() {
        auto with = options();
        with.info.name = "vc";
        with.info.kind = endpoint_kind::vcenter;
        return make(std::move(with));
    }

    static customize_guest_spec spec(std::string vm = "vm-42") {
        customize_guest_spec out;
        out.vm = std::move(vm);
        out.auth = R"({"_typeName":"NamePasswordAuthentication","interactiveSession":false,)"
                   R"("username":"root","password":{"_credential":"guest"}})";
        out.customization = linux_spec("web-1");
        return out;
    }
    static std::string linux_spec(const std::string& host) {
        return R"({"_typeName":"CustomizationSpec","identity":{"_typeName":"CustomizationLinuxPrep",)"
               R"("hostName":{"_typeName":"CustomizationFixedName","name":")" +
               host +
               R"("},"domain":"example.org"},)"
               R"("globalIPSettings":{"_typeName":"CustomizationGlobalIPSettings"}})";
    }

    void power_on(std::string vm = "vm-42", bool wait_for_tools = true) {
        power_on_spec power;
        power.vm = std::move(vm);
        backends::submission what;
        what.spec = power;
        auto outcome = world.run(vcenter->submit(what));
        EXPECT_TRUE(std::holds_alternative<backends::finished>(outcome));
        if (wait_for_tools) pass(milliseconds(1000));
    }
    void pass(milliseconds span) { world.time.advance_by(span); }

    backends::submit_outcome submit(customize_guest_spec what) {
        backends::submission out;
        out.spec = std::move(what);
        out.operation_id = "op-1";
        return world.run(vijson->submit(std::move(out)));
    }
    std::string start(customize_guest_spec what) {
        auto outcome = submit(std::move(what));
        if (auto* no = std::get_if<backends::failed>(&outcome)) ADD_FAILURE() << no->said.message();
        if (auto* no = std::get_if<backends::refused>(&outcome))
            ADD_FAILURE() << no->said.message();
        const auto* begun = std::get_if<backends::started>(&outcome);
        return begun != nullptr ? begun->task_id : std::string();
    }
    backends::task_status poll(const std::string& id) {
        auto polled = world.run(vijson->poll({id}));
        EXPECT_TRUE(polled) << (polled ? "" : polled.error().message());
        return polled && !polled->empty() ? polled->front() : backends::task_status();
    }
    backends::evidence look(customize_guest_spec what,
                            wall_time sent_at,
                            std::string task = "",
                            backends::known_tasks known = {}) {
        backends::evidence_query query;
        query.spec = std::move(what);
        query.sent_at = sent_at;
        query.task_id = std::move(task);
        query.others = std::make_shared<backends::known_tasks>(std::move(known));
        auto seen = world.run(vijson->look(std::move(query)));
        EXPECT_TRUE(seen) << (seen ? "" : seen.error().message());
        return seen ? *seen : backends::evidence();
    }

    // A call of the control interface.
    boost::json::value control(std::string_view verb, std::string path, std::string body = "") {
        const simulator::request in{simulator::server_kind::control, verb, path, {}, body};
        return boost::json::parse(sim.handle(in, world.time.now().time_since_epoch()).body);
    }
    void rule(const std::string& text) { control("POST", "/_sim/rules", "[" + text + "]"); }
    void set(const std::string& settings) { control("POST", "/_sim/vi", settings); }
    boost::json::object book() {
        return control("GET", "/_sim/ledger").at("customizations").as_object();
    }
    std::int64_t requests(std::string_view route) {
        const auto ledger = control("GET", "/_sim/ledger");
        for (const auto& line : ledger.at("routes").as_array())
            if (line.at("route").as_string() ==
                boost::json::string_view(route.data(), route.size()))
                return line.at("requests").to_number<std::int64_t>();
        return 0;
    }

    cloned::testing::world world;
    random_source random{3};
    simulator::model sim;
    std::unique_ptr<backends::backend> vcenter;
    std::unique_ptr<backends::backend> vijson;
};

}  // namespace cloned::testing
