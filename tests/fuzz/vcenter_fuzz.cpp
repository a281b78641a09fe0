// vCenter's answers, in both flavours.
#include "backends/vcenter/wire.hpp"
#include "base/check.hpp"
#include "tests/fuzz/answer.hpp"

#include <span>

namespace {

using namespace cloned;
using namespace cloned::backends;
using presence = evidence::vm_presence;

template <class T>
void check_read(const result<T>& read, bool json) {
    CLONED_CHECK(json || !read, "a text that is no JSON was understood");
    if (!read) fuzz::check_words(read.error());
}

void check_faults(const http::response& answer) {
    const auto what = vapi::read_fault(answer);
    for (const auto signal : {vapi::capacity_signal::no, vapi::capacity_signal::yes}) {
        const auto outcome = vapi::outcome_of(what, signal);
        CLONED_CHECK(!fuzz::claims_success(outcome), "a fault is no success");
        fuzz::check_words(outcome);
    }
    fuzz::check_words(vapi::to_error(what));
    fuzz::check_words(vapi::to_read_error(what));
    fuzz::check_words(vapi::explain(answer));
}

void check_vms(const vcenter::wire& speaks, std::string_view body, bool json) {
    static const std::vector<std::string> names{"web-001", "a/b", "web-1"};
    for (const auto count : {std::size_t{1}, names.size()}) {
        const auto asked = std::span(names).first(count);
        const auto seen = speaks.read_vms(body, asked);
        check_read(seen, json);
        if (!seen) continue;
        CLONED_CHECK(seen->size() == count, "one sighting for each name");
        for (const auto& one : *seen) {
            const bool one_vm =
                one.presence == presence::present || one.presence == presence::incomplete;
            CLONED_CHECK(one_vm != one.vm.empty(), "a VM that is there has an id");
        }
    }
}

void check_tasks(const vcenter::wire& speaks, std::string_view body, bool json) {
    const auto one = speaks.read_task("task-1", body);
    check_read(one, json);
    if (one) {
        CLONED_CHECK(one->task_id == "task-1", "the status of another task");
        fuzz::check_status(*one);
    }
    const auto list = speaks.read_list(body);
    check_read(list, json);
    if (list)
        for (const auto& status : *list) fuzz::check_status(status);
    check_read(speaks.read_names(body), json);
    fuzz::check_evidence(speaks.read_vm_tasks(body), json, "clone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = fuzz::read_answer(fuzz::text_of(data, size));
    const bool json = fuzz::is_json(answer.body);
    check_faults(answer);
    for (const auto flavour : {vapi::flavour::api, vapi::flavour::rest}) {
        const vcenter::wire speaks(flavour);
        const auto id = speaks.read_clone(answer.body);
        check_read(id, json);
        if (id) CLONED_CHECK(!id->empty(), "a task without an id");
        check_read(speaks.read_power(answer.body), json);
        check_read(speaks.read_tools(answer.body), json);
        check_vms(speaks, answer.body, json);
        check_tasks(speaks, answer.body, json);
    }
    return 0;
}
