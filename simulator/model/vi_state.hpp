#pragma once

#include "simulator/model/rules.hpp"
#include "simulator/model/sessions.hpp"
#include "simulator/model/vi_fault.hpp"
#include "simulator/model/vi_settings.hpp"
#include "simulator/model/vi_watch.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloned::simulator {

class world;
struct task_plan;

enum class vi_work : std::uint8_t { customize, power_on, power_off };

// A task that only VI JSON knows. Clones are tasks of the world, whichever way they were begun.
struct vi_task {
    std::uint64_t number = 0;
    vi_work kind = vi_work::customize;
    std::uint64_t vm = 0;
    std::string host_name;  // customize

    instant queued{0};
    instant started = never;
    instant finished = never;
    instant duration{0};
    instant blocked{0};
    std::optional<instant> vanishes;
    bool done = false;
    std::optional<vi_fault> failure;  // planned while it runs, a fact when it is done
    bool works_anyway = false;        // the guest is customized although the task fails
};

// What the guest makes of its latest customization, whose task has succeeded.
struct vi_guest {
    instant started{0};
    instant ends{0};
    bool fails = false;
};

// The judge's book on the customizations of one VM.
struct vi_customizations {
    std::uint64_t begun = 0;
    std::uint64_t overlapping = 0;  // begun while another one was at work
    std::uint64_t live = 0;
    std::string host_name;  // the last one given
};

struct vi_book {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t violations = 0;  // overlaps, and what ran above the limit
    std::int64_t current = 0;
    std::int64_t peak = 0;
    std::int64_t running = 0;
    std::int64_t peak_running = 0;
    std::map<std::uint64_t, vi_customizations> vms;
};

// What VI JSON adds to the world: tasks of its own, guests, and the watches of property collectors.
class vi_state {
public:
    vi_state(std::uint64_t seed, instant session_idle, std::int64_t sessions)
        : sessions_(seed, session_idle, sessions), random_(seed + 1) {}

    // Ends what is to end until now, in the order of time.
    void advance(world& w);

    vi_task& start(world& w, vi_task t, const task_plan& plan);
    vi_outcome<void> cancel(world& w, vi_task& t);

    // Null for what is not known, or no longer.
    vi_task* find(std::uint64_t number, instant now);
    // Tasks about that VM, of any if it is 0; those that vanished are left out.
    std::vector<std::uint64_t> about(std::uint64_t vm, instant now) const;

    const vi_guest* guest(std::uint64_t vm) const;
    // The task that customizes the VM, if one does.
    const vi_task* customizing(std::uint64_t vm, instant now) const;
    bool guest_at_work(std::uint64_t vm, instant now) const;

    void refuse() { ++book_.refused; }
    // What becomes of the next customization, in the words of vi_system_error.
    std::string_view draws_system_error(const vi_settings& s);
    const vi_book& book() const { return book_; }
    void reset_book();

    session_table& sessions() { return sessions_; }  // unless they are shared
    vi_watches& watches() { return watches_; }

private:
    void run(const world& w, vi_task& t, instant now);
    void finish(world& w, vi_task& t, instant now);
    void note_start(const world& w, vi_task& t);

    session_table sessions_;
    random_stream random_;
    std::map<std::uint64_t, vi_task> tasks_;
    std::set<std::pair<instant, std::uint64_t>> ends_;
    std::deque<std::uint64_t> waiting_;
    std::map<std::uint64_t, vi_guest> guests_;
    vi_book book_;
    vi_watches watches_;
};

}  // namespace cloned::simulator
