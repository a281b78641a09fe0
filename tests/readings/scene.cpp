#include "tests/readings/scene.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/co_spawn.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace cloned::readings {
namespace {

using simulator::server_kind;

// Where the virtual clock's wall time stands when a world begins.
constexpr std::int64_t epoch_ms = 1'767'225'600'000 + 3'600'000;

constexpr std::string_view guest_login =
    R"({"_typeName":"NamePasswordAuthentication","interactiveSession":false,)"
    R"("username":"root","password":{"_credential":"guest"}})";

constexpr std::string_view guest_identity =
    R"({"_typeName":"CustomizationSpec","identity":{"_typeName":"CustomizationLinuxPrep",)"
    R"("hostName":{"_typeName":"CustomizationFixedName","name":"web"},"domain":"example.org"},)"
    R"("globalIPSettings":{"_typeName":"CustomizationGlobalIPSettings"}})";

task<void> cancel_job(simulation::daemon_run& life, std::string key) {
    const storage::job_filter everything;
    auto jobs = co_await life.store().list_jobs(everything, job_id(), 1'000);
    if (!jobs) co_return;
    for (const auto& job : *jobs) {
        if (job.request.key != key) continue;
        auto done = co_await life.commands().cancel(job.id);
        static_cast<void>(done);
    }
}

std::string bytes_of_files(const std::filesystem::path& folder) {
    std::string out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        out.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return out;
}

job_request job_of(const std::string& key,
                   const char* endpoint,
                   job_spec spec,
                   const char* cluster = "domain-c8") {
    job_request job;
    job.key = key;
    job.endpoint = endpoint;
    job.cluster = cluster;
    job.spec = std::move(spec);
    return job;
}

}  // namespace

std::string fate_of_job::words() const {
    if (record.progress.last_error) return std::string(record.progress.last_error->message());
    return history.empty() ? std::string() : history.back().detail;
}

bool fate_of_job::told(std::string_view what) const {
    for (const auto& entry : history)
        if (entry.detail.find(what) != std::string::npos) return true;
    return words().find(what) != std::string::npos;
}

const fate_of_job& outcome_of_scene::job(const std::string& key) const {
    const auto found = jobs.find(key);
    if (found == jobs.end()) throw std::out_of_range(concat("no job ", key, " was accepted"));
    return found->second;
}

std::uint64_t outcome_of_scene::requests(std::string_view route, int status) const {
    std::uint64_t out = 0;
    for (const auto& [which, count] : answers)
        if (which.first.find(route) != std::string::npos && (status == 0 || which.second == status))
            out += count;
    return out;
}

std::int64_t outcome_of_scene::count(job_state state) const {
    std::int64_t out = 0;
    for (const auto& [key, job] : jobs) out += job.state() == state ? 1 : 0;
    return out;
}

scene::scene() {
    plan_.seed = 1;
    plan_.operators = false;
    plan_.quiet = seconds_in(60);
    plan_.travel_max = milliseconds(5);
    auto& to = plan_.upstream;
    to.epoch_ms = epoch_ms;
    to.hosts = 1;
    to.clone.ms = 5'000;
    to.linked_clone.ms = 3'000;
    to.restore.ms = 4'000;
    to.zstack_clone.ms = 4'000;
    to.zstack.marks_clones = true;
}

planned_endpoint& scene::add_endpoint(const char* name,
                                      endpoint_kind kind,
                                      server_kind server,
                                      bool uses_vcenter) {
    planned_endpoint out;
    out.server = server;
    out.uses_vcenter = uses_vcenter;
    auto& info = out.options.info;
    info.name = name;
    info.kind = kind;
    info.inventory = uses_vcenter ? "vc" : name;
    info.default_cluster = "domain-c8";
    info.max_in_flight = 640;
    for (auto& each : info.lane_limit) each = 64;
    for (auto& each : info.cost) each = 1;
    info.poll_interval_min = milliseconds(1'000);
    info.poll_interval_max = milliseconds(10'000);
    info.request_timeout = milliseconds(10'000);
    info.quiesce = milliseconds(10'000);
    out.options.http.connect_timeout = milliseconds(3'000);
    out.options.user = "svc@vsphere.local";
    out.options.password = "secret";
    plan_.endpoints.push_back(std::move(out));
    return plan_.endpoints.back();
}

planned_endpoint& scene::add_vcenter() {
    auto& out = add_endpoint("vc", endpoint_kind::vcenter, server_kind::vcenter, false);
    out.options.vcenter.speaks = backends::vapi::flavour::api;
    return out;
}

planned_endpoint& scene::add_snapservice() {
    return add_endpoint("snap", endpoint_kind::snapservice, server_kind::snapservice, true);
}

planned_endpoint& scene::add_guests() {
    auto& out = add_endpoint("guests", endpoint_kind::vi_json, server_kind::vcenter, true);
    out.options.info.forgotten_task_wait = std::chrono::minutes(10);
    out.options.vi_json.credentials["guest"] = "guest-secret";
    return out;
}

planned_endpoint& scene::add_cloud() {
    auto& out = add_endpoint("cloud", endpoint_kind::zstack, server_kind::zstack, false);
    out.options.info.default_cluster = "c0000000000040008000000000000001";
    out.options.user = plan_.upstream.zstack.account;
    out.options.password = plan_.upstream.zstack.password;
    return out;
}

job_request& scene::clone(const std::string& name, moment at, const char* source) {
    vcenter_clone_spec spec;
    spec.source = source;
    spec.name = name;
    spec.where.folder = "group-v3";
    return add(job_of(name, "vc", std::move(spec)), at);
}

job_request& scene::linked_clone(const std::string& name, moment at) {
    linked_clone_spec spec;
    spec.cluster = "domain-c8";
    spec.vm = "vm-42";
    spec.snapshot = "00000042-0000-4000-8000-000000000001";
    spec.name = name;
    spec.where.folder = "group-v3";
    return add(job_of(name, "snap", std::move(spec)), at);
}

job_request& scene::restore(const std::string& name, moment at) {
    restore_spec spec;
    spec.cluster = "domain-c8";
    spec.vm = "vm-9001";
    spec.snapshot = "00009001-0000-4000-8000-000000000001";
    spec.name = name;
    spec.where.folder = "group-v3";
    return add(job_of(name, "snap", std::move(spec)), at);
}

job_request& scene::zstack_clone(const std::string& name, moment at) {
    zstack_clone_spec spec;
    spec.vm_instance = "a0000000000040008000000000000042";
    spec.name = name;
    return add(job_of(name, "cloud", std::move(spec), "c0000000000040008000000000000001"), at);
}

job_request& scene::power_on(const std::string& key, const std::string& vm, moment at) {
    power_on_spec spec;
    spec.vm = vm;
    return add(job_of(key, "vc", std::move(spec)), at);
}

job_request& scene::customize(const std::string& key, const std::string& vm, moment at) {
    customize_guest_spec spec;
    spec.vm = vm;
    spec.auth = guest_login;
    spec.customization = guest_identity;
    return add(job_of(key, "guests", std::move(spec)), at);
}

job_request& scene::add(job_request job, moment at) {
    std::vector<job_request> alone;
    alone.push_back(std::move(job));
    add_batch(std::move(alone), at);
    return plan_.batches.back().jobs.front().request;
}

void scene::add_batch(std::vector<job_request> jobs, moment at) {
    simulation::planned_batch batch;
    batch.at = at;
    batch.tenant = "blue";
    batch.request_id = concat("request-", std::to_string(plan_.batches.size()));
    for (auto& job : jobs) batch.jobs.push_back({std::move(job)});
    plan_.batches.push_back(std::move(batch));
}

simulator::fault_rule& scene::fault_once(const char* path, simulator::fault_kind how) {
    simulator::fault_rule once;
    once.method = "POST";
    once.path = path;
    once.fault = how;
    once.max = 1;
    rule(std::move(once));
    return plan_.rules.back();
}

void scene::control(moment at, std::string target, std::string body) {
    plan_.calls.push_back({at, "POST", std::move(target), std::move(body)});
}

void scene::kill(moment at, milliseconds down) {
    simulation::planned_kill out;
    out.trigger = simulation::kill_at::time;
    out.count = at.count();
    out.down = down;
    plan_.kills.push_back(out);
}

void scene::cancel(moment when, std::string key) {
    this->at(when, [key = std::move(key)](simulation::daemon_run& life) {
        asio::co_spawn(life.loop().get_executor(), cancel_job(life, key),
                       [](std::exception_ptr thrown) {
                           if (thrown) std::rethrow_exception(thrown);
                       });
    });
}

outcome_of_scene scene::run() {
    outcome_of_scene out;
    spectator_.at_end = [&](const simulation::ending& end) {
        for (const auto& [number, batch] : end.accepted)
            for (const auto& job : batch.jobs) {
                auto& fate = out.jobs[job.request.key];
                fate.record = job;
                const auto history = end.histories.find(job.id);
                if (history != end.histories.end()) fate.history = history->second;
                const auto name = identity_of(job.request.spec).name;
                for (const auto& operation : end.upstream.book.records())
                    if (!name.empty() && operation.name == name)
                        fate.operations.push_back(operation);
            }
        for (const auto& [route, count] : end.upstream.book.routes())
            for (const auto& [status, times] : count.by_status)
                out.answers[{std::string(route.second), status}] += times;
        for (const auto server :
             {server_kind::vcenter, server_kind::snapservice, server_kind::zstack})
            out.logins += end.upstream.book.sessions(server);
    };
    const testing::temp_dir folder;
    const bool shown = std::getenv("CLONED_SHOW") != nullptr;
    log::start(shown ? log::level::warn : log::level::error);
    out.report = simulation::run_world(plan_, folder.path().string(), shown, spectator_);
    out.stored = bytes_of_files(folder.path());
    return out;
}

}  // namespace cloned::readings
