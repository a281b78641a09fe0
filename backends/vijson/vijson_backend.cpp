#include "backends/vijson/vijson_backend.hpp"

#include "backends/http/intermediary.hpp"
#include "backends/outcome.hpp"
#include "backends/vijson/task_name.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::vijson {
namespace {

constexpr std::size_t names_per_call = 200;
constexpr int max_pages = 200;
// What is left of the difference between two clocks after it was measured.
constexpr milliseconds clock_slack{1000};

void add_once(std::vector<std::string>& to, const std::string& id) {
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
}

void append_page(property_page& to, property_page page) {
    std::move(page.tasks.begin(), page.tasks.end(), std::back_inserter(to.tasks));
    std::move(page.vms.begin(), page.vms.end(), std::back_inserter(to.vms));
    std::move(page.hidden.begin(), page.hidden.end(), std::back_inserter(to.hidden));
    to.objects += page.objects;
    to.told += page.told;
    if (to.session_user.empty()) to.session_user = std::move(page.session_user);
    to.next = std::move(page.next);
}

// A look always asks for the session too, which is always there: an answer without it is no answer,
// and proves no absence.
error tells_nothing() {
    return {errc::protocol_error, "the answer tells of no object, not even of the session"};
}

error vm_is_gone(std::string_view vm) {
    return {errc::not_found, concat("VM ", one_line(vm, 100), " does not exist")};
}

// The VMs of tasks whose end does not tell what became of their guests.
property_request guests_to_hear(const property_page& seen) {
    property_request wish;
    for (const auto& task : seen.tasks)
        if (is_unclear(task) && !task.entity.empty() && seen.find_vm(task.entity) == nullptr)
            add_once(wish.vms, task.entity);
    return wish;
}

// What became of one task. `all_seen`: the answer is whole, so that what is not in it is gone.
task_status status_of(const std::string& id, const property_page& seen, bool all_seen) {
    const auto name = task_name::from(id);
    task_status out;
    out.task_id = id;
    out.vm = name.vm;
    const auto* task = seen.find_task(name.task_id);
    if (task != nullptr) {
        const auto* vm = seen.find_vm(name.follows_guest() ? name.vm : task->entity);
        // No news before its guest was heard.
        if (is_unclear(*task) && vm == nullptr && !all_seen) return out;
        out = interpret(id, *task, name.follows_guest(), vm);
        if (name.follows_guest()) out.vm = name.vm;
        const bool gone = all_seen && name.follows_guest() && vm == nullptr;
        if (gone && out.phase == task_phase::running && task->phase == task_phase::succeeded) {
            out.phase = task_phase::failed;
            out.said = vm_is_gone(name.vm);
        }
        return out;
    }
    const auto* hidden = seen.find_hidden("Task", name.task_id);
    const bool gone = hidden != nullptr ? hidden->why.type == "ManagedObjectNotFound" : all_seen;
    if (gone) {
        out.phase = task_phase::vanished;
        out.said = error(errc::not_found, concat("the upstream does not know ", one_line(id, 200)));
    }
    return out;
}

}  // namespace

vijson_backend::vijson_backend(cloned::clock& clock, vijson_parts parts)
    : clock_(clock),
      parts_(std::move(parts)),
      calls_(*parts_.client, *parts_.session, explain_dead_session, tells_dead_session) {}

task<result<discovery::found>> vijson_backend::find_service(steady_time latest) {
    auto at = co_await parts_.where->find(latest);
    if (!at) co_return fail(at.error());
    const auto& release = (*at)->release;
    if (parts_.borrowed && parts_.where->negotiates() &&
        is_older(release, first_shared_session_release)) {
        parts_.where->forget();
        co_return fail(errc::unauthenticated,
                       concat("this vCenter speaks VI JSON of release ", release,
                              ", in which a session of /api is not accepted; that begins with 8.0 "
                              "Update 3, before it a user and a password are needed"));
    }
    co_return at;
}

task<result<http::response>> vijson_backend::read(http::request what, steady_time latest) {
    what.deadline = latest;
    auto answer = co_await calls_.send(std::move(what));
    if (!answer) co_return fail(answer.error());
    if (!is_success(*answer)) co_return fail(to_read_error(read_fault(*answer)));
    if (!is_nothing(answer->body) && !http::looks_like_json(answer->body))
        co_return fail(errc::unavailable, http::words_of_intermediary(*answer));
    co_return answer;
}

