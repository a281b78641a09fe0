#pragma once

#include "tests/simulator/model_client.hpp"

#include <boost/json/serialize.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace cloned::simulator {

// Calls a simulated ZStack in memory, with a session of its own.
class zstack_client : public model_client {
public:
    explicit zstack_client(const config& settings = quick_zstack()) : model_client(settings) {
        log_in_there();
    }

    static config quick_zstack() {
        config c = quick();
        c.zstack_clone.ms = 1000;
        return c;
    }

    void log_in_there() {
        const answer a = send("PUT", "/zstack/v1/accounts/login", login("admin", digest), {});
        session = a.status == 200 ? text(parse(a).at("inventory"), "uuid") : "";
    }
    static std::string login(std::string_view account, std::string_view password) {
        return R"({"logInByAccount":{"accountName":")" + std::string(account) +
               R"(","password":")" + std::string(password) + R"("}})";
    }

    answer send(std::string_view method,
                std::string_view target,
                std::string_view body,
                std::vector<header_view> headers) {
        return world.handle({server_kind::zstack, method, target, std::move(headers), body}, now);
    }
    answer zstack(std::string_view method,
                  std::string_view target,
                  std::string_view body = {},
                  std::string_view job = {}) {
        const std::string authorization = "OAuth " + session;
        const std::string path = "/zstack/v1/" + std::string(target);
        std::vector<header_view> headers{{"Authorization", authorization}};
        if (!job.empty()) {
            headers.push_back({"X-Job-UUID", job});
        }
        return send(method, path, body, std::move(headers));
    }
    // `names` as they stand within a JSON list.
    answer clone_there(std::string_view names,
                       std::string_view more = {},
                       std::string_view job = job_1,
                       std::string_view source = source_1) {
        return zstack("PUT", "vm-instances/" + std::string(source) + "/actions",
                      R"({"cloneVmInstance":{"names":[)" + std::string(names) + "]" +
                          std::string(more) + "}}",
                      job);
    }
    answer job(std::string_view uuid = job_1) {
        return send("GET", "/zstack/v1/api-jobs/" + std::string(uuid), {}, {});
    }
    std::string code(std::string_view uuid = job_1) {
        const boost::json::value v = parse(job(uuid));
        const auto* error = v.is_object() ? v.get_object().if_contains("error") : nullptr;
        return error != nullptr ? text(*error, "code") : "";
    }
    // States of the VMs that a query finds, in the order of their uuids.
    std::string states(std::string_view query) {
        std::string out;
        const boost::json::value v = parse(zstack("GET", "vm-instances?" + std::string(query)));
        for (const boost::json::value& vm : v.at("inventories").as_array()) {
            out += (out.empty() ? "" : ",") + text(vm, "state");
        }
        return out;
    }
    std::size_t count(std::string_view query) {
        const boost::json::value v = parse(zstack("GET", "vm-instances?" + std::string(query)));
        return v.at("inventories").as_array().size();
    }

    static constexpr std::string_view job_1 = "4d89929b96374b318af338577e77faec";
    static constexpr std::string_view job_2 = "5e90030ca7485c429bf449688f88fbfd";
    static constexpr std::string_view source_1 = "a0000000000040008000000000000042";
    // SHA-512 of "password".
    static constexpr std::string_view digest =
        "b109f3bbbc244eb82441917ed06d618b9008dd09b3befd1b5e07394c706a8bb9"
        "80b1d7785e5976ec049b46df5f1326af5a2ea6d103fd07c95385ffab0cacbc86";

    std::string session;
};

}  // namespace cloned::simulator
