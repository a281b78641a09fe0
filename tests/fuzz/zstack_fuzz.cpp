// ZStack's answers.
#include "backends/zstack/job_answer.hpp"
#include "backends/zstack/submit_answer.hpp"
#include "backends/zstack/task_name.hpp"
#include "backends/zstack/vm_list.hpp"
#include "base/check.hpp"
#include "tests/fuzz/answer.hpp"

#include <chrono>

namespace {

using namespace cloned;
using namespace cloned::backends;
using zstack::late_steps;
using presence = evidence::vm_presence;

const std::string uuid = "4d89929b96374b318af338577e77faec";
const std::vector<std::vector<std::string>> calls{{"web-001"}, {"web-01", "web-02"}, {""}};

// It was taken, whatever the body says: by its status, or because the uuid is ours already.
bool is_taken(const http::response& answer) {
    return answer.status == 202 ||
           (answer.status == 400 && answer.body.find("uplicate job uuid") != std::string::npos);
}

void check_outcomes(const http::response& answer, bool json, late_steps after) {
    for (const auto& names : calls) {
        const auto outcomes = zstack::outcomes_of(answer, uuid, names, after);
        CLONED_CHECK(outcomes.size() == names.size(), "one outcome for each name");
        for (const auto& outcome : outcomes) {
            fuzz::check_words(outcome);
            if (!is_taken(answer) && !json)
                CLONED_CHECK(!fuzz::claims_success(outcome),
                             "a text that is no JSON proved a success");
            if (const auto* task = std::get_if<started>(&outcome))
                CLONED_CHECK(!zstack::task_name::from(task->task_id).uuid.empty(),
                             "a task without a uuid");
            if (const auto* vm = std::get_if<finished>(&outcome))
                CLONED_CHECK(!vm->vm.empty(), "a VM without an id");
        }
    }
}

void check_job(const http::response& answer, bool json, late_steps after) {
    const auto job = zstack::read_job(answer);
    if (!job) {
        fuzz::check_words(job.error());
        return;
    }
    for (const auto& names : calls) {
        const auto all = zstack::judge(uuid, names, *job, after);
        CLONED_CHECK(all.size() == names.size(), "one status for each name");
        for (const auto& status : all) {
            fuzz::check_status(status);
            const bool done = status.phase == task_phase::succeeded;
            CLONED_CHECK(json || !done, "a text that is no JSON proved a success");
            CLONED_CHECK(!done || !status.vm.empty(), "a VM without an id");
            CLONED_CHECK(answer.status != 404 || status.phase == task_phase::vanished,
                         "a job that is not known was judged");
        }
    }
}

void check_list(const http::response& answer, bool json) {
    zstack::wanted_vm wanted;
    wanted.name = "web-001";
    wanted.source = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";
    wanted.sent_at = from_ms(1'767'268'800'000);
    wanted.clock_offset = std::chrono::minutes(480);
    for (const auto* strategy : {"", "JustCreate", "CreateStopped"}) {
        wanted.strategy = strategy;
        const auto seen = zstack::read_vms(answer.body, wanted);
        CLONED_CHECK(json || !seen, "a text that is no JSON showed who is there");
        if (!seen) {
            fuzz::check_words(seen.error());
            continue;
        }
        CLONED_CHECK(seen->presence != presence::absent || seen->vm.empty(),
                     "an absent VM has no id");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = fuzz::read_answer(fuzz::text_of(data, size));
    const bool json = fuzz::is_json(answer.body);
    for (const auto after : {late_steps::none, late_steps::possible}) {
        check_outcomes(answer, json, after);
        check_job(answer, json, after);
    }
    check_list(answer, json);
    const auto what = zstack::read_fault(answer);
    fuzz::check_words(zstack::to_error(what));
    fuzz::check_words(zstack::to_read_error(what));
    fuzz::check_words(zstack::explain(answer));
    return 0;
}
