#include "tests/simulation/checker.hpp"

#include "simulator/model/world.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace cloned::simulation {
namespace {

using simulator::operation_kind;
using simulator::record_state;

constexpr double lag_of_no_moment = 400;  // in ms; shorter than the time between two looks

steady_time steady_of(wall_time wall, const plan& world) {
    return world_begin + (wall - from_ms(world.upstream.epoch_ms));
}

// The names of the VMs that a request is to make.
std::vector<std::string> names_in(const std::string& body) {
    std::vector<std::string> out;
    boost::json::error_code ec;
    const auto parsed = boost::json::parse(body, ec);
    const auto* root = ec ? nullptr : parsed.if_object();
    if (root == nullptr) return out;
    const auto add = [&](const boost::json::object& from) {
        if (const auto* name = from.if_contains("name"); name != nullptr && name->is_string())
            out.emplace_back(name->get_string().c_str());
        if (const auto* names = from.if_contains("names"); names != nullptr && names->is_array())
            for (const auto& name : names->get_array()) out.emplace_back(name.get_string().c_str());
    };
    add(*root);
    for (const auto& [key, value] : *root)
        if (const auto* inner = value.if_object()) add(*inner);
    return out;
}

operation_kind kind_at_upstream(job_kind kind) {
    switch (kind) {
        case job_kind::linked_clone:
            return operation_kind::linked_clone;
        case job_kind::restore:
            return operation_kind::restore;
        case job_kind::zstack_clone:
            return operation_kind::zstack_clone;
        default:
            break;
    }
    return operation_kind::clone;
}

}  // namespace

checker::checker(const plan& world, network& net, client_book& book, trace& log)
    : plan_(world), net_(net), book_(book), log_(log) {
    for (const auto& batch : plan_.batches)
        for (const auto& job : batch.jobs) {
            const auto name = identity_of(job.request.spec).name;
            if (!name.empty()) by_name_.try_emplace(name, &job);
        }
}

bool checker::is_ours(const simulator::operation_record& record) {
    return record.kind == operation_kind::zstack_clone || record.op_id.starts_with("cloned-");
}

const planned_job* checker::job_named(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

const planned_endpoint& checker::endpoint_of(const job_request& job) const {
    for (const auto& endpoint : plan_.endpoints)
        if (endpoint.options.info.name == job.endpoint) return endpoint;
    return plan_.endpoints.front();
}

std::int64_t checker::limit_of(const job_request& job) const {
    const lane_key lane{job.endpoint, job.cluster, kind_of(job.spec)};
    const auto touched = book_.limit_at_most.find(lane);
    if (touched != book_.limit_at_most.end()) return touched->second;
    return endpoint_of(job).options.info.lane_limit[static_cast<std::size_t>(lane.kind)];
}

// Nothing can count on what arrives after it must have died.
bool checker::is_ghost(const std::string& name) const {
    const auto quoted = concat("\"", name, "\"");
    const auto& ghosts = net_.ghosts();
    return std::any_of(ghosts.begin(), ghosts.end(), [&](const std::string& body) {
        return body.find(quoted) != std::string::npos;
    });
}

void checker::history_lost() {
    lost_until_ = net_.instant();
    for (const auto& sent : net_.on_the_way())
        for (auto& name : names_in(sent->what.body)) lost_on_the_way_.insert(std::move(name));
}

void checker::removed(const std::set<std::size_t>& endpoints) {
    for (const auto i : endpoints)
        removed_until_[plan_.endpoints[i].options.info.name] = net_.instant();
}

bool checker::is_forgotten(const simulator::operation_record& record) const {
    const auto* job = job_named(record.name);
    const auto removed =
        job == nullptr ? removed_until_.end() : removed_until_.find(job->request.endpoint);
    if (removed != removed_until_.end() && record.started <= removed->second) return true;
    return (lost_until_ && record.started <= *lost_until_) ||
           lost_on_the_way_.contains(record.name);
}

// By name, those of ours.
std::map<std::string, std::vector<std::string>> checker::vms_made() const {
    std::map<std::string, std::vector<std::string>> made;
    for (const auto& record : net_.model().at(net_.instant()).book.records()) {
        const bool has_vm = record.vm != 0 || !record.vm_uuid.empty();
        // A ZStack's job that fails with its VM there has made it, and says that it failed.
        const bool failed = record.state == record_state::failed ||
                            record.state == record_state::left || !record.error.empty();
        if (!is_ours(record) || !has_vm || failed) continue;
        made[record.name].push_back(record.vm_uuid.empty() ? simulator::inventory::vm_id(record.vm)
                                                           : record.vm_uuid);
    }
    return made;
}

// What a failed task has left, whole, and the upstream has forgotten the task: nothing tells that
// VM from one that was made as it was asked for.
std::set<std::string> checker::vms_left_unsaid() const {
    std::set<std::string> left;
    const auto& upstream = net_.model().at(net_.instant());
    const bool hidden = upstream.settings.task_list != simulator::list_reading::served;
    const bool whole = upstream.settings.failed_leaves_vm != simulator::leftover_reading::half;
    for (const auto& record : upstream.book.records()) {
        if (!is_ours(record) || record.error.empty()) continue;
        if (!record.vm_uuid.empty()) {
            if (upstream.zstack->job(record.task, net_.instant()) == nullptr)
                left.insert(record.vm_uuid);
        } else if (record.vm != 0 && whole && (hidden || !upstream.tasks.knows(record.task))) {
            left.insert(simulator::inventory::vm_id(record.vm));
        }
    }
    return left;
}

std::string checker::vm_of(const job_record& job) const {
    std::set<std::string> others;
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& other : batch.jobs)
            if (other.id != job.id) others.insert(other.progress.vm);
    const auto name = identity_of(job.request.spec).name;
    const auto own = concat("cloned-", std::to_string(job.id.value), "-");
    std::string out;
    for (const auto& record : net_.model().at(net_.instant()).book.records()) {
        if (name.empty() || record.name != name || record.state != record_state::made) continue;
        if (!record.error.empty()) continue;  // a ZStack's job that failed behind its VM
        if (!is_ours(record) || record.kind != kind_at_upstream(kind_of(job.request.spec)))
            continue;
        auto vm = record.vm_uuid.empty() ? simulator::inventory::vm_id(record.vm) : record.vm_uuid;
        if (others.contains(vm)) continue;
        if (record.op_id.starts_with(own)) return vm;
        out = std::move(vm);
    }
    return out;
}

