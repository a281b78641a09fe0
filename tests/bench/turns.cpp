// cloned_turns: how long one turn of the loop, or one group of the writer, may take when there is
// much to do. The scheduler runs on virtual time with the real store on a real file; the writer
// runs on the loop here, so that the longest turn bounds both. Prints a line of JSON for each case.

#include "base/text.hpp"
#include "tests/scheduler/rig.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace cloned::bench {
namespace {

using namespace std::chrono_literals;
using real_clock = std::chrono::steady_clock;

double in_ms(std::chrono::nanoseconds span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double all = 0;
    double resident = 0;
    statm >> all >> resident;
    return resident * 4096 / (1 << 20);
}

// What is measured between two calls.
class stopwatch {
public:
    explicit stopwatch(testing::virtual_clock& time) : time_(time), began_(real_clock::now()) {
        time_.longest_turn.emplace(0);
    }
    void tell(const std::string& what) const {
        boost::json::object line;
        line["case"] = what;
        line["longest_turn_ms"] = in_ms(*time_.longest_turn);
        line["all_ms"] = in_ms(real_clock::now() - began_);
        line["resident_mib"] = resident_mib();
        std::cout << boost::json::serialize(line) << std::endl;
    }

private:
    testing::virtual_clock& time_;
    real_clock::time_point began_;
};

struct hall {
    scheduler::rig here;
    explicit hall(std::int64_t limit) {
        auto& info = here.endpoint();
        for (auto& one : info.lane_limit) one = limit;
        info.max_in_flight = limit;
        info.names_per_call = 100;
        here.upstream().duration = 10h;
    }
    // In batches of the size that a client may send.
    std::vector<batch_record> accept(std::int64_t count, std::int64_t at_once = 100'000) {
        std::vector<batch_record> out;
        for (std::int64_t from = 0; from < count; from += at_once)
            out.push_back(here.accept(here.clones(static_cast<int>(std::min(at_once, count - from)),
                                                  "vm" + std::to_string(from / at_once) + "-")));
        return out;
    }
    void run_until_sent(std::int64_t count) {
        while (here.upstream().working() < count) here.pass(1s);
    }
};

void start_with_running(std::int64_t count) {
    hall h(count);
    h.here.start();
    h.accept(count);
    h.run_until_sent(count);
    h.here.pass(1min);
    {
        const stopwatch watch(h.here.time());
        h.here.pass(1min);
        watch.tell("a minute with running");
    }
    h.here.crash();
    h.here.before_start = [](testing::virtual_clock& time) { time.longest_turn.emplace(0); };
    const auto began = real_clock::now();
    h.here.start();
    std::cout << "start: " << in_ms(real_clock::now() - began) << " ms, longest turn "
              << in_ms(*h.here.time().longest_turn) << '\n';
    {
        const stopwatch watch(h.here.time());
        h.here.pass(1min);
        watch.tell("the first minute after a start with running");
    }
    const stopwatch watch(h.here.time());
    h.here.run(h.here.daemon().stop());
    watch.tell("stop with running");
}

void in_doubt_beside_running(std::int64_t running, std::int64_t doubtful) {
    hall h(running + doubtful);
    h.here.start();
    h.accept(running);
    h.run_until_sent(running);
    for (std::int64_t i = 0; i < doubtful; ++i)
        h.here.upstream().expect("lost" + std::to_string(i), testing::script::hang(true));
    h.here.accept(h.here.clones(static_cast<int>(doubtful), "lost"));
    h.here.pass(90s);
    const stopwatch watch(h.here.time());
    h.here.pass(1min);
    watch.tell("a minute with running and in doubt");
}

void all_end_at_once(std::int64_t count) {
    hall h(count);
    h.here.upstream().duration = 1h;
    h.here.start();
    h.accept(count);
    h.run_until_sent(count);
    h.here.pass(30min);
    const stopwatch watch(h.here.time());
    h.here.pass(2h);
    watch.tell("all end at once");
}

void cancel_waiting(std::int64_t count) {
    hall h(10);
    h.here.start();
    const auto batch = h.accept(count).front();
    h.here.pass(10s);
    const stopwatch watch(h.here.time());
    h.here.value(h.here.commands().cancel_batch(batch.id));
    watch.tell("cancel what waits");
}

void cancel_running(std::int64_t count) {
    hall h(count);
    h.here.start();
    const auto batch = h.accept(count).front();
    h.run_until_sent(count);
    const stopwatch watch(h.here.time());
    h.here.value(h.here.commands().cancel_batch(batch.id));
    h.here.pass(1min);
    watch.tell("cancel what runs");
}

void retry_and_purge(std::int64_t count) {
    hall h(10);
    h.here.options.housekeeping.keep_ended = 1h;
    h.here.start();
    const auto batch = h.accept(count).front();
    h.here.value(h.here.commands().cancel_batch(batch.id));
    {
        const stopwatch watch(h.here.time());
        h.here.value(h.here.commands().retry_batch(batch.id, true));
        watch.tell("retry what was cancelled");
    }
    h.here.value(h.here.commands().cancel_batch(batch.id));
    h.here.upstream().advance(h.here.time().wall() + 24h);
    h.here.pass(30min);
    const stopwatch watch(h.here.time());
    h.here.pass(2h);
    watch.tell("purge");
}

void start_with_many_lanes(std::int64_t jobs, std::int64_t lanes, std::int64_t tenants) {
    hall h(10);
    h.here.upstream().down = true;
    h.here.start();
    const auto each = jobs / lanes / tenants;
    for (std::int64_t tenant = 0; tenant < tenants; ++tenant) {
        for (std::int64_t lane = 0; lane < lanes; lane += 100) {
            std::vector<job_request> all;
            for (std::int64_t i = lane; i < lane + 100; ++i)
                for (std::int64_t n = 0; n < each; ++n) {
                    auto job = h.here.clone(concat("vm-", std::to_string(tenant), "-",
                                                   std::to_string(i), "-", std::to_string(n)));
                    job.cluster = "c" + std::to_string(i);
                    all.push_back(std::move(job));
                }
            h.here.accept(std::move(all), "t" + std::to_string(tenant));
        }
    }
    h.here.crash();
    std::cout << "before: " << resident_mib() << " MiB\n";
    h.here.start();
    const stopwatch watch(h.here.time());
    h.here.pass(10s);
    watch.tell("ten seconds after a start with many lanes");
}

}  // namespace
}  // namespace cloned::bench

