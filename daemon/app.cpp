#include "daemon/app.hpp"

#include "backends/make_backend.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/task_group.hpp"
#include "base/text.hpp"
#include "daemon/config/load.hpp"
#include "daemon/rpc/transport/server.hpp"
#include "daemon/scheduler/scheduler.hpp"
#include "daemon/systemd.hpp"
#include "storage/disk_room.hpp"
#include "storage/sqlite/open_store.hpp"

#include <boost/asio/basic_signal_set.hpp>

#include <sys/prctl.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace cloned {
namespace {

using signals = asio::basic_signal_set<executor>;

constexpr auto rpc_grace = milliseconds(2'000);
constexpr auto watchdog_patience = std::chrono::seconds(15);

std::uint64_t seed_from_system() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) ^ device();
}

// What everybody uses, in the order of construction; destroyed in the reverse order.
class app {
public:
    app(config settings, std::string config_file)
        : settings_(std::move(settings)),
          config_file_(std::move(config_file)),
          clock_(make_system_clock(loop_)),
          room_(*clock_),
          random_(seed_from_system()),
          tasks_(loop_) {}

    int run();

private:
    result<void> open_store();
    result<void> make_backends();
    void make_scheduler();
    result<void> start_server();

    task<void> serve();
    task<result<void>> start();
    task<void> stop();
    task<void> run_until_told_to_stop();
    task<void> run_watchdog();
    void reload();
    void take_secret(const backends::backend_options& fresh);
    task<void> log_in(std::string endpoint);

    // Constant after construction, but for secrets that a reload brings
    config settings_;
    std::string config_file_;
    // Loop thread only
    asio::io_context loop_{1};
    std::unique_ptr<clock> clock_;
    storage::disk_room room_;
    random_source random_;
    std::unique_ptr<storage::job_store> store_;
    // vCenters first: the others use them as inventories, so that run() ends the last one first.
    std::vector<std::unique_ptr<backends::backend>> backends_;
    std::vector<scheduler::configured_endpoint> endpoints_;
    std::unique_ptr<scheduler::scheduler> scheduler_;
    std::unique_ptr<rpc::server> server_;
    int exit_code_ = 0;
    task_group tasks_;
};

// --- building

result<void> app::open_store() {
    storage::sqlite_store_options options;
    options.path = settings_.daemon.database;
    options.high_water_path = settings_.daemon.high_water_file.empty()
                                  ? settings_.daemon.database + ".high-water"
                                  : settings_.daemon.high_water_file;
    options.min_free_bytes = settings_.daemon.min_free_mib << 20;
    options.checkpoint_pages = static_cast<int>(settings_.daemon.checkpoint_kib / 4);
    options.max_unfinished_jobs = settings_.daemon.max_unfinished_jobs;
    options.on_poisoned = [](const std::string& why) {
        // What was being written may or may not be on disk. Only a fresh start can tell.
        log::error("store.poisoned", log::kv("error", why));
        std::_Exit(exit_store_failed);
    };
    options.on_room = [this](const std::optional<std::string>& full) {
        if (full)
            room_.note_full(*full);
        else
            room_.note_room();
    };
    auto opened = storage::open_sqlite_job_store(loop_, std::move(options));
    if (!opened) return fail(opened.error());
    store_ = std::move(*opened);
    return {};
}

result<void> app::make_backends() {
    for (const auto& warning : warnings_of(settings_))
        log::warn("config.insecure", log::kv("why", warning));
    backends::share_accounts(settings_.endpoints);
    std::map<std::string, backends::inventory*> inventories;
    for (const bool vcenters : {true, false}) {
        for (const auto& endpoint : settings_.endpoints) {
            if ((endpoint.info.kind == endpoint_kind::vcenter) != vcenters) continue;
            const auto lists = inventories.find(endpoint.info.inventory);
            auto* inventory = lists == inventories.end() ? nullptr : lists->second;
            auto made = backends::make_backend(loop_, *clock_, random_, endpoint,
                                               vcenters ? nullptr : inventory);
            if (!made)
                return fail(made.error().code(),
                            concat("endpoint ", endpoint.info.name, ": ", made.error().message()));
            if (vcenters) inventories[endpoint.info.name] = backends::as_inventory(**made);
            endpoints_.push_back({endpoint.info, made->get()});
            backends_.push_back(std::move(*made));
        }
    }
    return {};
}

void app::make_scheduler() {
    scheduler::scheduler_options options;
    options.plan.queues.age_floor = settings_.limits.age_floor;
    options.shutdown_grace = settings_.daemon.shutdown_grace;
    options.room = &room_;
    if (settings_.daemon.retention_days > 0)
        options.housekeeping.keep_ended = std::chrono::hours(24 * settings_.daemon.retention_days);
    scheduler_ = std::make_unique<scheduler::scheduler>(loop_, *store_, *clock_, random_,
                                                        endpoints_, options);
}

