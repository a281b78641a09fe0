#pragma once

#include "simulator/model/random.hpp"
#include "simulator/model/refusal.hpp"
#include "simulator/model/types.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

enum class fault_kind : std::uint8_t {
    slow,             // only delay_ms
    status,           // an error envelope of any status and type
    proxy,            // plain text, or a page if it has a title, as a proxy in front would send
    unauthenticated,  // 401 with a valid token
    drop_before,
    drop_after,
    truncate,
    garbage,
    endless,
    huge,
    task_fail,              // the task ends FAILED with error_type
    task_hang,              // the task is RUNNING for ever
    task_blocked,           // the task is BLOCKED for blocked_ms on top of its duration; 0: forever
    zstack_item_fail,       // the clones of a name end with error_type, and no VM
    zstack_item_fail_late,  // the same, but their VM stays
    zstack_call_fail_late,  // the call ends with error_type, all of its VMs stay
    zstack_node_dies,       // nothing is made, and the job is said to run forever
    task_vanish,            // the task becomes unknown after_ms after it was made; its work goes on
};

// Which requests a fault hits, how often, and what it does.
struct fault_rule {
    std::string server;  // "vcenter", "snapservice", "zstack"; empty: any
    std::string method;  // empty: any
    std::string path;    // glob, `*` only; with a '?' it is compared with the whole target
    std::string object;  // glob: name of the VM to be made, the source VM, or the VM in the path
    double probability = 1;
    std::int64_t skip = 0;  // matching requests that pass unharmed first
    std::int64_t max = -1;  // hits; -1: without end
    double delay_ms = 0;
    fault_kind fault = fault_kind::slow;

    int status = 503;
    std::string type;  // of status and task_fail
    std::string message_id = "com.vmware.simulated.fault";
    std::string message = "A fault rule asked for this.";
    std::string title;     // of a proxy's page
    std::string location;  // header of a proxy's answer
    std::string words;     // instead, in each place of the error that holds words
    bool echo = false;     // the words repeat the request's own credentials and body
    std::optional<bool> is_transient;
    std::optional<double> retry_after_s;
    bool processed = false;  // status and proxy: do the work first, then answer with the error
    double blocked_ms = 0;
    double after_ms = 0;

    std::int64_t seen = 0;  // matching requests so far
    std::int64_t hits = 0;  // of these, harmed
};

// First match wins. A rule whose skip, max or probability lets a request pass does not shadow the
// rules after it.
class rule_list {
public:
    void replace(std::vector<fault_rule> rules) { rules_ = std::move(rules); }
    bool empty() const { return rules_.empty(); }
    const std::vector<fault_rule>& all() const { return rules_; }

    // The rule that hits this request, or null. The pointer is good until `replace`.
    const fault_rule* pick(const request& in, random_stream& random);

private:
    std::vector<fault_rule> rules_;
};

// The rule as it speaks to this request: `words` and `echo` have become part of its message.
fault_rule speaking_to(const fault_rule& rule, const request& in);

outcome<std::vector<fault_rule>> read_rules(const boost::json::value& array);
void append_rules(std::string& out, const std::vector<fault_rule>& rules);

}  // namespace cloned::simulator
