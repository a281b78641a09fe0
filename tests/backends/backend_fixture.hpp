#pragma once

#include "backends/make_backend.hpp"
#include "tests/backends/fake_client.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cloned::testing {

// A backend over a transport that answers by a table: the first entry whose beginning fits the line
// "VERB target" wins; an entry is used once or, if `often`, again and again.
class BackendFixture : public ::testing::Test {
protected:
    struct reply {
        std::string line;
        result<backends::http::response> says;
        bool often = false;
    };

    std::unique_ptr<backends::backend> make(backends::backend_options options,
                                            backends::inventory* vms = nullptr) {
        auto transport = std::make_unique<fake_client>(world.time);
        client = transport.get();
        client->on_request = [this](const backends::http::request& what) { return find(what); };
        auto made = backends::make_backend(world.loop, world.time, random, std::move(options), vms,
                                           std::move(transport));
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return made ? std::move(*made) : nullptr;
    }

    static backends::backend_options options(endpoint_kind kind) {
        backends::backend_options out;
        out.info.name = "up1";
        out.info.kind = kind;
        out.user = "svc@vsphere.local";
        out.password = "secret";
        return out;
    }

    void on(std::string line, int status, std::string body = "") {
        replies.push_back({std::move(line), answer(status, std::move(body)), false});
    }
    void always(std::string line, int status, std::string body = "") {
        replies.push_back({std::move(line), answer(status, std::move(body)), true});
    }
    void fails(std::string line, errc code) {
        replies.push_back({std::move(line), fail(code, "no answer"), false});
    }

    result<backends::http::response> find(const backends::http::request& what) {
        const auto line = std::string(to_string(what.verb)) + " " + what.target;
        for (auto at = replies.begin(); at != replies.end(); ++at) {
            if (!line.starts_with(at->line)) continue;
            auto says = at->says;
            if (!at->often) replies.erase(at);
            return says;
        }
        ADD_FAILURE() << "unexpected request: " << line;
        return fail(errc::in_doubt, "unexpected request");
    }

    cloned::testing::world world;
    random_source random{11};
    fake_client* client = nullptr;
    std::vector<reply> replies;
};

}  // namespace cloned::testing