result<void> app::start_server() {
    rpc::server_options options;
    options.listeners = settings_.listen;
    options.message_bytes_max = static_cast<std::size_t>(settings_.limits.max_message_mib) << 20U;
    options.watchers_max = static_cast<std::size_t>(settings_.limits.max_watchers);
    options.default_max_attempts = static_cast<std::uint32_t>(settings_.limits.max_attempts);
    options.can_record = [this] { return !room_.is_full(); };
    rpc::catalog catalog;
    for (const auto& endpoint : settings_.endpoints) catalog.push_back(endpoint.info);
    auto started = rpc::start_server(std::move(options), loop_, *clock_, random_, *store_,
                                     scheduler_->commands(), std::move(catalog));
    if (!started) return fail(started.error());
    server_ = std::move(*started);
    return {};
}

// --- running

int app::run() {
    // A dump of this process would hold the upstreams' passwords.
    prctl(PR_SET_DUMPABLE, 0);
    std::signal(SIGPIPE, SIG_IGN);
    for (auto step : {&app::open_store, &app::make_backends}) {
        auto done = (this->*step)();
        if (done) continue;
        log::error("daemon.start_failed", log::kv("error", done.error().message()));
        return exit_failure;
    }
    make_scheduler();
    tasks_.spawn("serve", serve());
    loop_.run();
    while (!backends_.empty()) backends_.pop_back();
    return exit_code_;
}

task<void> app::serve() {
    auto started = co_await start();
    if (started) {
        co_await run_until_told_to_stop();
    } else {
        log::error("daemon.start_failed", log::kv("error", started.error().message()));
        exit_code_ = exit_failure;
    }
    co_await stop();
}

task<result<void>> app::start() {
    auto taken_up = co_await scheduler_->start();
    if (!taken_up) co_return fail(taken_up.error());
    auto listening = start_server();
    if (!listening) co_return fail(listening.error());
    if (systemd::watchdog_interval()) tasks_.spawn("watchdog", run_watchdog());
    std::string addresses;
    for (const auto& address : server_->addresses())
        addresses += concat(addresses.empty() ? "" : " ", address);
    log::info("daemon.ready", log::kv("listen", addresses),
              log::kv("endpoints", endpoints_.size()));
    systemd::ready(concat("serving on ", addresses));
    co_return result<void>();
}

task<void> app::run_until_told_to_stop() {
    signals told(loop_.get_executor(), SIGTERM, SIGINT, SIGHUP);
    for (;;) {
        auto [ec, signal] = co_await told.async_wait(no_throw);
        if (ec) co_return;
        if (signal != SIGHUP) {
            log::info("daemon.stopping", log::kv("signal", signal));
            co_return;
        }
        reload();
    }
}

// In the reverse order of the dependencies: nothing is asked of a part that has ended.
task<void> app::stop() {
    systemd::stopping();
    if (server_) co_await server_->stop(rpc_grace);
    co_await scheduler_->stop();
    for (auto& backend : backends_) co_await backend->close();
    co_await store_->close();
    tasks_.cancel();
    log::info("daemon.stopped");
}

// Fed only while both the loop makes turns and the writer takes writes.
task<void> app::run_watchdog() {
    const auto interval = *systemd::watchdog_interval() / 3;
    auto pause = clock_->make_alarm();
    for (;;) {
        if (clock_->now() - scheduler_->last_round_at() < watchdog_patience)
            systemd::feed_watchdog();
        co_await pause->sleep_until(clock_->now() + interval);
    }
}

void app::reload() {
    auto fresh = load_config(config_file_);
    if (!fresh) {
        for (const auto& problem : fresh.error())
            log::error("config.mistake", log::kv("problem", to_string(problem, config_file_)));
        log::error("config.not_reloaded", log::kv("mistakes", fresh.error().size()));
        return;
    }
    log::set_level(fresh->daemon.log_level);
    log::info("config.reloaded", log::kv("applied", "daemon.log_level and the endpoints' secrets"));
    for (const auto& endpoint : fresh->endpoints) take_secret(endpoint);
    // Somebody has seen to what was wrong: a login that was put off is tried now.
    for (const auto& endpoint : scheduler_->commands().endpoints())
        if (!endpoint.trouble.empty()) tasks_.spawn("login", log_in(endpoint.info.name));
}

// Another account, or another server, needs a restart: its secret is none of the present one's.
void app::take_secret(const backends::backend_options& fresh) {
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        if (endpoints_[i].info.name != fresh.info.name) continue;
        for (auto& present : settings_.endpoints) {
            if (present.info.name != fresh.info.name) continue;
            if (!backends::use_secrets_of(fresh, present, *endpoints_[i].backend)) continue;
            log::info("config.secret_changed", log::kv("endpoint", fresh.info.name));
        }
    }
}

// Its outcome is logged, and shown with the endpoint.
task<void> app::log_in(std::string endpoint) {
    auto ignored = co_await scheduler_->commands().log_in(std::move(endpoint));
    static_cast<void>(ignored);
}

}  // namespace

int run_daemon(config settings, const std::string& config_file) {
    log::start(settings.daemon.log_level);
    return app(std::move(settings), config_file).run();
}

}  // namespace cloned
