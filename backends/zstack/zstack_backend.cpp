#include "backends/zstack/zstack_backend.hpp"

#include "backends/http/intermediary.hpp"
#include "backends/outcome.hpp"
#include "backends/zstack/requests.hpp"
#include "backends/zstack/submit_answer.hpp"
#include "backends/zstack/task_name.hpp"
#include "backends/zstack/vm_list.hpp"
#include "base/fan_out.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace cloned::backends::zstack {
namespace {

constexpr std::size_t width = 4;
// The upstream counts requests by the minute and by the client's address. Those that are left out
// come first in the next turn.
constexpr std::size_t max_asked_per_turn = 100;
constexpr milliseconds goodbye_span{3000};
// Jobs of which is known when they were sent; of one that is not, a dead session is not believed.
constexpr std::size_t max_remembered = 20'000;

std::vector<submit_outcome> all_started(const std::string& uuid,
                                        const std::vector<std::string>& names) {
    std::vector<submit_outcome> out;
    for (const auto& name : names) out.push_back(started{task_name{uuid, name}.text()});
    return out;
}

// What has failed as a whole may have left its VM, and nothing is sent again before its VM was
// looked for: both are settled by a look.
task_status until_looked_for(task_status word, bool failed_as_a_whole) {
    const bool without_vm = word.phase == task_phase::failed && word.vm.empty();
    if (word.phase != task_phase::refused && !(without_vm && (failed_as_a_whole || word.later)))
        return word;
    task_status out;
    out.task_id = std::move(word.task_id);
    out.phase = task_phase::vanished;
    out.said = error(errc::in_doubt, concat("its job has failed: ", word.said.message()));
    return out;
}

}  // namespace

zstack_backend::zstack_backend(asio::io_context& loop,
                               cloned::clock& clock,
                               endpoint_info info,
                               zstack_options options,
                               std::unique_ptr<http::client> client,
                               std::unique_ptr<access> access)
    : loop_(loop),
      clock_(clock),
      info_(std::move(info)),
      options_(options),
      client_(std::move(client)),
      access_(std::move(access)) {}

// --- asking

task<result<http::response>> zstack_backend::read(http::request what, steady_time deadline) {
    what.deadline = deadline;
    auto answer = co_await access_->send(std::move(what));
    if (answer && (answer->status != 200 || !http::looks_like_json(answer->body)))
        co_return fail(explain(*answer));
    co_return answer;
}

task<result<job_answer>> zstack_backend::ask_job(std::string uuid, steady_time deadline) {
    auto ask = job_request(uuid);
    ask.deadline = deadline;
    auto answer = co_await client_->send(std::move(ask));
    if (!answer) co_return fail(answer.error());
    co_return read_job(*answer);
}

// A job has told that its session was dead. Whether it was the present one, only a read can tell,
// and the read renews it then. Nothing is lost if it does not succeed: the next job tells again.
task<void> zstack_backend::renew_session(steady_time deadline) {
    auto ask = probe_request();
    auto ignored = co_await read(std::move(ask), deadline);
    static_cast<void>(ignored);
}

// --- submitting

task<submit_outcome> zstack_backend::submit(submission what) {
    std::vector<submission> alone;
    alone.push_back(std::move(what));
    auto outcomes = co_await submit_together(std::move(alone));
    co_return std::move(outcomes.front());
}

task<std::vector<submit_outcome>> zstack_backend::submit_together(std::vector<submission> what) {
    std::vector<submit_outcome> out;
    std::vector<std::string> names;
    std::vector<std::size_t> places;
    std::set<std::string> taken;
    const zstack_clone_spec* first = nullptr;
    for (const auto& one : what) {
        const auto* spec = std::get_if<zstack_clone_spec>(&one.spec);
        auto problem = spec == nullptr ? std::string("ZStack does not serve jobs of this kind")
                                       : name_problem(spec->name);
        if (problem.empty() && !is_uuid(one.task_id))
            problem = "the job uuid is none of 32 hexadecimal digits";
        if (problem.empty() && first != nullptr && one.task_id != what[places.front()].task_id)
            problem = "jobs of different uuids cannot share a call";
        // Which name failed is found by elimination; equal ones could not be told apart.
        if (problem.empty() && !taken.insert(spec->name).second)
            problem = "another VM of the same name is made by the same call";
        out.push_back(failed{error(errc::invalid_argument, problem), false});
        if (!problem.empty()) continue;
        if (first == nullptr) first = spec;
        places.push_back(out.size() - 1);
        names.push_back(spec->name);
    }
    if (first == nullptr) co_return out;
    auto& leader = what[places.front()];
    auto outcomes = co_await call(*first, std::move(names), leader.task_id, leader.repeated);
    for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(outcomes[i]);
    co_return out;
}

