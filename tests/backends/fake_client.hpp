#pragma once

#include "backends/http/client.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cloned::testing {

inline backends::http::response answer(int status, std::string body = "") {
    backends::http::response out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

// A transport that records what is sent and answers as the test says; each answer takes `latency`
// of the clock's time, and a request's deadline is honoured.
class fake_client final : public backends::http::client {
public:
    using request = backends::http::request;
    using response = backends::http::response;
    using script = std::function<result<response>(const request&)>;

    explicit fake_client(cloned::clock& time) : clock_(time) {}

    task<result<response>> send(request what) override {
        seen.push_back(what);
        ++in_flight_;
        most_in_flight = std::max(most_in_flight, in_flight_);
        struct leave {
            int& n;
            ~leave() { --n; }
        };
        const leave guard{in_flight_};
        if (latency > milliseconds(0)) {
            const auto waker = clock_.make_alarm();
            auto until = clock_.now() + latency;
            const bool late = what.deadline && *what.deadline < until;
            if (late) until = *what.deadline;
            co_await waker->sleep_until(until);
            if (late) co_return fail(errc::in_doubt, "fake: the time for the request was up");
        }
        co_return on_request(what);
    }
    std::int64_t requests_sent() const override { return static_cast<std::int64_t>(seen.size()); }
    void close() override { closed = true; }

    // "POST /api/session" and so on, in the order of sending.
    std::vector<std::string> lines() const {
        std::vector<std::string> out;
        for (const auto& r : seen) out.push_back(std::string(to_string(r.verb)) + " " + r.target);
        return out;
    }
    std::size_t count(std::string_view line) const {
        std::size_t n = 0;
        for (const auto& l : lines())
            if (l.starts_with(line)) ++n;
        return n;
    }
    static std::string header(const request& of, std::string_view name) {
        for (const auto& [key, value] : of.headers)
            if (key == name) return value;
        return "";
    }

    script on_request;
    milliseconds latency{0};
    std::vector<request> seen;
    int most_in_flight = 0;
    bool closed = false;

private:
    cloned::clock& clock_;
    int in_flight_ = 0;
};

}  // namespace cloned::testing