task<submit_outcome> vijson_backend::submit(submission what) {
    const auto* spec = std::get_if<customize_guest_spec>(&what.spec);
    if (spec == nullptr) {
        error why(errc::invalid_argument, "VI JSON does not serve jobs of this kind");
        co_return failed{std::move(why), false};
    }
    const auto latest = deadline();
    auto at = co_await find_service(latest);
    if (!at) co_return outcome_without_answer(at.error());
    const auto& manager = (*at)->at.customization_manager;
    if (manager.empty()) {
        error why(errc::failed_precondition,
                  "this vCenter has no manager for the customization of running guests");
        co_return failed{std::move(why), false};
    }
    auto body = customize_body(*spec, parts_.options.credentials);
    if (!body) co_return failed{body.error(), false};

    auto ask = (*at)->speaks.customize(manager, std::move(*body), what.operation_id);
    ask.deadline = latest;
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return outcome_without_answer(answer.error());
    if (!is_success(*answer)) co_return outcome_of(read_fault(*answer));
    auto id = wire::read_task(answer->body);
    if (!id) co_return outcome_not_understood(*answer, id.error());
    task_name name{std::move(*id), {}};
    if (spec->wait_for_guest) name.vm = spec->vm;
    co_return started{name.text()};
}

// A session that is refused some properties alone is renewed as well, but only so often as a
// session may be: it may be that those properties are shown to nobody.
task<vijson_backend::sighting> vijson_backend::retrieve(property_request wish, steady_time latest) {
    const auto began = clock_.now();
    auto first = co_await retrieve_once(wish, latest);
    if (find_unauthenticated(first.seen) == nullptr) co_return first;
    co_await parts_.session->renew(began, latest);
    if (!parts_.session->began_after(began)) co_return first;
    co_return co_await retrieve_once(std::move(wish), latest);
}

task<vijson_backend::sighting> vijson_backend::retrieve_once(property_request wish,
                                                             steady_time latest) {
    sighting out;
    auto at = co_await find_service(latest);
    if (!at) {
        out.trouble = at.error();
        co_return out;
    }
    const auto& collector = (*at)->at.property_collector;
    auto ask = (*at)->speaks.retrieve(collector, wish);
    for (int page = 0; page < max_pages; ++page) {
        auto answer = co_await read(std::move(ask), latest);
        if (!answer) {
            out.trouble = answer.error();
            co_return out;
        }
        auto told = read_page(answer->body);
        if (!told) {
            out.trouble = told.error();
            co_return out;
        }
        out.anything = true;
        append_page(out.seen, std::move(*told));
        if (out.seen.next.empty()) co_return out;
        ask = (*at)->speaks.next_page(collector, out.seen.next);
    }
    out.trouble = error(errc::protocol_error, "the upstream's answer has no end");
    co_return out;
}

task<result<std::vector<task_status>>> vijson_backend::poll(std::vector<std::string> tasks) {
    const auto latest = deadline();
    std::vector<task_status> out;
    out.reserve(tasks.size());
    std::optional<error> trouble;
    bool anything = false;
    for (std::size_t first = 0; first < tasks.size(); first += names_per_call) {
        const auto end = std::min(first + names_per_call, tasks.size());
        property_request wish;
        for (auto i = first; i < end; ++i) {
            const auto name = task_name::from(tasks[i]);
            add_once(wish.tasks, name.task_id);
            if (name.follows_guest()) add_once(wish.vms, name.vm);
        }
        auto told = co_await retrieve(std::move(wish), latest);
        anything = anything || told.anything;
        auto guests = guests_to_hear(told.seen);
        if (!guests.vms.empty()) {
            auto heard = co_await retrieve(std::move(guests), latest);
            append_page(told.seen, std::move(heard.seen));
            if (heard.trouble && !told.trouble) told.trouble = std::move(heard.trouble);
        }
        const bool all_seen = !told.trouble;
        if (told.trouble && !trouble) trouble = std::move(told.trouble);
        for (auto i = first; i < end; ++i) out.push_back(status_of(tasks[i], told.seen, all_seen));
    }
    if (trouble && !anything) co_return fail(std::move(*trouble));
    co_return out;
}

