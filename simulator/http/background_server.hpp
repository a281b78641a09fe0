#pragma once

#include "simulator/http/server.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cloned::simulator {

// A world behind HTTP on a thread of its own, for tests of HTTP clients. Ends with its scope.
class background_server {
public:
    explicit background_server(const config& settings);
    background_server(const config& settings, serve_options options);
    ~background_server();

    const server_ports& ports() const;  // all 0 if listening failed
    std::string vcenter_url() const;
    std::string snapservice_url() const;
    std::string zstack_url() const;

    // A call of the control interface, such as ("GET", "/_sim/ledger"); returns its body.
    std::string control(std::string_view method,
                        std::string_view target,
                        std::string_view body = {});

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace cloned::simulator
