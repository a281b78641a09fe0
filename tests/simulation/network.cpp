#include "tests/simulation/network.hpp"

#include <algorithm>

namespace cloned::simulation {

using backends::http::response;

namespace {

// An answer that is no answer.
bool is_broken(simulator::fate what) {
    return what != simulator::fate::normal;
}

response to_response(const simulator::answer& from) {
    response out;
    out.status = from.status;
    for (const auto& header : from.headers) {
        auto name = header.name;
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        out.headers.emplace_back(std::move(name), header.value);
    }
    if (!from.body.empty())
        out.headers.emplace_back("content-type", std::string(from.content_type));
    out.body = from.body;
    return out;
}

std::string shown(const exchange& what) {
    return concat(simulator::to_text(what.server), " ", to_string(what.what.verb), " ",
                  what.what.target);
}

}  // namespace

bool changes_something(const backends::http::request& what) {
    const auto& target = what.target;
    const auto has = [&](std::string_view part) { return target.find(part) != std::string::npos; };
    if (what.verb == backends::http::method::put)
        return what.body.find("cloneVmInstance") != std::string::npos;
    if (what.verb != backends::http::method::post) return false;
    return has("vmw-task=true") || has("_Task") || has("power?action=start") || has("power/start");
}

network::network(const plan& world, simulator::model& model, timeline& when, trace& log)
    : plan_(world), model_(model), when_(when), log_(log), dice_(world.seed * 4 + 4) {}

const planned_outage* network::outage_of(server_kind server) const {
    const auto now = std::chrono::floor<milliseconds>(when_.now() - world_begin);
    const auto& dead = plan_.dead;
    if (dead && !dead->off && !revived_ && dead->server == server && dead->from <= now)
        return &*dead;
    if (calm_) return nullptr;
    for (const auto& outage : plan_.outages)
        if (!outage.off && outage.server == server && outage.from <= now && now < outage.to)
            return &outage;
    return nullptr;
}

void network::trouble(server_kind server) {
    troubles_[server].push_back(when_.now());
}

steady_time network::last_trouble(server_kind server, steady_time until) const {
    const auto of = troubles_.find(server);
    if (of == troubles_.end()) return world_begin;
    const auto after = std::upper_bound(of->second.begin(), of->second.end(), until);
    return after == of->second.begin() ? world_begin : *std::prev(after);
}

network::fortune network::draw(const exchange& what) {
    if (calm_) return fortune::good;
    for (const auto& weather : plan_.weather) {
        if (weather.off || weather.server != what.server) continue;
        const double share = what.changes ? 1.0 : weather.reads;
        if (dice_.chance(weather.unconnected * share)) return fortune::unconnected;
        if (dice_.chance(weather.lost_before * share)) return fortune::lost_before;
        if (dice_.chance(weather.lost_after * share)) return fortune::lost_after;
        if (dice_.chance(weather.late * share)) return fortune::late;
        if (what.changes && dice_.chance(weather.very_late)) return fortune::very_late;
        if (dice_.chance(weather.slow * share)) return fortune::slow;
        if (dice_.chance(weather.garbled * share)) return fortune::garbled;
    }
    return fortune::good;
}

std::shared_ptr<exchange> network::send(exchange what, milliseconds connect_timeout) {
    auto sent = std::make_shared<exchange>(std::move(what));
    const auto how = draw(*sent);
    const auto patience = sent->deadline - when_.now();
    if (const auto* outage = outage_of(sent->server)) {
        trouble(sent->server);
        // On a connection from before, the submitter only notices after it has written.
        const bool written = dice_.chance(0.3);
        const bool refuses = outage->how == silence::refuses;
        const auto wait = refuses   ? std::min<steady_time::duration>(travel(), patience)
                          : written ? patience
                                    : std::min<steady_time::duration>(connect_timeout, patience);
        log_.line("> ", shown(*sent), " into an outage", written ? ", written" : "");
        sent->arrives = false;
        if (sent->changes && on_departure) on_departure(*sent);
        finish_after(
            wait, sent,
            error(written ? errc::in_doubt : errc::unavailable, "the upstream is not there"));
        return sent;
    }
    if (how != fortune::good) trouble(sent->server);
    if (how == fortune::unconnected) {
        log_.line("> ", shown(*sent), " not connected");
        sent->arrives = false;
        if (sent->changes && on_departure) on_departure(*sent);
        finish_after(travel(), sent, error(errc::unavailable, "no connection"));
        return sent;
    }
    sent->arrives = how != fortune::lost_before;
    log_.line("> ", shown(*sent), how == fortune::good ? "" : " fortune ",
              how == fortune::good ? "" : std::to_string(static_cast<int>(how)));
    if (sent->changes && on_departure) on_departure(*sent);
    if (!sent->arrives) {
        finish_after(travel(), sent, error(errc::in_doubt, "the connection was cut"));
        return sent;
    }
    sent->in_time = how != fortune::very_late;
    if (sent->changes && sent->in_time) on_the_way_.push_back(sent);
    if (!sent->in_time) ghosts_.push_back(sent->what.body);
    auto arrival = when_.now() + travel();
    if (how == fortune::late) {
        const auto span = std::chrono::floor<milliseconds>(sent->dead_by - sent->deadline);
        // The last moment is the worst.
        const auto early = dice_.chance(0.3) ? dice_.within(milliseconds(1), milliseconds(600))
                                             : dice_.within(milliseconds(1), span);
        arrival = sent->dead_by - std::min(early, span);
    }
    if (how == fortune::very_late) {
        const auto span = std::chrono::floor<milliseconds>(sent->dead_by - sent->deadline);
        arrival = sent->dead_by + dice_.within(milliseconds(0), span * 10);
    }
    when_.at(arrival, [this, sent, how] { arrive(sent, how); });
    return sent;
}

void network::arrive(const std::shared_ptr<exchange>& what, fortune how) {
    std::erase(on_the_way_, what);
    if (const auto* outage = outage_of(what->server)) {
        trouble(what->server);
        log_.line("  ", shown(*what), " finds nobody");
        if (outage->how == silence::refuses)
            finish_after(travel(), what, error(errc::in_doubt, "the connection was reset"));
        return;
    }
    simulator::request in{
        what->server, to_string(what->what.verb), what->what.target, {}, what->what.body};
    for (const auto& [name, value] : what->what.headers) in.headers.push_back({name, value});
    const auto made = model_.handle(in, instant());
    log_.line("  ", shown(*what), " -> ", std::to_string(made.status), " ",
              simulator::to_text(made.what), " ", made.body.substr(0, 600));
    if (is_broken(made.what) || made.status >= 500 || made.status == 429 || made.status == 401)
        trouble(what->server);
    auto wait = std::chrono::duration_cast<steady_time::duration>(made.delay) + travel();
    if (how == fortune::slow)
        wait += what->deadline - when_.now() + dice_.within(milliseconds(1), milliseconds(60'000));
    when_.after(wait, [this, what, made, how] { answer(what, made, how); });
}

void network::answer(const std::shared_ptr<exchange>& what,
                     const simulator::answer& made,
                     fortune how) {
    if (outage_of(what->server) != nullptr || how == fortune::lost_after) {
        trouble(what->server);
        return finish(what, fail(errc::in_doubt, "the connection was cut before the answer"));
    }
    if (is_broken(made.what) || how == fortune::garbled)
        return finish(what, fail(errc::in_doubt, "the answer cannot be read"));
    finish(what, to_response(made));
}

void network::finish_after(steady_time::duration wait,
                           const std::shared_ptr<exchange>& what,
                           error why) {
    when_.after(wait, [this, what, why] { finish(what, fail(why)); });
}

void network::finish(const std::shared_ptr<exchange>& what, result<response> outcome) {
    if (what->done) return;
    what->done = true;
    what->outcome = std::move(outcome);
    if (what->waker != nullptr) what->waker->wake();
}

}  // namespace cloned::simulation
