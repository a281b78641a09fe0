#include "backends/zstack/job_answer.hpp"

#include "backends/http/intermediary.hpp"
#include "backends/zstack/task_name.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::zstack {
namespace {

using http::json_document;
using http::json_node;

constexpr std::size_t max_id_bytes = 128;
constexpr std::size_t max_errors_told = 3;

result<cloned_item> read_item(const json_node& from) {
    cloned_item out;
    if (const auto why = from.find("error")) out.why = read_error(*why);
    const auto vm = from.find("inventory");
    if (!vm) {
        if (out.why) return out;
        return fail(errc::protocol_error,
                    concat("the answer's ", from.path(), " has neither inventory nor error"));
    }
    const auto uuid = vm->text_at("uuid");
    if (!uuid) return fail(uuid.error());
    const auto name = vm->text_at("name");
    if (!name) return fail(name.error());
    if (uuid->empty() || uuid->size() > max_id_bytes)
        return fail(errc::protocol_error, "the answer's uuid of a VM is empty or too long");
    out.vm = *uuid;
    out.name = *name;
    return out;
}

result<job_answer> read_ended(const std::string& body) {
    json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    if (!root->is_object()) return fail(errc::protocol_error, "the job's answer is no object");
    job_answer out;
    out.state = job_state::ended;
    const auto result = root->find("result");
    const auto list = (result ? *result : *root).find("inventories");
    if (!list) return out;
    const auto elements = list->elements();
    if (!elements) return fail(elements.error());
    out.items.reserve(elements->size());
    for (const auto& element : *elements) {
        auto item = read_item(element);
        if (!item) return fail(item.error());
        out.items.push_back(std::move(*item));
    }
    return out;
}

const cloned_item* find_vm(const job_answer& answer, const std::string& name) {
    const cloned_item* found = nullptr;
    for (const auto& item : answer.items) {
        if (item.vm.empty() || item.name != name) continue;
        if (found == nullptr || found->why) found = &item;
    }
    return found;
}

task_status made(const std::string& task, const cloned_item& item) {
    task_status out;
    out.task_id = task;
    out.vm = item.vm;
    out.phase = task_phase::succeeded;
    if (!item.why) return out;
    // Never to be repeated: its VM is there.
    out.phase = task_phase::failed;
    const auto said = to_error(*item.why);
    out.said = error(said.code(), concat("the VM was made and is there as ", one_line(item.vm, 64),
                                         ", but a step after that failed: ", said.message()));
    return out;
}

task_status in_doubt(const std::string& task, std::string why) {
    task_status out;
    out.task_id = task;
    out.phase = task_phase::vanished;
    out.said = error(errc::in_doubt, std::move(why));
    return out;
}

// The errors of an ended call that stand without a VM, as one status for each name without one.
struct nameless {
    std::size_t count = 0;
    bool doubtful = false;
    bool later = false;
    error said;
};

nameless gather_nameless(const job_answer& answer) {
    nameless out;
    std::vector<std::string> words;
    for (const auto& item : answer.items) {
        if (!item.vm.empty() || !item.why) continue;
        const auto meant = judge_item(*item.why);
        const auto said = to_error(*item.why);
        if (out.count++ == 0) out.said = said;
        out.doubtful |= meant == verdict::unknown;
        out.later |= meant == verdict::later;
        const bool told = std::find(words.begin(), words.end(), said.message()) != words.end();
        if (!told && words.size() < max_errors_told) words.push_back(said.message());
    }
    std::string text;
    for (const auto& w : words) text += text.empty() ? w : concat(" / ", w);
    out.said = error(out.said.code(), std::move(text));
    return out;
}

std::vector<task_status> judge_ended(const std::string& uuid,
                                     const std::vector<std::string>& names,
                                     const job_answer& answer) {
    std::vector<task_status> out;
    std::vector<std::size_t> missing;
    for (const auto& name : names) {
        const auto task = task_name{uuid, name}.text();
        const bool only_one = name.empty() && answer.items.size() == 1;
        const auto* item = only_one ? &answer.items.front() : find_vm(answer, name);
        if (item != nullptr && !item->vm.empty()) {
            out.push_back(made(task, *item));
        } else {
            missing.push_back(out.size());
            out.push_back(in_doubt(task,
                                   "the job has ended, but its result does not tell what "
                                   "became of this VM"));
        }
    }
    const auto errors = gather_nameless(answer);
    const bool unknown_name =
        names.size() == 1 && names.front().empty() && answer.items.size() != 1;
    // More names than errors: some VM was made under a name that we do not recognise.
    if (missing.size() > errors.count || unknown_name) return out;
    for (const auto i : missing) {
        auto& status = out[i];
        status.said = errors.said;
        if (errors.doubtful) continue;
        status.phase = task_phase::failed;
        status.later = errors.later;
    }
    return out;
}

task_status judge_failed(const std::string& task, const fault& why, late_steps after) {
    auto out = in_doubt(task, concat("its job has failed: ", to_error(why).message()));
    switch (judge_call(why, after)) {
        case verdict::no_session:
            out.phase = task_phase::refused;
            out.why = refusal::not_sent;
            break;
        case verdict::busy:
            out.phase = task_phase::refused;
            out.why = refusal::busy;
            break;
        case verdict::later:
            out.phase = task_phase::failed;
            out.later = true;
            break;
        case verdict::final:
            out.phase = task_phase::failed;
            break;
        case verdict::unknown:
            return out;
    }
    out.said = to_error(why);
    return out;
}

}  // namespace

result<job_answer> read_job(const http::response& answer) {
    job_answer out;
    if (answer.status == 202) return out;
    if (answer.status == 200 && http::looks_like_json(answer.body)) return read_ended(answer.body);
    out.why = read_fault(answer);
    if (answer.status == 503 && out.why.structured) {
        out.state = job_state::failed;
        return out;
    }
    // A proxy that cannot reach the node may say 404 as well, and knows nothing about the job.
    if (answer.status == 404 && out.why.own) {
        out.state = job_state::gone;
        return out;
    }
    return fail(to_read_error(out.why));
}

std::vector<task_status> judge(const std::string& uuid,
                               const std::vector<std::string>& names,
                               const job_answer& answer,
                               late_steps after) {
    if (answer.state == job_state::ended) return judge_ended(uuid, names, answer);
    std::vector<task_status> out;
    for (const auto& name : names) {
        const auto task = task_name{uuid, name}.text();
        switch (answer.state) {
            case job_state::failed:
                out.push_back(judge_failed(task, answer.why, after));
                break;
            case job_state::gone:
                out.push_back(in_doubt(task, concat("the upstream no longer knows its job: ",
                                                    to_error(answer.why).message())));
                break;
            default:
                out.emplace_back().task_id = task;
                break;
        }
    }
    return out;
}

}  // namespace cloned::backends::zstack
