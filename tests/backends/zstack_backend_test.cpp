#include "tests/backends/backend_fixture.hpp"

namespace cloned::testing {
namespace {

using namespace cloned::backends;

constexpr auto uuid = "4d89929b96374b318af338577e77faec";
constexpr auto clone_line = "PUT /zstack/v1/vm-instances/";
constexpr auto job_line = "GET /zstack/v1/api-jobs/";

// What is sent again under a job uuid that may have arrived before, and is refused with a 400: in
// whatever words, the uuid may be known.
class ZstackRepeat : public BackendFixture {
protected:
    ZstackRepeat() : backend(make(options(endpoint_kind::zstack))) {
        always("PUT /zstack/v1/accounts/login", 200, R"({"inventory":{"uuid":"093d"}})");
        on(clone_line, 400, "job uuid is in use");
    }

    submit_outcome send(bool repeated) {
        zstack_clone_spec spec;
        spec.vm_instance = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";
        spec.name = "web-01";
        submission what;
        what.spec = std::move(spec);
        what.task_id = uuid;
        what.repeated = repeated;
        return world.run(backend->submit(std::move(what)));
    }

    std::unique_ptr<backends::backend> backend;
};

TEST_F(ZstackRepeat, IsStartedIfTheJobIsKnown) {
    on(job_line, 202, "{}");

    const auto outcome = send(true);

    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    EXPECT_EQ(std::get<started>(outcome).task_id, std::string(uuid) + "/web-01");
}

TEST_F(ZstackRepeat, HasFailedIfTheJobIsNotKnown) {
    on(job_line, 404, "the job has been expired");

    EXPECT_TRUE(std::holds_alternative<failed>(send(true)));
}

TEST_F(ZstackRepeat, IsInDoubtIfTheJobCannotBeAskedFor) {
    on(job_line, 502, "<html>");

    EXPECT_TRUE(std::holds_alternative<uncertain>(send(true)));
}

TEST_F(ZstackRepeat, AFirstRequestNeedsNoSuchQuestion) {
    EXPECT_TRUE(std::holds_alternative<failed>(send(false)));
    EXPECT_EQ(client->count(job_line), 0U);
}

// The type of vmNicParams depends on the build, and a server that wants the other one can only say
// that it cannot read the request.
class ZstackNics : public BackendFixture {
protected:
    std::string said_with(backends::zstack::nic_form form, std::string nics) {
        auto with = options(endpoint_kind::zstack);
        with.zstack.nic_params = form;
        auto backend = make(std::move(with));
        always("PUT /zstack/v1/accounts/login", 200, R"({"inventory":{"uuid":"093d"}})");
        on(clone_line, 500, "the message cannot be mapped");
        zstack_clone_spec spec;
        spec.vm_instance = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";
        spec.name = "web-01";
        spec.vm_nic_params = std::move(nics);
        submission what;
        what.spec = std::move(spec);
        what.task_id = uuid;
        const auto outcome = world.run(backend->submit(std::move(what)));
        const auto* doubt = std::get_if<uncertain>(&outcome);
        EXPECT_NE(doubt, nullptr);
        return doubt == nullptr ? std::string() : doubt->said.message();
    }
};

TEST_F(ZstackNics, WhatMayBeOfTheWrongFormNamesTheSetting) {
    using backends::zstack::nic_form;
    const std::string nics = R"([{"ip":"10.0.0.9"}])";
    const auto as_list = said_with(nic_form::list, nics);
    const auto as_text = said_with(nic_form::text, nics);

    EXPECT_NE(as_list.find("set nic_params = \"string\""), std::string::npos) << as_list;
    EXPECT_NE(as_text.find("set nic_params = \"list\""), std::string::npos) << as_text;
    EXPECT_EQ(said_with(nic_form::list, "").find("nic_params"), std::string::npos);
}

}  // namespace
}  // namespace cloned::testing