// --- while it runs

void checker::on_departure(const exchange& what) {
    const auto names = names_in(what.what.body);
    const auto* job = names.empty() ? nullptr : job_named(names.front());
    if (job == nullptr) return;
    const auto kind = kind_at_upstream(kind_of(job->request.spec));
    const auto& upstream = net_.model().at(net_.instant());
    auto in_lane = static_cast<std::int64_t>(names.size());
    std::int64_t at_endpoint = 0;
    const auto count = [&](const planned_job& other) {
        const auto& info = endpoint_of(other.request).options.info;
        const auto its_kind = static_cast<std::size_t>(kind_of(other.request.spec));
        if (other.request.endpoint != job->request.endpoint) return;
        at_endpoint += std::max<std::int64_t>(1, info.cost[its_kind]);
        const bool same = kind_at_upstream(kind_of(other.request.spec)) == kind &&
                          other.request.cluster == job->request.cluster;
        in_lane += same ? 1 : 0;
    };
    for (const auto& record : upstream.book.records()) {
        if (record.ended != simulator::never || !is_ours(record)) continue;
        if (is_ghost(record.name) || is_forgotten(record)) continue;
        if (const auto* other = job_named(record.name)) count(*other);
    }
    for (const auto& other : net_.on_the_way())
        for (const auto& name : names_in(other->what.body)) {
            const auto* known = job_named(name);
            if (known != nullptr && !lost_on_the_way_.contains(name)) count(*known);
        }
    const auto limit = limit_of(job->request);
    if (in_lane > limit)
        book_.violate(wrong::over_limit,
                      concat(names.front(), " is sent as number ", std::to_string(in_lane),
                             " in a lane of ", std::to_string(limit)));
    const auto& info = endpoint_of(job->request).options.info;
    const auto cost =
        std::max<std::int64_t>(1, info.cost[static_cast<std::size_t>(kind_of(job->request.spec))]);
    const auto asked = cost * static_cast<std::int64_t>(names.size());
    if (at_endpoint > 0 && at_endpoint + asked > info.max_in_flight)
        book_.violate(wrong::over_limit,
                      concat(names.front(), " costs ", std::to_string(asked),
                             " at an endpoint where ", std::to_string(at_endpoint), " of ",
                             std::to_string(info.max_in_flight), " are taken"));
}

