#include "tests/power_loss/daemon_run.hpp"

#include "base/text.hpp"

#include <set>

namespace cloned::power_loss {

using namespace std::chrono_literals;
using backends::submission;
using backends::submit_outcome;
using answer = client_batch::answer;

namespace {

constexpr int events_at_once = 500;
constexpr int tries_max = 50;

// From "cloned-<job>-<attempt>".
std::int64_t job_of(const std::string& operation_id) {
    return std::stoll(operation_id.substr(operation_id.find('-') + 1));
}

}  // namespace

// The way to the upstream. Books what has left: from then on the job must never be found unsent.
class daemon_run::link final : public backends::backend {
public:
    link(environment& world, const run_settings& settings, clock& time)
        : world_(world), settings_(settings), clock_(time), inner_(world.upstream, time) {
        inner_.on_submit = [this](const submission& what) { return arrived(what); };
    }

    task<submit_outcome> submit(submission what) override {
        if (settings_.dead()) co_await never_return();
        ++world_.sent[job_of(what.operation_id)];
        world_.on_the_way[what.operation_id] = what;
        auto outcome = co_await inner_.submit(std::move(what));
        co_return outcome;
    }
    task<result<std::vector<backends::task_status>>> poll(std::vector<std::string> tasks) override {
        return inner_.poll(std::move(tasks));
    }
    task<result<backends::evidence>> look(backends::evidence_query query) override {
        return inner_.look(std::move(query));
    }
    task<result<backends::cancel_outcome>> cancel(std::string task_id) override {
        return inner_.cancel(std::move(task_id));
    }
    task<result<bool>> anyone_at_work(job_kind kind) override {
        return inner_.anyone_at_work(kind);
    }
    task<result<void>> probe() override { return inner_.probe(); }
    task<void> close() override { return inner_.close(); }
    std::int64_t requests_sent() const override { return inner_.requests_sent(); }

private:
    task<void> arrived(const submission& what) {
        world_.on_the_way.erase(what.operation_id);
        co_return;
    }
    task<void> never_return() {
        auto pause = clock_.make_alarm();
        for (;;) co_await pause->sleep_until(clock_.now() + 1000h);
    }

