#include "backends/make_backend.hpp"
#include "simulator/upstream.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

// The model of the upstream as a transport, without sockets.
class model_transport final : public http::client {
public:
    model_transport(simulator::model& world, simulator::server_kind server, cloned::clock& time)
        : world_(world), server_(server), clock_(time) {}

    task<result<http::response>> send(http::request what) override {
        ++sent_;
        simulator::request in{server_, to_string(what.verb), what.target, {}, what.body};
        for (const auto& [name, value] : what.headers) in.headers.push_back({name, value});
        const auto made = world_.handle(in, clock_.now().time_since_epoch());
        const auto waker = clock_.make_alarm();
        const auto until = clock_.now() + made.delay;
        if (made.delay.count() > 0) co_await waker->sleep_until(until);
        if (made.what != simulator::fate::normal)
            co_return fail(errc::in_doubt, "the connection was lost");
        http::response out;
        out.status = made.status;
        out.body = made.body;
        record(what, out);
        co_return out;
    }
    std::int64_t requests_sent() const override { return sent_; }
    void close() override {}

private:
    // One line an exchange, for checking against the vendors' descriptions.
    static void record(const http::request& what, const http::response& said) {
        const char* file = std::getenv("CLONED_RECORD");
        if (file == nullptr) return;
        const auto body = [](const std::string& b) { return b.empty() ? std::string("null") : b; };
        std::ofstream(file, std::ios::app)
            << R"({"method":")" << to_string(what.verb) << R"(","target":")" << what.target
            << R"(","request_body":)" << body(what.body) << R"(,"status":)" << said.status
            << R"(,"response_body":)" << body(said.body) << "}\n";
    }

    simulator::model& world_;
    simulator::server_kind server_;
    cloned::clock& clock_;
    std::int64_t sent_ = 0;
};

class UpstreamSmoke : public ::testing::TestWithParam<vapi::flavour> {
protected:
    UpstreamSmoke() {
        vcenter = make(endpoint_kind::vcenter, simulator::server_kind::vcenter, nullptr);
        snapservice = make(endpoint_kind::snapservice, simulator::server_kind::snapservice,
                           as_inventory(*vcenter));
    }
    ~UpstreamSmoke() override {
        world.run(snapservice->close());
        world.run(vcenter->close());
    }

    std::unique_ptr<backend> make(endpoint_kind kind,
                                  simulator::server_kind server,
                                  inventory* vms) {
        backend_options options;
        options.info.name = "sim";
        options.info.kind = kind;
        options.user = "svc@vsphere.local";
        options.password = "secret";
        options.vcenter.speaks = GetParam();
        auto made = make_backend(world.loop, world.time, random, options, vms,
                                 std::make_unique<model_transport>(sim, server, world.time));
        return std::move(*made);
    }

    // Submits, polls to the end and returns the VM.
    std::string run(backend& at, const job_spec& spec) {
        submission what;
        what.spec = spec;
        what.operation_id = "op-1";
        auto outcome = world.run(at.submit(what));
        if (auto* done = std::get_if<finished>(&outcome)) return done->vm;
        if (auto* no = std::get_if<failed>(&outcome)) ADD_FAILURE() << no->said.message();
        if (!std::holds_alternative<started>(outcome)) return "not started";
        const auto id = std::get<started>(outcome).task_id;
        for (int i = 0; i < 100; ++i) {
            const auto polled = world.run(at.poll({id, "no-such-task"}));
            if (!polled) return polled.error().message();
            const bool first = (*polled)[0].task_id == id;
            EXPECT_EQ((*polled)[first ? 1 : 0].phase, task_phase::vanished);
            const auto& status = (*polled)[first ? 0 : 1];
            if (status.phase == task_phase::succeeded) return status.vm;
            if (status.phase == task_phase::failed) return status.said.message();
            world.time.advance_by(milliseconds(500));
        }
        return "no end";
    }
    evidence look(backend& at, const job_spec& spec) {
        evidence_query query;
        query.spec = spec;
        auto seen = world.run(at.look(query));
        EXPECT_TRUE(seen) << (seen ? "" : seen.error().message());
        return seen ? *seen : evidence();
    }

    cloned::testing::world world;
    random_source random{3};
    simulator::model sim{simulator::config()};
    std::unique_ptr<backend> vcenter;
    std::unique_ptr<backend> snapservice;
};

vcenter_clone_spec clone_spec() {
    vcenter_clone_spec spec;
    spec.source = "vm-42";
    spec.name = "web-1";
    spec.where.folder = "group-v3";
    return spec;
}

TEST_P(UpstreamSmoke, AClonedVmIsFoundAndPoweredOn) {
    const auto spec = clone_spec();
    EXPECT_EQ(look(*vcenter, spec).presence, evidence::vm_presence::absent);

    const auto vm = run(*vcenter, spec);

    const auto seen = look(*vcenter, spec);
    EXPECT_EQ(seen.presence, evidence::vm_presence::present);
    EXPECT_EQ(seen.vm, vm);
    power_on_spec power;
    power.vm = vm;
    power.wait_for_tools = true;
    EXPECT_EQ(run(*vcenter, power), vm);
    EXPECT_EQ(look(*vcenter, power).presence, evidence::vm_presence::present);
    EXPECT_TRUE(world.run(vcenter->probe()));
}

TEST_P(UpstreamSmoke, ALiveCloneOfNobodyIsACandidate) {
    submission what;
    what.spec = clone_spec();
    const auto outcome = world.run(vcenter->submit(what));
    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    const auto id = std::get<started>(outcome).task_id;

    const auto seen = look(*vcenter, what.spec);

    EXPECT_EQ(seen.candidate_tasks, std::vector<std::string>{id});
    EXPECT_EQ(*world.run(vcenter->cancel(id)), cancel_outcome::asked);
    const auto polled = world.run(vcenter->poll({id}));
    ASSERT_TRUE(polled);
    EXPECT_TRUE((*polled)[0].cancelled);
}

TEST_P(UpstreamSmoke, SnapserviceMakesVmsThatItsVcenterShows) {
    linked_clone_spec clone;
    clone.cluster = "domain-c8";
    clone.vm = "vm-42";
    clone.snapshot = "00000042-0000-4000-8000-000000000002";
    clone.name = "linked-1";
    clone.where.folder = "group-v3";
    restore_spec restore;
    restore.cluster = "domain-c8";
    restore.vm = "vm-9001";
    restore.snapshot = "00009001-0000-4000-8000-000000000002";
    restore.name = "restored-1";

    const auto cloned = run(*snapservice, clone);
    const auto restored = run(*snapservice, restore);

    EXPECT_EQ(look(*snapservice, clone).vm, cloned);
    EXPECT_EQ(look(*snapservice, restore).vm, restored);
    EXPECT_TRUE(world.run(snapservice->probe()));
}

INSTANTIATE_TEST_SUITE_P(Flavours,
                         UpstreamSmoke,
                         ::testing::Values(vapi::flavour::api, vapi::flavour::rest),
                         [](const auto& of) {
                             return of.param == vapi::flavour::api ? "Api" : "Rest";
                         });

}  // namespace
}  // namespace cloned::testing