// --- at the end

void checker::judge_end(const std::map<job_id, std::vector<history_entry>>& histories,
                        const std::vector<steady_time>& lives) {
    judge_vms();
    judge_guests();
    judge_starts();
    judge_names();
    judge_causes();
    judge_words(histories);
    judge_isolation();
    judge_capacity(histories);
    judge_fairness(histories);
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            const auto history = histories.find(job.id);
            // What was lost is looked for from before it was asked for, and a find is the
            // operator's.
            const bool timed = !book_.history_lost && !clock_is_moved(plan_) &&
                               !removed_until_.contains(job.request.endpoint);
            if (history != histories.end() && timed) judge_doubts(job, history->second, lives);
        }
}

void checker::judge_vms() {
    std::map<std::string, expected> names;
    for (const auto& [number, batch] : book_.accepted) {
        for (const auto& job : batch.jobs) {
            const auto name = identity_of(job.request.spec).name;
            if (name.empty()) continue;
            auto& here = names[name];
            ++here.jobs;
            // Who was given up and has succeeded since has one VM all the same.
            const bool succeeded = job.progress.state == job_state::succeeded;
            if (succeeded) {
                ++here.succeeded;
                here.vms.push_back(job.progress.vm);
            }
            const bool unknown =
                job.progress.state == job_state::needs_operator || book_.given_up.contains(job.id);
            if (succeeded ? book_.disowned.contains(job.id) : unknown) ++here.unknown;
            const auto& said = job.progress.last_error;
            here.told_taken |= said && said->code() == errc::already_exists;
            here.words += concat(here.words.empty() ? "" : ", ", std::to_string(job.id.value), " ",
                                 to_string(job.progress.state));
        }
    }
    const bool lags = plan_.upstream.list_lag_ms > lag_of_no_moment;
    auto made = vms_made();
    for (const auto& [name, vms] : made) {
        const auto& here = names[name];
        const auto lost = book_.lost_names.find(name);
        const auto most =
            here.succeeded + here.unknown + (lost == book_.lost_names.end() ? 0 : lost->second);
        const auto count = static_cast<std::int64_t>(vms.size());
        // A list that lags for long can be believed to show nothing, and so can one before a
        // request arrives long after it must have died; but who is told that the name exists must
        // remember the doubt.
        const bool believable = count == 1 && (lags || is_ghost(name));
        // It may have been made by an attempt that is lost.
        const bool lost_attempt = count == 1 && book_.history_lost;
        if (count > most && !lost_attempt && (!believable || here.told_taken))
            book_.violate(
                count > std::max<std::int64_t>(1, most) ? wrong::twice : wrong::other,
                concat(std::to_string(count), " VMs ", name, " were made for jobs ", here.words));
    }
    // Every job has a VM of its own.
    const auto unsaid = vms_left_unsaid();
    for (const auto& [name, here] : names) {
        for (const auto& vm : here.vms)
            if ((std::count(made[name].begin(), made[name].end(), vm) != 1 &&
                 !unsaid.contains(vm)) ||
                std::count(here.vms.begin(), here.vms.end(), vm) != 1)
                book_.violate(wrong::twice,
                              concat("VM ", vm, " of ", name,
                                     " is not the one that its job has made: ", here.words));
    }
}

// Nobody turns a VM off.
void checker::judge_starts() {
    const auto& vms = net_.model().at(net_.instant()).things;
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            const bool started = std::holds_alternative<power_on_spec>(job.request.spec) &&
                                 job.progress.state == job_state::succeeded;
            if (!started || book_.given_up.contains(job.id)) continue;
            const auto* vm = vms.find_by_rest(job.progress.vm);
            if (vm == nullptr || vm->power != simulator::power_state::powered_on)
                book_.violate(wrong::other, concat("VM ", job.progress.vm, " of job ",
                                                   std::to_string(job.id.value), " is not on"));
        }
}

// A customization may be repeated, but none may come on top of another.
void checker::judge_guests() {
    const auto& book = net_.model().at(net_.instant()).vi.book();
    std::uint64_t overlapping = 0;
    for (const auto& [vm, of_vm] : book.vms) overlapping += of_vm.overlapping;
    if (overlapping > 0)
        book_.violate(wrong::twice, concat(std::to_string(overlapping),
                                           " guests were customized by two at once"));
}