task<std::vector<submit_outcome>> zstack_backend::call(zstack_clone_spec spec,
                                                       std::vector<std::string> names,
                                                       std::string uuid,
                                                       bool repeated) {
    const auto latest = deadline();
    const auto all = [&](const submit_outcome& one) {
        return std::vector<submit_outcome>(names.size(), one);
    };
    auto ask = clone_request(spec, names, uuid, options_.nic_params);
    if (!ask) co_return all(failed{ask.error(), false});
    if (repeated && !options_.refuses_known_tasks) {
        // An old server would run the same job again.
        auto known = co_await ask_job(uuid, latest);
        if (!known) co_return all(uncertain{error(errc::in_doubt, known.error().message())});
        if (known->state != job_state::gone) co_return all_started(uuid, names);
    }
    ask->deadline = latest;
    auto answer = co_await access_->send(std::move(*ask));
    if (sent_.size() >= max_remembered) sent_.clear();
    sent_.try_emplace(uuid, sent_call{access_->deaths(), std::nullopt});
    if (!answer) co_return all(outcome_without_answer(answer.error()));
    auto out = outcomes_of(*answer, uuid, names, late_steps_of(spec));
    if (!spec.vm_nic_params.empty()) hint_at_nics(out, options_.nic_params);
    // A node that knows the job uuid already says so with a 400 and in words that are not always
    // the same; a failure for good must not rest on them.
    const bool perhaps_known =
        repeated && answer->status == 400 && !std::holds_alternative<started>(out.front());
    if (!perhaps_known) co_return out;
    auto known = co_await ask_job(uuid, latest);
    if (!known) co_return all(uncertain{error(errc::in_doubt, known.error().message())});
    if (known->state == job_state::gone) co_return out;
    co_return all_started(uuid, names);
}

// --- polling

struct zstack_backend::turn {
    steady_time deadline{};
    std::map<std::string, std::vector<std::string>> names;  // by uuid
    std::vector<std::string> asked;
    std::vector<task_status> known;
    std::set<std::string> silent;  // uuids without news
    std::optional<error> trouble;
    bool too_many = false;          // we are told to ask less
    std::vector<std::string> dead;  // jobs that had no session
};

// The next jobs in turn, so that each is asked for however many there are.
std::vector<std::string> zstack_backend::choose(turn& now) {
    std::vector<std::string> out;
    const auto count = std::min(now.names.size(), max_asked_per_turn);
    auto at = now.names.upper_bound(asked_last_);
    while (out.size() < count) {
        if (at == now.names.end()) at = now.names.begin();
        out.push_back(at->first);
        ++at;
    }
    if (!out.empty()) asked_last_ = out.back();
    return out;
}

task<void> zstack_backend::poll_one(turn& now, std::size_t index) {
    if (now.too_many) co_return;
    const auto uuid = now.asked[index];
    auto job = co_await ask_job(uuid, now.deadline);
    if (!job) {
        if (!now.trouble) now.trouble = job.error();
        now.too_many |= job.error().code() == errc::unavailable;
        co_return;
    }
    now.silent.erase(uuid);
    if (job->state == job_state::failed && is_dead_session(job->why)) now.dead.push_back(uuid);
    if (job->state == job_state::running && sent_.contains(uuid))
        sent_[uuid].had_no_session = false;
    // The spec is not known here, so the worst is assumed of it; who looks has it and can tell
    // more.
    auto judged = judge(uuid, now.names[uuid], *job, late_steps::possible);
    const bool as_a_whole = job->state == job_state::failed;
    for (auto& status : judged)
        now.known.push_back(until_looked_for(std::move(status), as_a_whole));
}

task<result<std::vector<task_status>>> zstack_backend::poll(std::vector<std::string> tasks) {
    turn now;
    now.deadline = deadline();
    for (const auto& task : tasks) {
        auto which = task_name::from(task);
        if (which.uuid.empty()) {
            auto& strange = now.known.emplace_back();
            strange.task_id = task;
            strange.phase = task_phase::vanished;
            strange.said = error(errc::in_doubt, "this is no task of a ZStack");
        } else {
            now.names[which.uuid].push_back(std::move(which.name));
            now.silent.insert(which.uuid);
        }
    }
    now.asked = choose(now);
    const std::function<task<void>(std::size_t)> body = [&](std::size_t i) {
        return poll_one(now, i);
    };
    co_await fan_out(loop_, now.asked.size(), width, body);
    if (!now.dead.empty()) co_await renew_session(now.deadline);
    for (const auto& uuid : now.dead) believes_dead_session(uuid);
    if (now.known.empty() && now.trouble) co_return fail(*now.trouble);
    for (const auto& uuid : now.silent)
        for (const auto& name : now.names[uuid])
            now.known.emplace_back().task_id = task_name{uuid, name}.text();
    co_return std::move(now.known);
}

