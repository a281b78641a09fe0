#pragma once

#include "simulator/model/accounts.hpp"
#include "simulator/model/config.hpp"
#include "simulator/model/inventory.hpp"
#include "simulator/model/ledger.hpp"
#include "simulator/model/random.hpp"
#include "simulator/model/rules.hpp"
#include "simulator/model/sessions.hpp"
#include "simulator/model/tasks.hpp"
#include "simulator/model/vi_state.hpp"
#include "simulator/model/zstack_node.hpp"

#include <deque>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// What a fault rule wants of the task that the request starts.
struct task_plan {
    std::optional<refusal> failure;
    instant blocked{0};
    bool hangs = false;
    std::optional<instant> vanish_after;
    zstack_plan zstack;
};

struct start_request {
    operation_kind kind = operation_kind::clone;
    std::uint32_t cluster = 0;
    std::uint32_t host = 0;
    std::uint32_t folder = 0;
    std::uint64_t source = 0;
    std::string name;  // as the caller wrote it
    bool power_on = false;
    std::string_view request_id;
    std::string_view op_id;
};

// The state that both servers share, and its passage through time. What happens between two calls
// (ends of tasks, strangers that come and go) is made up for in `advance`, in the order of time.
//
// Not movable: its parts refer to each other by number, but callers keep references to it.
class world {
public:
    world(const config& settings, instant now);
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    void advance(instant now);
    instant now() const { return now_; }

    // Checks the name and the capacity, then starts. The rest of the request was checked before.
    outcome<const task*> start(const start_request& r, const task_plan& plan);

    outcome<void> cancel(task& t);

    // Counts the attempt. Snapservice, vCenter's REST and VI JSON share their accounts.
    outcome<void> log_in(std::string_view user, std::string_view password);

    // The name that a VM gets, in the form in which it is compared.
    std::string name_of(std::string_view given) const;

    bool tools_run(const virtual_machine& vm) const;
    void switch_on(virtual_machine& vm);

    std::string_view user_of(const task& t) const {  // in the form that task records use
        return t.strange ? std::string_view("VSPHERE.LOCAL\\operator")
                         : std::string_view(task_user);
    }

    // Whether the maximum that counts this lane is reached.
    bool full(const lane& l) const;

    lane& lane_of(operation_kind kind, std::uint32_t cluster);
    std::span<lane> lanes() { return lanes_; }
    void plan_arrival(lane& l);

    // vCenter runs only so many clones at once; the others wait without a word.
    struct clone_queue {
        std::int64_t limit = -1;
        std::int64_t strangers = 0;
        std::int64_t running = 0;
        std::int64_t peak_running = 0;
        std::deque<std::uint64_t> waiting;
        bool full() const { return limit >= 0 && running + strangers >= limit; }
    };
    clone_queue& queue() { return queue_; }
    void run_waiting();

    instant draw_duration(operation_kind kind);

    std::uint64_t add_stranger(std::uint32_t folder, std::uint32_t cluster, std::string_view name);
    bool remove_vm(std::uint64_t id);
    void reset_ledger();

    void append_time_of(std::string& out, instant t) const {
        append_time(out, settings.epoch_ms + to_ms(t));
    }

    config settings;
    inventory things;
    task_table tasks;
    session_table vcenter_sessions;
    session_table snapservice_sessions;
    account_table accounts;
    rule_list rules;
    ledger book;
    vi_state vi;
    random_stream rule_random;
    std::string task_user;
    std::unique_ptr<zstack_node> zstack;
    std::uint64_t assertions = 0;  // that the token service has issued

private:
    enum class event_kind : std::uint8_t {
        task_end,
        task_vanishes,
        task_cancelled,
        stranger_comes,
        stranger_goes,
    };
    struct event {
        instant at;
        std::uint64_t order;
        event_kind kind;
        std::uint64_t subject;  // number of a task or of a lane
        bool operator>(const event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    void plan(instant at, event_kind kind, std::uint64_t subject);
    void happen(const event& e);
    std::string new_task_id(operation_kind kind) const;
    task new_task(const start_request& r, const task_plan& plan);
    task& begin(
        task t, const start_request& r, std::string name, bool name_is_free, const task_plan& plan);
    virtual_machine& add_made(const start_request& r, std::string name);
    void vanish(task& t, instant after);
    void run(task& t);
    void finish(task& t);
    void stop(task& t);
    void clear_away(const task& t, virtual_machine& vm);
    void erase_vm(std::uint64_t id);
    void add_strange_tasks();
    bool refuses_all(operation_kind kind) const;
    // Counts a refusal. Is it told in answer to the call, and not in its task?
    bool refuses_at_once(lane& l);

    instant now_;
    std::uint64_t order_ = 0;
    random_stream duration_random_;
    random_stream stranger_random_;
    std::vector<lane> lanes_;
    clone_queue queue_;
    std::priority_queue<event, std::vector<event>, std::greater<>> events_;
};

}  // namespace cloned::simulator
