#pragma once

#include "backends/http/client.hpp"
#include "simulator/upstream.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/random.hpp"
#include "tests/simulation/trace.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloned::simulation {

using simulator::server_kind;

// A request on its way. It outlives its submitter: what has left arrives, though nobody waits for
// the answer any more.
struct exchange {
    server_kind server = server_kind::vcenter;
    backends::http::request what;
    steady_time deadline{};  // when its submitter stops to wait
    steady_time dead_by{};   // it arrives before that, or never
    bool changes = false;    // makes or changes a VM
    bool arrives = true;     // unless the network loses it
    bool in_time = true;     // it arrives before it must have died

    bool done = false;
    result<backends::http::response> outcome = fail(errc::in_doubt, "no answer");
    alarm* waker = nullptr;  // of the submitter, while it waits
};

// Between the daemon and the model of the upstream: travel, losses, outages.
class network {
public:
    network(const plan& world, simulator::model& model, timeline& when, trace& log);

    std::shared_ptr<exchange> send(exchange what, milliseconds connect_timeout);

    // Nothing goes wrong any more.
    void calm() { calm_ = true; }
    // And a server that was gone for good is there again.
    void revive() { revived_ = true; }

    simulator::instant instant() const { return when_.now() - world_begin; }
    simulator::model& model() { return model_; }

    // Called as a request that changes something leaves.
    std::function<void(const exchange&)> on_departure;

    // Requests that change something and have not arrived, but will.
    const std::vector<std::shared_ptr<exchange>>& on_the_way() const { return on_the_way_; }
    // The bodies of those that have arrived when nobody could believe it any more.
    const std::vector<std::string>& ghosts() const { return ghosts_; }
    // The last moment, up to `until`, at which a request to the server did not fare as it should.
    steady_time last_trouble(server_kind server, steady_time until) const;

private:
    enum class fortune : std::uint8_t {
        good,
        unconnected,
        lost_before,
        lost_after,
        late,
        very_late,
        slow,
        garbled
    };
    fortune draw(const exchange& what);
    const planned_outage* outage_of(server_kind server) const;
    void trouble(server_kind server);
    milliseconds travel() { return dice_.within(plan_.travel_min, plan_.travel_max); }
    void arrive(const std::shared_ptr<exchange>& what, fortune how);
    void answer(const std::shared_ptr<exchange>& what, const simulator::answer& made, fortune how);
    void finish(const std::shared_ptr<exchange>& what, result<backends::http::response> outcome);
    void finish_after(steady_time::duration wait, const std::shared_ptr<exchange>& what, error why);

    const plan& plan_;
    simulator::model& model_;
    timeline& when_;
    trace& log_;
    random dice_;
    bool calm_ = false;
    bool revived_ = false;
    std::vector<std::shared_ptr<exchange>> on_the_way_;
    std::vector<std::string> ghosts_;
    std::map<server_kind, std::vector<steady_time>> troubles_;
};

// The daemon's end of it, for one endpoint and one life.
std::unique_ptr<backends::http::client> make_memory_client(asio::io_context& loop,
                                                           cloned::clock& clock,
                                                           network& net,
                                                           const planned_endpoint& endpoint);

// Does the request make or change a VM?
bool changes_something(const backends::http::request& what);

}  // namespace cloned::simulation