// --- looking

bool zstack_backend::is_overdue(wall_time sent_at) const {
    const auto limit = info_.task_timeout;
    return limit > milliseconds(0) && clock_.wall() - sent_at > limit;
}

// Of a call that another life has sent nothing is known. That is not believed, no more than of an
// access key, which knows no session.
bool zstack_backend::believes_dead_session(const std::string& uuid) {
    const auto sent = sent_.find(uuid);
    if (sent == sent_.end()) return false;
    auto& believed = sent->second.had_no_session;
    if (!believed) believed = access_->deaths() > sent->second.deaths;
    return *believed;
}

task<result<job_word>> zstack_backend::hear(const evidence_query& query, steady_time deadline) {
    const auto which = task_name::from(query.task_id);
    const auto& spec = std::get<zstack_clone_spec>(query.spec);
    auto job = co_await ask_job(which.uuid, deadline);
    if (!job) co_return fail(job.error());
    const bool dead = job->state == job_state::failed && is_dead_session(job->why);
    if (dead) co_await renew_session(deadline);
    const std::vector<std::string> names(1, spec.name);
    job_word out;
    out.status = judge(which.uuid, names, *job, late_steps_of(spec)).front();
    out.failed = job->state == job_state::failed;
    out.believable = !dead || believes_dead_session(which.uuid);
    // What the node has taken it knows until it has ended, and for a while after that; what it may
    // have taken, unless that uuid cannot run a second time.
    const bool taken = !which.name.empty() || !options_.refuses_known_tasks;
    out.may_be_alive = (dead || job->state == job_state::gone) && taken &&
                       clock_.wall() - query.sent_at < options_.job_retention;
    if (out.status.phase == task_phase::running && is_overdue(query.sent_at)) {
        // A node that died in the midst of it would say so forever.
        out.status.phase = task_phase::vanished;
        out.status.said =
            error(errc::in_doubt, "its job is reported as running for longer than is possible");
    }
    co_return out;
}

// The job first: a VM whose making ends between the two looks is then seen in the list.
task<result<evidence>> zstack_backend::look(evidence_query query) {
    const auto* spec = std::get_if<zstack_clone_spec>(&query.spec);
    if (spec == nullptr)
        co_return fail(errc::invalid_argument, "ZStack does not serve jobs of this kind");
    const auto latest = deadline();
    bool fresh = true;
    if (const auto after = query.session_after) {
        co_await access_->renew(*after, latest);
        fresh = access_->began_after(*after);
    }
    evidence out;
    std::optional<job_word> word;
    if (!task_name::from(query.task_id).uuid.empty()) {
        auto heard = co_await hear(query, latest);
        if (!heard) co_return fail(heard.error());
        word = std::move(*heard);
        if (stands_alone(*word)) {
            if (word->status.phase == task_phase::succeeded)
                out.presence = evidence::vm_presence::present;
            out.vm = word->status.vm;
            out.seen = concat("the upstream still knows job ", task_name::from(query.task_id).uuid);
            out.own_task = std::move(word->status);
            co_return out;
        }
    }
    auto sighting = co_await look_for_vm(*spec, query.sent_at, latest);
    if (!sighting) co_return fail(sighting.error());
    if (word) {
        out = weigh(std::move(*word), *sighting);
    } else {
        out.presence = sighting->presence;
        out.vm = std::move(sighting->vm);
        out.seen = std::move(sighting->seen);
    }
    out.fresh_session = fresh;
    co_return out;
}

task<result<vm_sighting>> zstack_backend::look_for_vm(zstack_clone_spec spec,
                                                      wall_time sent_at,
                                                      steady_time deadline) {
    auto listed = co_await read(vms_named(spec.name), deadline);
    if (!listed) co_return fail(listed.error());
    wanted_vm wanted;
    wanted.name = std::move(spec.name);
    wanted.source = std::move(spec.vm_instance);
    wanted.sent_at = sent_at;
    wanted.clock_offset = options_.clock_offset;
    wanted.strategy = std::move(spec.strategy);
    co_return read_vms(listed->body, wanted);
}

// --- the rest

task<result<void>> zstack_backend::probe() {
    const auto latest = deadline();
    auto answer = co_await read(probe_request(), latest);
    if (!answer) co_return fail(answer.error());
    co_return result<void>();
}

task<void> zstack_backend::close() {
    const auto latest = clock_.now() + goodbye_span;
    co_await access_->close(latest);
    client_->close();
}

}  // namespace cloned::backends::zstack
