// Snapservice's answers.
#include "backends/snapservice/wire.hpp"
#include "backends/vapi/faults.hpp"
#include "base/check.hpp"
#include "tests/fuzz/answer.hpp"

namespace {

using namespace cloned;
using namespace cloned::backends;

template <class T>
void check_read(const result<T>& read, bool json) {
    CLONED_CHECK(json || !read, "a text that is no JSON was understood");
    if (!read) fuzz::check_words(read.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = fuzz::read_answer(fuzz::text_of(data, size));
    const bool json = fuzz::is_json(answer.body);
    const auto outcome = vapi::outcome_of(vapi::read_fault(answer), vapi::capacity_signal::yes);
    CLONED_CHECK(!fuzz::claims_success(outcome), "a fault is no success");
    fuzz::check_words(outcome);

    const snapservice::wire speaks;
    const auto id = speaks.read_started(answer.body);
    check_read(id, json);
    if (id) CLONED_CHECK(!id->empty(), "a task without an id");
    fuzz::check_evidence(speaks.read_vm_tasks(answer.body), json, "linked");
    const auto one = speaks.read_task("task-1", answer.body);
    check_read(one, json);
    if (one) {
        CLONED_CHECK(one->task_id == "task-1", "the status of another task");
        fuzz::check_status(*one);
    }
    const auto list = speaks.read_list(answer.body);
    check_read(list, json);
    if (list)
        for (const auto& status : *list) fuzz::check_status(status);
    return 0;
}
