#pragma once

#include "tests/backends/backend_fixture.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cloned::testing {

// A vCenter that lets everybody log in; the rest is the test's to answer.
class VcenterFixture : public BackendFixture {
protected:
    VcenterFixture() {
        always("POST /api/session", 201, "\"token-1\"");
        upstream = make(options(endpoint_kind::vcenter));
    }

    backends::submit_outcome submit(backends::submission what) {
        return world.run(upstream->submit(std::move(what)));
    }
    std::map<std::string, backends::task_status> poll(std::vector<std::string> ids) {
        auto polled = world.run(upstream->poll(std::move(ids)));
        EXPECT_TRUE(polled);
        std::map<std::string, backends::task_status> out;
        if (polled)
            for (const auto& status : *polled) out[status.task_id] = status;
        return out;
    }
    backends::evidence look(job_spec spec, backends::known_tasks known = {}) {
        backends::evidence_query query;
        query.spec = std::move(spec);
        query.others = std::make_shared<backends::known_tasks>(std::move(known));
        auto seen = world.run(upstream->look(std::move(query)));
        EXPECT_TRUE(seen) << (seen ? "" : seen.error().message());
        return seen ? *seen : backends::evidence();
    }

    std::unique_ptr<backends::backend> upstream;
};

}  // namespace cloned::testing
