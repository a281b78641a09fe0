#include "tests/scheduler/rig.hpp"

#include "storage/sqlite/backup.hpp"
#include "storage/sqlite/open_store.hpp"

#include <filesystem>
#include <stdexcept>

namespace cloned::scheduler {

using namespace std::chrono_literals;

// Destroyed from the end: at last the world, whose loop takes along what still sleeps.
struct rig::life {
    testing::world here;
    steady_time born = here.time.now();
    random_source random{1};
    std::unique_ptr<storage::job_store> store;
    std::map<std::string, std::unique_ptr<testing::fake_backend>> backends;
    std::unique_ptr<scheduler> daemon;

    ~life() { here.loop.stop(); }
};

rig::rig() {
    endpoint("vc1");
}

rig::~rig() = default;

endpoint_info& rig::endpoint(const std::string& name) {
    const auto [where, fresh] = infos_.try_emplace(name);
    auto& info = where->second;
    if (!fresh) return info;
    info.name = name;
    info.inventory = name;
    info.kind = endpoint_kind::vcenter;
    for (auto& limit : info.lane_limit) limit = 10;
    for (auto& cost : info.cost) cost = 1;
    return info;
}

// --- lives

void rig::start() {
    now_ = std::make_unique<life>();
    now_->random = random_source(seed++);
    now_->here.time.advance_by(lived_);
    now_->born = now_->here.time.now();
    if (before_start) before_start(now_->here.time);
    storage::sqlite_store_options where;
    where.path = dir_.file("queue.db");
    where.high_water_path = dir_.file("high-water");
    where.threading = storage::store_threading::inline_on_loop;
    where.min_free_bytes = 0;
    auto opened = storage::open_sqlite_job_store(now_->here.loop, where);
    if (!opened) throw std::runtime_error(opened.error().message());
    now_->store = std::move(*opened);
    std::vector<configured_endpoint> endpoints;
    for (const auto& [name, info] : infos_) {
        auto made = std::make_unique<testing::fake_backend>(upstreams_[name], now_->here.time);
        endpoints.push_back({info, made.get()});
        now_->backends.emplace(name, std::move(made));
    }
    now_->daemon = std::make_unique<scheduler>(now_->here.loop, *now_->store, now_->here.time,
                                               now_->random, endpoints, options);
    const auto started = run(now_->daemon->start());
    if (!started) throw std::runtime_error(started.error().message());
}

void rig::stop() {
    here().run(daemon().stop());
    here().run(store().close());
    crash();
}

void rig::crash() {
    lived_ += std::chrono::floor<milliseconds>(now_->here.time.now() - now_->born);
    now_.reset();
}

void rig::back_up() {
    const auto copy = dir_.file("backup.db");
    std::filesystem::remove(copy);
    const auto copied = storage::back_up(dir_.file("queue.db"), copy);
    if (!copied) throw std::runtime_error(copied.error().message());
}

void rig::restore_backup() {
    for (const auto* file : {"queue.db-wal", "queue.db-shm"})
        std::filesystem::remove(dir_.file(file));
    std::filesystem::copy_file(dir_.file("backup.db"), dir_.file("queue.db"),
                               std::filesystem::copy_options::overwrite_existing);
}

void rig::lose_high_water_file() {
    std::filesystem::remove(dir_.file("high-water"));
}

testing::world& rig::here() {
    if (now_ == nullptr) throw std::runtime_error("nobody lives");
    return now_->here;
}
scheduler& rig::daemon() {
    return *now_->daemon;
}
storage::job_store& rig::store() {
    return *now_->store;
}
testing::fake_backend& rig::backend(const std::string& name) {
    return *now_->backends.at(name);
}
testing::virtual_clock& rig::time() {
    return here().time;
}

void rig::wake_next() {
    time().advance();
    here().settle();
}

void rig::stop_when_next_wakes(bool after) {
    bool stopped = false;
    if (after) time().advance();
    asio::co_spawn(here().loop.get_executor(), daemon().stop(),
                   [&stopped](std::exception_ptr) { stopped = true; });
    if (!after) time().advance();
    here().drive([&stopped] { return stopped; }, 1h);
}

void rig::pass(milliseconds span) {
    time().advance_by(span);
    for (auto& [name, upstream] : upstreams_) upstream.advance(time().wall());
}

// --- jobs

job_request rig::clone(const std::string& name, const std::string& endpoint) {
    vcenter_clone_spec spec;
    spec.source = "template";
    spec.name = name;
    spec.where.folder = "folder";
    job_request job;
    job.key = name;
    job.spec = std::move(spec);
    job.endpoint = endpoint;
    job.cluster = "c1";
    return job;
}

std::vector<job_request> rig::clones(int count,
                                     const std::string& prefix,
                                     const std::string& endpoint) {
    std::vector<job_request> out;
    for (int i = 0; i < count; ++i) out.push_back(clone(prefix + std::to_string(i), endpoint));
    return out;
}

batch_record rig::accept(std::vector<job_request> jobs, const std::string& tenant) {
    const auto number = std::to_string(++batches_);
    storage::new_batch batch;
    batch.uid = "batch-" + number;
    batch.tenant = tenant;
    batch.request_id = "request-" + number;
    batch.content_hash = "hash-" + number;
    batch.at = time().wall();
    batch.jobs = std::move(jobs);
    for (const auto& [name, info] : infos_) batch.inventories.emplace_back(name, info.inventory);
    const auto accepted = value(store().accept(std::move(batch)));
    commands().accepted(accepted);
    return accepted.batch;
}

job_record rig::job(const batch_record& batch, const std::string& key) {
    return value(store().find_job(batch.uid, key));
}

job_state rig::state(const batch_record& batch, const std::string& key) {
    return job(batch, key).progress.state;
}

state_counts rig::counts(const batch_record& batch) {
    return value(store().find_batch(batch.uid)).counts;
}

std::vector<history_entry> rig::history(const batch_record& batch, const std::string& key) {
    return value(store().history(job(batch, key).id, 1'000));
}

lane_status rig::lane(job_kind kind, const std::string& name) {
    for (auto& status : commands().lanes())
        if (status.lane.key.kind == kind && status.lane.key.endpoint == name) return status;
    ADD_FAILURE() << "no such lane";
    return {};
}

std::string rig::why(const batch_record& batch, const std::string& key) {
    return run(commands().explain(job(batch, key))).waiting_reason;
}

::testing::AssertionResult rig::until_all_end(const batch_record& batch, milliseconds most) {
    const auto all = [&] { return counts(batch).ended() == batch.job_count; };
    auto came = until(all, most, 1s);
    if (came) return came;
    const auto now = counts(batch);
    came << ": ";
    for (std::size_t s = 0; s < job_state_count; ++s)
        came << to_string(static_cast<job_state>(s)) << ' ' << now.of[s] << ' ';
    return came;
}

::testing::AssertionResult rig::until_in(const batch_record& batch,
                                         const std::string& key,
                                         job_state wanted,
                                         milliseconds most) {
    auto came = until([&] { return state(batch, key) == wanted; }, most);
    if (came) return came;
    return came << ": " << key << " is " << to_string(state(batch, key)) << " and not "
                << to_string(wanted);
}

}  // namespace cloned::scheduler
