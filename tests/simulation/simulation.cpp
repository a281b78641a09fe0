#include "tests/simulation/simulation.hpp"

#include "simulator/model/world.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/daemon_run.hpp"
#include "tests/simulation/machine.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace cloned::simulation {
namespace {

using namespace std::chrono_literals;

// Nothing takes longer once nothing goes wrong: the longest patience with an unfinished VM is half
// an hour, and jobs of one lane may come one after the other.
constexpr auto patience = 8h;
constexpr std::int64_t steps_max = 3'000'000;
constexpr auto look_every = milliseconds(10'000);
// Those that are a trouble, and no opinion.
constexpr const char* passing_readings_end =
    R"({"refuse_all":false,"refuse_all_s":0,"refuse_all_vcenter":false,"bad_names":"",)"
    R"("bad_folders":"","bad_vms":"","unauthenticated_route":"","lockout_after":0})";

// Empty where there is no file.
std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_content(const std::string& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << content;
    if (!out.flush()) throw std::runtime_error(concat("cannot write ", path));
}

// The file at some moment, and what the clients knew.
struct backup {
    std::string database, log;
    std::map<std::size_t, accepted_batch> told;
};

class running_world {
public:
    running_world(const plan& world, const std::string& folder, bool shown, const spectator& who)
        : plan_(world),
          spectator_(who),
          database_(folder + "/queue.db"),
          log_(when_, shown),
          model_(settings_of(world)),
          machine_(world, when_, log_),
          net_(world, model_, when_, log_),
          people_(world, when_, log_, book_),
          checker_(world, net_, book_, log_) {
        for (const char* end : {"", "-wal", "-shm", ".lock", ".high-water"})
            std::filesystem::remove(database_ + end);
        people_.vm_of = [this](const job_record& job) { return checker_.vm_of(job); };
        people_.disk_is_full = [this] { return machine_.disk_is_full(); };
        machine_.on_step = [this](milliseconds by) {
            if (life_) life_->time().step_wall(by);
        };
        for (const auto& kill : world.kills) backups_wanted_ |= !kill.off && kill.lives_lost > 0;
    }

    report run();

private:
    void plan_events();
    void control(const std::string& method, const std::string& target, const std::string& body);
    void stranger_clones(const planned_stranger& who);
    void fall_quiet();
    void look_again();
    void show(const std::function<void(daemon_run&)>& what);

    void begin_life();
    void end_life(milliseconds down);
    std::set<std::size_t> removed_endpoints() const;
    backup make_backup() const;
    void put_endpoints_back();
    void keep_backup_of_life();
    void restore_backup_of_life(int lives_lost);
    void restore(backup kept);
    void choose_kill();
    bool kill_is_due();
    void kill_or_stop();
    void judge_stop();
    bool advance();
    bool live_until(const std::function<bool()>& reached, steady_time limit);
    void live_to_the_end();
    void outlive_the_dead();
    void end_what_is_left();
    void tell_jobs();

    const plan& plan_;
    const spectator& spectator_;
    std::string database_;
    timeline when_;
    trace log_;
    simulator::model model_;
    machine machine_;
    network net_;
    client_book book_;
    clients people_;
    checker checker_;
    std::optional<daemon_run> life_;
    std::vector<steady_time> lives_;
    steady_time stop_began_{};
    std::size_t next_kill_ = 0;
    bool backups_wanted_ = false;
    std::vector<backup> backups_;            // as each life found it
    std::vector<backup> made_backups_;       // that were planned
    std::set<std::size_t> removed_;          // in this life
    const planned_kill* kill_ = nullptr;     // that ends this life
    std::optional<std::int64_t> countdown_;  // turns that are left
    std::int64_t submits_ = 0;               // in this life
    bool quiet_ = false;
    report out_;
};

// --- the world outside

void running_world::plan_events() {
    people_.begin();
    machine_.begin();
    for (const auto& each : plan_.backups)
        if (!each.off)
            when_.at(world_begin + each.at, [this] {
                log_.line("d a backup is made");
                made_backups_.push_back(make_backup());
            });
    for (const auto& call : plan_.calls)
        if (!call.off)
            when_.at(world_begin + call.at,
                     [this, &call] { control(call.method, call.target, call.body); });
    for (const auto& stranger : plan_.strangers)
        if (!stranger.off)
            when_.at(world_begin + stranger.at, [this, &stranger] { stranger_clones(stranger); });
    for (const auto& [when, what] : spectator_.at)
        when_.at(world_begin + when, [this, &what = what] { show(what); });
    when_.at(world_begin + plan_.quiet, [this] { fall_quiet(); });
    look_again();
}

void running_world::control(const std::string& method,
                            const std::string& target,
                            const std::string& body) {
    log_.line("u ", method, " ", target, " ", body);
    const auto said =
        model_.handle({simulator::server_kind::control, method, target, {}, body}, net_.instant());
    if (said.status >= 300) book_.violate(wrong::other, concat("the control says ", said.body));
}

void running_world::stranger_clones(const planned_stranger& who) {
    const simulator::request login{server_kind::vcenter,
                                   "POST",
                                   "/api/session",
                                   {{"Authorization", "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0"}},
                                   {}};
    const auto session = model_.handle(login, net_.instant());
    if (session.status != 201) return;
    const auto token = session.body.substr(1, session.body.size() - 2);
    const auto place =
        who.folder.empty() ? "" : concat(R"(,"placement":{"folder":")", who.folder, R"("})");
    const auto body =
        concat(R"({"source":")", who.source, R"(","name":")", who.name, R"(")", place, "}");
    const simulator::request clone{server_kind::vcenter,
                                   "POST",
                                   "/api/vcenter/vm?action=clone&vmw-task=true",
                                   {{"vmware-api-session-id", token}},
                                   body};
    const auto said = model_.handle(clone, net_.instant());
    log_.line("u a stranger clones ", who.name, ": ", std::to_string(said.status));
}

void running_world::fall_quiet() {
    log_.line("u nothing goes wrong any more");
    quiet_ = true;
    net_.calm();
    control("POST", "/_sim/rules", "[]");
    control("POST", "/_sim/readings", passing_readings_end);
    control("POST", "/_sim/limits", R"({"strangers":0,"strangers_per_s":0})");
    kill_ = nullptr;
    countdown_.reset();
    machine_.set_clock_right();
    people_.put_in_order();
    put_endpoints_back();
}

void running_world::look_again() {
    people_.look();
    when_.after(look_every, [this] { look_again(); });
}

void running_world::show(const std::function<void(daemon_run&)>& what) {
    if (life_ && life_->ready()) return what(*life_);
    when_.after(milliseconds(100), [this, &what] { show(what); });
}

// --- lives

void running_world::begin_life() {
    if (!machine_.is_awake()) return when_.at(machine_.awake_at(), [this] { begin_life(); });
    log_.line("d life ", std::to_string(lives_.size()), " begins");
    keep_backup_of_life();
    removed_ = removed_endpoints();
    const daemon_run::surroundings around{when_.now(), machine_.clock_off(), removed_};
    try {
        life_.emplace(plan_, net_, database_, around, lives_.size());
    } catch (const could_not_start& refused) {
        // As long as there is no room, whoever supervises it tries again.
        if (refused.why.code() != errc::unavailable || !machine_.disk_is_full()) throw;
        log_.line("d it does not start: ", refused.what());
        return when_.after(5s, [this] { begin_life(); });
    }
    lives_.push_back(when_.now());
    checker_.removed(removed_);
    submits_ = 0;
    people_.life_began(*life_);
    choose_kill();
}

void running_world::choose_kill() {
    kill_ = nullptr;
    countdown_.reset();
    while (next_kill_ < plan_.kills.size() && plan_.kills[next_kill_].off) ++next_kill_;
    if (quiet_ || next_kill_ >= plan_.kills.size()) return;
    kill_ = &plan_.kills[next_kill_++];
}

bool running_world::kill_is_due() {
    if (kill_ == nullptr) return false;
    if (!countdown_) {
        const auto lived = std::chrono::floor<milliseconds>(when_.now() - lives_.back()).count();
        const auto reached = kill_->trigger == kill_at::step     ? life_->steps()
                             : kill_->trigger == kill_at::submit ? submits_
                             : kill_->trigger == kill_at::commit ? life_->commits()
                                                                 : lived;
        if (reached < kill_->count) return false;
        countdown_ = kill_->then_steps;
    }
    return (*countdown_)-- <= 0;
}

void running_world::kill_or_stop() {
    const auto& how = *std::exchange(kill_, nullptr);
    if (how.gently && life_->ready()) {
        log_.line("d stop");
        stop_began_ = when_.now();
        life_->begin_stop();
        return;
    }
    ++out_.kills;
    end_life(how.down);
    machine_.boot(how.clock_off, how.clock_off_for);
    if (how.lives_lost > 0) restore_backup_of_life(how.lives_lost);
    if (how.restores && !made_backups_.empty())
        restore(made_backups_[*how.restores % made_backups_.size()]);
}

// What is being sent is given the daemon's grace, and each session the time of a request to end.
void running_world::judge_stop() {
    auto most = scheduler::scheduler_options().shutdown_grace + 1s;
    for (const auto& endpoint : plan_.endpoints) most += endpoint.options.info.request_timeout;
    for (const auto& suspend : plan_.suspends) most += suspend.to - suspend.from;
    const auto took = std::chrono::ceil<milliseconds>(when_.now() - stop_began_);
    if (took > most)
        book_.violate(wrong::stuck, concat("a stop took ", std::to_string(took.count()), " ms"));
}

void running_world::end_life(milliseconds down) {
    log_.line("d life ends after ", std::to_string(life_->steps()), " turns");
    out_.steps += life_->steps();
    people_.life_ended();
    life_.reset();
    when_.after(down, [this] { begin_life(); });
}

// What the configuration of a life that begins now lacks.
std::set<std::size_t> running_world::removed_endpoints() const {
    std::set<std::size_t> out;
    for (const auto& removal : plan_.removals) {
        const auto life = lives_.size();
        const bool over = quiet_ || life >= removal.from_life + removal.lives;
        if (removal.off || life < removal.from_life || (over && !removal.for_good)) continue;
        out.insert(removal.endpoints.begin(), removal.endpoints.end());
    }
    return out;
}

void running_world::put_endpoints_back() {
    if (removed_ == removed_endpoints()) return;
    if (life_ && life_->ready()) {
        log_.line("d stop, for another configuration");
        stop_began_ = when_.now();
        life_->begin_stop();
    }
    when_.after(1s, [this] { put_endpoints_back(); });
}

// Between two turns of the loop no commit is under way.
backup running_world::make_backup() const {
    return {content_of(database_), content_of(database_ + "-wal"), book_.accepted};
}

void running_world::keep_backup_of_life() {
    if (backups_wanted_) backups_.push_back(make_backup());
}

void running_world::restore_backup_of_life(int lives_lost) {
    const auto lost = std::min(static_cast<std::size_t>(lives_lost), backups_.size());
    log_.line("d so many lives are lost: ", std::to_string(lost));
    backups_.resize(backups_.size() - lost + 1);
    auto kept = std::move(backups_.back());
    backups_.pop_back();
    restore(std::move(kept));
}

void running_world::restore(backup kept) {
    log_.line("d a backup is restored");
    ++out_.restored;
    write_content(database_, kept.database);
    write_content(database_ + "-wal", kept.log);
    std::filesystem::remove(database_ + "-shm");
    checker_.history_lost();
    people_.history_lost(std::move(kept.told));
}

// Whatever comes first: the daemon's next moment or the world's. False if nothing is left.
bool running_world::advance() {
    const auto outside = when_.next();
    const bool runs = life_ && machine_.is_awake();
    const auto inside = runs ? life_->time().next() : std::nullopt;
    if (inside && (!outside || *inside < *outside)) {
        when_.move_to(*inside);
        return life_->time().advance();
    }
    if (!outside) return false;
    // A life that begins in it brings the present along.
    if (life_) life_->time().move_to(*outside);
    when_.run_next();
    return true;
}

// False: it did not come to that in time.
bool running_world::live_until(const std::function<bool()>& reached, steady_time limit) {
    for (;;) {
        const bool awake = machine_.is_awake();
        if (awake && life_ && life_->step()) {
            if (kill_is_due()) kill_or_stop();
            if (life_ && life_->stopped()) {
                judge_stop();
                end_life(1s);
            }
            if (life_ && !life_->trouble().empty())
                throw std::runtime_error(concat("the daemon gives up: ", life_->trouble()));
            if (life_ && life_->steps() > steps_max)
                throw std::runtime_error("the daemon never comes to rest");
            continue;
        }
        if (awake && kill_is_due()) {
            kill_or_stop();
            continue;
        }
        if (reached()) return true;
        if (when_.now() > limit && life_ && life_->ready()) return false;
        if (!advance()) throw std::runtime_error("nothing more can happen");
    }
}

// Until every job has ended, or is with the operator.
void running_world::live_to_the_end() {
    const auto ended = [this] { return quiet_ && life_ && life_->ready() && people_.all_ended(); };
    const auto limit = std::max(when_.now(), world_begin + plan_.quiet) + patience;
    if (!live_until(ended, limit))
        book_.violate(wrong::stuck, "jobs have not ended long after all was well");
}

// A server that is gone keeps nobody from ending its jobs.
void running_world::outlive_the_dead() {
    const auto in_order = [this] {
        return quiet_ && life_ && life_->ready() && people_.all_answered();
    };
    const auto limit = world_begin + plan_.quiet + patience;
    if (!live_until(in_order, limit)) book_.violate(wrong::stuck, "not all was answered");
    people_.end_what_is_left();
    live_until([this] { return people_.nothing_is_left(); }, when_.now() + patience);
    log_.line("u nobody is gone any more");
    net_.revive();
}

// I12, and that nothing which an operator has ended is made once more by those who try it again.
void running_world::end_what_is_left() {
    const auto over = [this] { return people_.nothing_is_left(); };
    people_.end_what_is_left();
    live_until(over, when_.now() + patience);
    if (!people_.try_again()) return;
    live_to_the_end();
    people_.end_what_is_left();
    live_until(over, when_.now() + patience);
    checker_.judge_vms();
}

void running_world::tell_jobs() {
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            ++out_.jobs;
            if (job.progress.state == job_state::needs_operator) ++out_.with_operator;
            log_.line("j job ", std::to_string(job.id.value), " ", job.request.key, " ",
                      to_string(job.progress.state), " ", job.progress.vm, " ",
                      job.progress.last_error ? job.progress.last_error->message() : "");
            const auto history = people_.histories().find(job.id);
            if (history == people_.histories().end()) continue;
            for (const auto& event : history->second)
                log_.line("j   ", std::to_string(to_ms(event.at) - plan_.upstream.epoch_ms), " ",
                          to_string(event.from), " -> ", to_string(event.to), " ", event.detail);
        }
}

report running_world::run() {
    net_.on_departure = [this](const exchange& what) {
        ++submits_;
        checker_.on_departure(what);
    };
    plan_events();
    begin_life();
    if (plan_.dead && !plan_.dead->off) outlive_the_dead();
    live_to_the_end();
    people_.read_histories();
    live_until([this] { return people_.histories_read(); }, steady_time::max());
    checker_.judge_end(people_.histories(), lives_);
    tell_jobs();
    if (spectator_.at_end)
        spectator_.at_end({book_.accepted, people_.histories(), model_.at(net_.instant())});
    end_what_is_left();
    out_.steps += life_->steps();
    life_.reset();
    out_.resolved = people_.resolved();
    out_.doubts = checker_.doubts();
    out_.violations = book_.violations;
    out_.requests = static_cast<std::int64_t>(model_.at(net_.instant()).book.requests());
    out_.hash = log_.hash();
    out_.lasted = std::chrono::floor<milliseconds>(when_.now() - world_begin);
    return out_;
}

}  // namespace

report run_world(const plan& world, const std::string& folder, bool shown, const spectator& who) {
    report failed;
    try {
        return running_world(world, folder, shown, who).run();
    } catch (const std::exception& e) {
        failed.violations.push_back({wrong::other, e.what()});
    }
    return failed;
}

}  // namespace cloned::simulation