task<result<milliseconds>> vijson_backend::clock_difference(steady_time latest) {
    auto at = co_await find_service(latest);
    if (!at) co_return fail(at.error());
    auto answer = co_await read((*at)->speaks.current_time(), latest);
    if (!answer) co_return fail(answer.error());
    const auto now = clock_.wall();
    auto theirs = wire::read_current_time(answer->body);
    if (!theirs) co_return fail(theirs.error());
    // Their clock stood at this at some moment before ours stood at `now`.
    co_return *theirs - now;
}

task<result<evidence>> vijson_backend::look(evidence_query query) {
    const auto* spec = std::get_if<customize_guest_spec>(&query.spec);
    if (spec == nullptr)
        co_return fail(errc::invalid_argument, "VI JSON does not serve jobs of this kind");
    const auto latest = deadline();
    auto at = co_await find_service(latest);
    if (!at) co_return fail(at.error());
    bool fresh = true;
    if (const auto after = query.session_after) {
        co_await parts_.session->renew(*after, latest);
        fresh = parts_.session->began_after(*after);
    }
    auto ahead = co_await clock_difference(latest);
    if (!ahead) co_return fail(ahead.error());

    const auto own = task_name::from(query.task_id);
    property_request wish;
    wish.vms.push_back(spec->vm);
    wish.recent_tasks = true;
    wish.session_manager = (*at)->at.session_manager;
    if (!own.task_id.empty()) wish.tasks.push_back(own.task_id);
    auto first = co_await retrieve(std::move(wish), latest);
    if (first.trouble) co_return fail(std::move(*first.trouble));
    if (first.seen.objects == 0) co_return fail(tells_nothing());

    doubtful_job job;
    job.spec = *spec;
    job.task_id = own.task_id;
    job.since = query.sent_at + *ahead - clock_slack;
    job.now = clock_.wall() + *ahead;
    job.user = first.seen.session_user;
    if (job.user.empty()) job.user = parts_.user;
    if (query.others)
        for (const auto& id : query.others->all()) job.known.insert(task_name::from(id).task_id);
    job.known.erase(own.task_id);
    auto told = judge_first_look(job, first.seen);
    if (!told) co_return fail(told.error());
    if (told->own_task) co_return std::move(*told);

    property_request recent;
    recent.tasks = first.seen.find_vm(spec->vm)->recent_tasks;
    if (!recent.tasks.empty()) {
        recent.session_manager = (*at)->at.session_manager;
        auto second = co_await retrieve(std::move(recent), latest);
        if (second.trouble) co_return fail(std::move(*second.trouble));
        if (second.seen.objects == 0) co_return fail(tells_nothing());
        first.seen.tasks = std::move(second.seen.tasks);
    }
    auto seen = judge_recent_tasks(job, first.seen);
    seen.fresh_session = fresh;
    co_return seen;
}

task<result<cancel_outcome>> vijson_backend::cancel(std::string task) {
    const auto latest = deadline();
    auto at = co_await find_service(latest);
    if (!at) co_return fail(at.error());
    auto ask = (*at)->speaks.cancel_task(task_name::from(task).task_id);
    ask.deadline = latest;
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return fail(answer.error());
    if (is_success(*answer)) co_return cancel_outcome::asked;
    const auto what = read_fault(*answer);
    if (what.type == "NotSupported") co_return cancel_outcome::unsupported;
    const bool ended = what.type == "InvalidState" || what.type == "ManagedObjectNotFound";
    if (ended && task_name::from(task).follows_guest()) {
        std::vector<std::string> one(1, task);
        auto status = co_await poll(std::move(one));
        if (status && status->front().only_waits) co_return cancel_outcome::only_waits;
    }
    if (ended) co_return cancel_outcome::too_late;
    co_return fail(to_read_error(what));
}

task<result<void>> vijson_backend::probe() {
    const auto latest = deadline();
    auto at = co_await find_service(latest);
    if (!at) co_return fail(at.error());
    // The property currentSession would not do: it is shown to those without a session as well.
    auto answer = co_await read((*at)->speaks.current_time(), latest);
    if (!answer) co_return fail(answer.error());
    co_return result<void>();
}

task<result<void>> vijson_backend::log_in() {
    parts_.session->try_now();
    return probe();
}

void vijson_backend::use_secret(std::string secret) {
    parts_.session->use_secret(std::move(secret));
}

task<void> vijson_backend::close() {
    const auto now = clock_.now();
    co_await http::log_out(*parts_.session, *parts_.client, now);
}

}  // namespace cloned::backends::vijson