    environment& world_;
    const run_settings& settings_;
    clock& clock_;
    testing::fake_backend inner_;
};

daemon_run::daemon_run(environment& world, run_settings settings)
    : world_(world),
      settings_(std::move(settings)),
      random_(settings_.seed),
      chance_(settings_.seed, 1) {
    here_.time.advance_by(world_.lived);
    born_ = here_.time.now();
}

daemon_run::~daemon_run() {
    world_.lived += age();
    here_.loop.stop();
}

milliseconds daemon_run::age() const {
    return std::chrono::floor<milliseconds>(here_.time.now() - born_);
}

result<void> daemon_run::start() {
    storage::sqlite_store_options where;
    where.path = settings_.folder + "/queue.db";
    where.vfs = settings_.vfs;
    where.threading = storage::store_threading::inline_on_loop;
    where.min_free_bytes = 0;
    where.checkpoint_pages = settings_.checkpoint_pages;
    where.on_poisoned = [this](std::string why) { poison_ = std::move(why); };
    auto opened = storage::open_sqlite_job_store(here_.loop, where);
    if (!opened) return fail(std::move(opened.error()));
    store_ = std::move(*opened);
    history_grows_ = here_.time.make_alarm();
    store_->on_commit([this](event_id last) {
        if (settings_.dead()) return;
        world_.told = std::max(world_.told, last.value);
        history_grows_->wake();
    });

    endpoint_info endpoint;
    endpoint.name = endpoint.inventory = "vc1";
    for (auto& limit : endpoint.lane_limit) limit = settings_.lane_limit;
    for (auto& cost : endpoint.cost) cost = 1;
    link_ = std::make_unique<link>(world_, settings_, here_.time);
    std::vector<scheduler::configured_endpoint> endpoints;
    endpoints.push_back({endpoint, link_.get()});
    daemon_ = std::make_unique<scheduler::scheduler>(here_.loop, *store_, here_.time, random_,
                                                     endpoints, scheduler::scheduler_options());
    std::optional<result<void>> started;
    if (!finish(daemon_->start(), started)) return fail(errc::in_doubt, "it died while it started");
    if (!*started) return fail(std::move(started->error()));
    begin(watch_history());
    std::set<std::string> tenants;
    for (const auto& batch : world_.batches) tenants.insert(batch.tenant);
    for (const auto& tenant : tenants) begin(run_client(tenant));
    return {};
}

template <class T>
bool daemon_run::finish(task<T> body, std::optional<T>& into) {
    asio::co_spawn(here_.loop.get_executor(), std::move(body),
                   [&into](std::exception_ptr thrown, T value) {
                       if (thrown) std::rethrow_exception(thrown);
                       into.emplace(std::move(value));
                   });
    drive_until([&into] { return into.has_value(); }, 1h);
    return into.has_value();
}

void daemon_run::begin(task<void> body) {
    asio::co_spawn(here_.loop.get_executor(), std::move(body), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

void daemon_run::drive_until(const std::function<bool()>& holds, std::chrono::hours most) {
    const auto until = here_.time.now() + most;
    here_.settle();
    while (!over() && !holds() && here_.time.now() <= until) {
        if (!here_.time.advance()) return;
        here_.settle();
    }
}

void daemon_run::stop() {
    bool stopped = false;
    const auto end = [](scheduler::scheduler& daemon, storage::job_store& store) -> task<void> {
        co_await daemon.stop();
        co_await store.close();
    };
    asio::co_spawn(here_.loop.get_executor(), end(*daemon_, *store_),
                   [&stopped](std::exception_ptr) { stopped = true; });
    drive_until([&stopped] { return stopped; }, 1h);
}

// --- the clients

// Hands its batches over, one after the other. After a restart those first that nobody has
// answered, and now and then one that was: the answer must be the same.
task<void> daemon_run::run_client(std::string tenant) {
    auto pause = here_.time.make_alarm();
    for (auto& batch : world_.batches) {
        if (batch.tenant != tenant) continue;
        if (batch.last == answer::ok && !chance_.one_in(8)) continue;
        const auto due = born_ - world_.lived + batch.at;
        while (here_.time.now() < due) co_await pause->sleep_until(due);
        bool again = true;
        for (int i = 0; again && i < tries_max; ++i) {
            again = !co_await hand_over(batch);
            if (over()) co_return;
            if (again) co_await pause->sleep_until(here_.time.now() + 5s);
        }
    }
}

task<bool> daemon_run::hand_over(client_batch& batch) {
    ++batch.tries;
    const bool repeated = batch.last == answer::ok;
    if (!repeated) batch.last = answer::none;
    auto asked = batch.asked();
    asked.at = here_.time.wall();
    auto accepted = co_await store_->accept(std::move(asked));
    if (settings_.dead()) co_return false;
    if (!accepted) {
        const bool unknown = accepted.error().code() == errc::in_doubt;
        if (!repeated) batch.last = unknown ? answer::in_doubt : answer::refused;
        co_return false;
    }
    if (repeated && (accepted->created || accepted->batch.uid != batch.uid))
        world_.wrongs.push_back(concat(batch.request_id, " was accepted twice"));
    batch.last = answer::ok;
    batch.uid = accepted->batch.uid;
    batch.first_job = accepted->batch.first_job;
    daemon_->commands().accepted(*accepted);
    co_return true;
}

// Everything that can be read counts as shown.
task<void> daemon_run::watch_history() {
    for (;;) {
        const event_id last(static_cast<std::int64_t>(world_.events.size()));
        auto page = co_await store_->events_after(last, job_id(1), 1'000'000, events_at_once);
        if (settings_.dead()) co_return;
        if (!page) {
            co_await history_grows_->sleep_until(here_.time.now() + 1s);
            continue;
        }
        for (const auto& event : page->events) world_.show(event);
        if (page->events.empty()) co_await history_grows_->sleep_until(here_.time.now() + 1h);
    }
}

}  // namespace cloned::power_loss