// No two jobs have lived under one name at the same time. Of a job that was tried again it is not
// known when it lived.
void checker::judge_names() {
    if (clock_is_moved(plan_)) return;
    struct span {
        wall_time from, to;
        std::string key, folder;
    };
    std::map<std::pair<std::string, std::string>, std::vector<span>> spans;
    for (const auto& [number, batch] : book_.accepted) {
        if (batch.retry_asked) continue;
        for (const auto& job : batch.jobs) {
            const auto what = identity_of(job.request.spec);
            if (what.name.empty()) continue;
            const auto& inventory = endpoint_of(job.request).options.info.inventory;
            spans[{inventory, what.name}].push_back({job.accepted_at, job.ended_at.value_or(never),
                                                     std::to_string(job.id.value), what.folder});
        }
    }
    for (const auto& [name, of_name] : spans)
        for (std::size_t i = 0; i < of_name.size(); ++i)
            for (std::size_t j = i + 1; j < of_name.size(); ++j) {
                const auto& a = of_name[i];
                const auto& b = of_name[j];
                const bool place = a.folder == b.folder || a.folder.empty() || b.folder.empty();
                if (place && a.from < b.to && b.from < a.to)
                    book_.violate(wrong::twice,
                                  concat("jobs ", a.key, " and ", b.key, " lived under the name ",
                                         name.second, " at the same time"));
            }
}

// --- doubts

void checker::judge_doubts(const job_record& job,
                           const std::vector<history_entry>& history,
                           const std::vector<steady_time>& lives) {
    std::optional<steady_time> doubted;
    bool task_forgotten = false;
    steady_time sent = world_begin;
    for (const auto& event : history) {
        const auto at = steady_of(event.at, plan_);
        if (event.to == job_state::submitting && event.from == job_state::queued) sent = at;
        if (event.to == job_state::in_doubt && event.from != job_state::in_doubt) {
            doubted = at;
            task_forgotten = event.from == job_state::running;
            ++doubts_.all;
        } else if (event.from == job_state::in_doubt && event.to != job_state::in_doubt &&
                   doubted) {
            const bool absent = event.to == job_state::queued || event.to == job_state::failed ||
                                event.to == job_state::cancelled;
            const auto& info = endpoint_of(job.request).options.info;
            const auto dead = sent + info.request_timeout + info.quiesce;
            auto from = settled_from(job, *doubted, sent, at, lives);
            const auto unseen =
                task_forgotten ? std::max(info.quiesce, info.forgotten_task_wait) : info.quiesce;
            if (absent) from = std::max(from, std::max(dead, *doubted + unseen));
            const auto took = std::chrono::floor<milliseconds>(at - from).count();
            const bool alone = event.to != job_state::needs_operator;
            doubts_.settled += alone ? 1 : 0;
            if (alone) ++doubts_.tenths[std::max<std::int64_t>(0, took) / 100];
            log_.line("j doubt of ", std::to_string(job.id.value), " settled as ",
                      to_string(event.to), " after ", std::to_string(took), " ms");
            doubted.reset();
        }
    }
}

// From then on nothing was in the way of an answer: the daemon lived, the upstream answered, and
// what had been set in motion was over.
steady_time checker::settled_from(const job_record& job,
                                  steady_time doubted,
                                  steady_time sent,
                                  steady_time settled,
                                  const std::vector<steady_time>& lives) const {
    auto from = doubted;
    const auto later = [&](steady_time when) {
        if (when <= settled) from = std::max(from, when);
    };
    for (const auto born : lives) later(born);
    const auto& endpoint = endpoint_of(job.request);
    later(net_.last_trouble(endpoint.server, settled));
    if (endpoint.uses_vcenter) later(net_.last_trouble(server_kind::vcenter, settled));
    const auto name = identity_of(job.request.spec).name;
    for (const auto& record : net_.model().at(net_.instant()).book.records()) {
        const bool same = name.empty() ? !is_ours(record) : record.name == name || !is_ours(record);
        const auto ended = world_begin + record.ended;
        if (same && record.ended != simulator::never && ended >= sent)
            later(std::chrono::time_point_cast<steady_time::duration>(ended));
    }
    return from;
}

}  // namespace cloned::simulation
