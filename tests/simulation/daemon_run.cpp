#include "tests/simulation/daemon_run.hpp"

#include "base/text.hpp"
#include "storage/sqlite/open_store.hpp"
#include "tests/support/watched_vfs.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace cloned::simulation {
namespace {

storage::sqlite_store_options options_for(const std::string& database) {
    storage::sqlite_store_options out;
    out.path = database;
    out.threading = storage::store_threading::inline_on_loop;
    out.high_water_path = database + ".high-water";
    out.vfs = testing::watched_vfs();
    out.min_free_bytes = 0;
    out.cache_bytes = std::int64_t{2} << 20;
    return out;
}

}  // namespace

daemon_run::daemon_run(const plan& world,
                       network& net,
                       const std::string& database,
                       const surroundings& around,
                       std::uint64_t number)
    : random_(world.seed * 1'000 + number) {
    clock_.emplace(loop_);
    clock_->move_to(around.now);
    clock_->step_wall(around.clock_off);
    auto options = options_for(database);
    options.on_poisoned = [this](const std::string& why) { trouble_ = why; };
    auto opened = storage::open_sqlite_job_store(loop_, std::move(options));
    if (!opened) throw could_not_start(opened.error());
    store_ = std::move(*opened);
    store_->on_commit([this](event_id) { ++commits_; });
    make_backends(world, net, around.removed);
    daemon_ = std::make_unique<scheduler::scheduler>(loop_, *store_, *clock_, random_, endpoints_,
                                                     scheduler::scheduler_options());
    asio::co_spawn(loop_.get_executor(), start(), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

daemon_run::~daemon_run() {
    loop_.stop();
    loop_.kill();
    // What was posted by those that were destroyed goes as well.
    loop_.kill();
    daemon_.reset();
    while (!backends_.empty()) backends_.pop_back();
}

void daemon_run::make_backends(const plan& world,
                               network& net,
                               const std::set<std::size_t>& removed) {
    backends::inventory* vms = nullptr;
    std::vector<backends::backend_options> options;
    for (const auto& endpoint : world.endpoints) {
        options.push_back(endpoint.options);
        // Stands for the address: endpoints of one server share their accounts.
        options.back().http.host =
            concat("server-", std::to_string(static_cast<int>(endpoint.server)));
    }
    backends::share_accounts(options);
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (removed.contains(i)) continue;
        const auto& endpoint = world.endpoints[i];
        auto made = backends::make_backend(loop_, *clock_, random_, std::move(options[i]),
                                           endpoint.uses_vcenter ? vms : nullptr,
                                           make_memory_client(loop_, *clock_, net, endpoint));
        if (!made) throw std::runtime_error(made.error().message());
        if (endpoint.options.info.kind == endpoint_kind::vcenter)
            vms = backends::as_inventory(**made);
        endpoints_.push_back({endpoint.options.info, made->get()});
        backends_.push_back(std::move(*made));
    }
}

bool daemon_run::has_endpoint(std::string_view name) const {
    return std::any_of(endpoints_.begin(), endpoints_.end(),
                       [&](const auto& each) { return each.info.name == name; });
}

void daemon_run::use_secret(std::string_view endpoint, const std::string& secret) {
    for (const auto& each : endpoints_)
        if (each.info.name == endpoint) each.backend->use_secret(secret);
}

bool daemon_run::step() {
    if (loop_.stopped()) loop_.restart();
    if (loop_.poll_one() == 0) return false;
    ++steps_;
    return true;
}

task<void> daemon_run::start() {
    auto taken_up = co_await daemon_->start();
    if (!taken_up) {
        trouble_ = taken_up.error().message();
        co_return;
    }
    ready_ = true;
}

task<void> daemon_run::stop() {
    co_await daemon_->stop();
    for (auto& backend : backends_) co_await backend->close();
    co_await store_->close();
    stopped_ = true;
}

void daemon_run::begin_stop() {
    if (std::exchange(stopping_, true)) return;
    asio::co_spawn(loop_.get_executor(), stop(), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

}  // namespace cloned::simulation
