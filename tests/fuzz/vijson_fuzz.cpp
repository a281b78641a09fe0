// The answers of VI JSON.
#include "backends/vijson/evidence.hpp"
#include "backends/vijson/wire.hpp"
#include "base/check.hpp"
#include "tests/fuzz/answer.hpp"

namespace {

using namespace cloned;
using namespace cloned::backends;
using presence = evidence::vm_presence;

template <class T>
void check_read(const result<T>& read, bool json) {
    CLONED_CHECK(json || !read, "a text that is no JSON was understood");
}

void check_faults(const http::response& answer) {
    const auto what = vijson::read_fault(answer);
    const auto outcome = vijson::outcome_of(what);
    CLONED_CHECK(!fuzz::claims_success(outcome), "a fault is no success");
    fuzz::check_words(outcome);
    for (const auto& said : {vijson::to_error(what), vijson::to_read_error(what),
                             vijson::explain(answer), vijson::explain_login(answer)})
        fuzz::check_words(said);
}

void check_evidence(const result<evidence>& seen) {
    if (!seen) return fuzz::check_words(seen.error());
    if (seen->own_task) fuzz::check_words(*seen->own_task);
}

void check_doubts(const vijson::property_page& page) {
    vijson::doubtful_job job;
    job.spec.vm = "vm-7";
    job.user = "VSPHERE.LOCAL\\svc";
    for (const auto* task : {"", "task-1"}) {
        job.task_id = task;
        for (const bool waits : {false, true}) {
            job.spec.wait_for_guest = waits;
            check_evidence(vijson::judge_first_look(job, page));
            if (page.find_vm(job.spec.vm) == nullptr) continue;
            auto seen = vijson::judge_recent_tasks(job, page);
            CLONED_CHECK(seen.presence != presence::ambiguous || !seen.seen.empty(),
                         "an operator is told nothing");
            check_evidence(result<evidence>(std::move(seen)));
        }
    }
}

void check_page(std::string_view body, bool json) {
    const auto page = vijson::read_page(body);
    if (!page) {
        fuzz::check_words(page.error());
        return;
    }
    if (vijson::is_nothing(body))
        CLONED_CHECK(page->objects == 0 && page->next.empty(), "nothing told something");
    else
        CLONED_CHECK(json, "a text that is no JSON was understood");
    CLONED_CHECK(page->objects > 0 || (page->tasks.empty() && page->vms.empty()),
                 "objects that are not counted");
    for (const auto& task : page->tasks) {
        for (const bool follows : {false, true}) {
            const auto* vm = follows ? page->find_vm("vm-7") : nullptr;
            const auto status = vijson::interpret("task-1/vm-7", task, follows, vm);
            fuzz::check_status(status);
            CLONED_CHECK(
                status.phase != task_phase::succeeded || task.phase == task_phase::succeeded,
                "a task that has not succeeded made a success");
        }
    }
    check_doubts(*page);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = fuzz::read_answer(fuzz::text_of(data, size));
    const bool json = fuzz::is_json(answer.body);
    check_faults(answer);
    const auto id = vijson::wire::read_task(answer.body);
    check_read(id, json);
    if (id) CLONED_CHECK(!id->empty(), "a task without an id");
    check_read(vijson::wire::read_content(answer.body), json);
    check_read(vijson::read_hello(answer.body), json);
    check_read(vijson::wire::read_current_time(answer.body), json);
    static_cast<void>(vijson::wire::read_login(answer));
    static_cast<void>(vijson::is_dead_session(answer));
    check_page(answer.body, json);
    return 0;
}
