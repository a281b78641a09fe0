#pragma once

#include "simulator/upstream.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>

namespace cloned::simulator {

// Calls a model in memory, with a session of its own and a clock that the test moves.
class model_client {
public:
    explicit model_client(const config& settings = quick()) : world(settings) { log_in(); }

    // Round numbers: everything takes a second and nothing is random.
    static config quick() {
        config c;
        c.clone.ms = c.linked_clone.ms = c.restore.ms = 1000;
        c.linked_clone_limit = 2;
        c.restore_limit = 1;
        return c;
    }

    void log_in() {
        const std::string basic = "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0";
        const request in{
            server_kind::vcenter, "POST", "/api/session", {{"Authorization", basic}}, {}};
        const answer a = world.handle(in, now);
        token = a.status == 201 ? a.body.substr(1, a.body.size() - 2) : "";
    }

    answer call(server_kind server,
                std::string_view method,
                std::string_view target,
                std::string_view body = {}) {
        return world.handle({server, method, target, {{"vmware-api-session-id", token}}, body},
                            now);
    }
    answer vcenter(std::string_view method, std::string_view target, std::string_view body = {}) {
        return call(server_kind::vcenter, method, target, body);
    }
    answer snap(std::string_view method, std::string_view target, std::string_view body = {}) {
        return call(server_kind::snapservice, method, target, body);
    }
    boost::json::value sim(std::string_view method,
                           std::string_view target,
                           std::string_view body = {}) {
        const std::string path = "/_sim/" + std::string(target);
        return parse(call(server_kind::control, method, path, body));
    }

    answer clone(std::string_view name, std::string_view source = "vm-42") {
        return vcenter(
            "POST", "/api/vcenter/vm?action=clone&vmw-task=true",
            R"({"source":")" + std::string(source) + R"(","name":")" + std::string(name) + R"("})");
    }
    answer linked_clone(std::string_view name) {
        return snap("POST",
                    "/api/snapservice/clusters/domain-c8/virtual-machines/vm-42"
                    "?action=linked-clone&vmw-task=true",
                    R"({"snapshot":"00000042-0000-4000-8000-000000000001","name":")" +
                        std::string(name) + R"("})");
    }
    answer restore(std::string_view name) {
        return snap("POST",
                    "/api/snapservice/clusters/domain-c8/virtual-machines/vm-9001"
                    "?action=restore&vmw-task=true",
                    R"({"snapshot":"00009001-0000-4000-8000-000000000002","name":")" +
                        std::string(name) + R"("})");
    }

    // Info of the task whose id is the body of `started`.
    boost::json::value task(const answer& started) {
        return parse(vcenter("GET", "/api/cis/tasks/" + id(started)));
    }
    boost::json::value snap_task(const answer& started) {
        return parse(snap("GET", "/api/snapservice/tasks/" + id(started)));
    }
    std::string status(const answer& started) { return text(task(started), "status"); }

    void pass(std::chrono::nanoseconds time) { now += time; }

    static std::string id(const answer& started) {
        return started.body.size() < 2 ? "" : started.body.substr(1, started.body.size() - 2);
    }
    static boost::json::value parse(const answer& a) {
        boost::json::error_code ec;
        return boost::json::parse(a.body, ec);
    }
    static std::string text(const boost::json::value& v, std::string_view name) {
        const boost::json::object* o = v.if_object();
        const boost::json::value* member = o ? o->if_contains({name.data(), name.size()}) : nullptr;
        return member && member->is_string() ? std::string(member->get_string().c_str()) : "";
    }
    static std::string error_type(const answer& a) {
        const boost::json::value v = parse(a);
        const std::string plain = text(v, "error_type");
        const boost::json::object* o = v.if_object();
        const boost::json::value* inner = o ? o->if_contains("value") : nullptr;
        return plain.empty() && inner ? text(*inner, "error_type") : plain;
    }

    // The line of the ledger for domain-c8.
    boost::json::object lane(std::string_view kind) {
        const boost::json::value ledger = sim("GET", "ledger");
        for (const boost::json::value& l : ledger.at("lanes").as_array()) {
            if (text(l, "kind") == kind && text(l, "cluster") == "domain-c8") {
                return l.as_object();
            }
        }
        return {};
    }

    model world;
    instant now{0};
    std::string token;
};

}  // namespace cloned::simulator