int main(int argc, char** argv) {
    using namespace cloned::bench;
    CLI::App app("Measures the longest turn of the loop; see tests/bench/README.md.",
                 "cloned_turns");
    std::string which;
    double share = 1;
    const auto many = [&](double count) { return static_cast<std::int64_t>(count * share); };
    const std::map<std::string, std::function<void()>> cases{
        {"running", [&] { start_with_running(many(20'000)); }},
        {"stop", [&] { start_with_running(many(50'000)); }},
        {"doubt", [&] { in_doubt_beside_running(many(18'000), many(2'000)); }},
        {"end", [&] { all_end_at_once(many(20'000)); }},
        {"cancel", [&] { cancel_waiting(many(100'000)); }},
        {"cancel_running", [&] { cancel_running(many(20'000)); }},
        {"retry", [&] { retry_and_purge(many(100'000)); }},
        {"lanes", [&] { start_with_many_lanes(many(1'000'000), 1'000, 20); }}};
    std::vector<std::string> names;
    for (const auto& [name, run] : cases) names.push_back(name);
    app.add_option("case", which, "what to measure")->required()->check(CLI::IsMember(names));
    app.add_option("--share", share, "of the jobs of the case")->check(CLI::Range(0.001, 10.0));
    CLI11_PARSE(app, argc, argv);
    cases.at(which)();
    return 0;
}
