#include "tests/power_loss/trial.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace cloned::power_loss {
namespace {

using namespace std::chrono_literals;

constexpr int lives_max = 60;
constexpr int first_changes = 40;
constexpr std::int64_t images_of_first_changes_one_in = 4;
// A thousand jobs of two minutes, five at a time, take seven hours.
constexpr auto longest_life = 12h;
constexpr int first_changes_after_fault = 16;

void write_some(const std::string& path, std::int64_t bytes, random& chance) {
    std::ofstream out(path, std::ios::binary);
    for (std::int64_t i = 0; i < bytes; ++i) out.put(chance.byte());
}

// Files that are never synced may hold anything: the log's index in shared memory, the lock file.
void leave_unsynced_files(const std::string& folder, random& chance) {
    if (chance.one_in(2))
        write_some(folder + "/queue.db-shm", 32'768 * chance.between(0, 2), chance);
    if (chance.one_in(2)) write_some(folder + "/queue.db.lock", chance.below(8), chance);
}

}  // namespace

void totals::add(const std::vector<finding>& findings) {
    // One image counts once for each kind.
    const auto any = [&](verdict what) {
        return std::any_of(findings.begin(), findings.end(),
                           [&](const finding& f) { return f.what == what; });
    };
    lost += any(verdict::lost);
    twice += any(verdict::twice);
    broken += any(verdict::broken);
}

totals& totals::operator+=(const totals& other) {
    images += other.images;
    faults += other.faults;
    opened += other.opened;
    resumed += other.resumed;
    lost += other.lost;
    twice += other.twice;
    broken += other.broken;
    return *this;
}

trial::trial(std::uint64_t seed, trial_settings settings, totals& sum)
    : seed_(seed),
      settings_(std::move(settings)),
      sum_(sum),
      chance_(seed, 2),
      cuts_(seed, 3),
      folder_(place_.file("disk")) {
    std::filesystem::create_directory(folder_);
}

void trial::prepare(const shape& what) {
    shape_ = what;
    world_ = make_environment(shape_.size, chance_);
    disk_ = std::make_unique<disk>(folder_, seed_);
    disk_->on_change = [this](bool synced) { changed(synced); };
}

run_settings trial::settings_of(int number) {
    run_settings settings;
    settings.folder = folder_;
    settings.vfs = testing::watched_vfs();
    settings.seed = seed_ * 100 + static_cast<std::uint64_t>(number);
    settings.checkpoint_pages = shape_.checkpoint_pages;
    settings.lane_limit = shape_.lane_limit;
    settings.dead = [this] { return disk_->dead(); };
    return settings;
}

// --- the worlds

void trial::run_with_cuts() {
    shape what;
    const auto scale = chance_.below(8);
    // Small worlds are cut at every change, so that no moment is left out.
    what.size.jobs = static_cast<int>(scale == 0   ? chance_.between(1, 8)
                                      : scale <= 3 ? chance_.between(20, 200)
                                                   : chance_.between(400, 1000));
    what.size.clients = static_cast<int>(chance_.between(1, 5));
    what.size.batch_max = chance_.one_in(3) ? 200 : 30;
    what.cut_one_in = what.size.jobs <= 8 ? 1 : 8 + what.size.jobs / 8;
    what.cut_one_sync_in = std::max<std::int64_t>(1, what.cut_one_in / 6);
    const int pages[] = {10, 60, 300, 8000};
    what.checkpoint_pages = pages[chance_.below(4)];
    what.lane_limit = chance_.between(5, 200);
    if (chance_.one_in(2)) what.stop_after = milliseconds(chance_.between(1, 200'000));
    for (auto kills = chance_.below(4); kills > 0; --kills)
        what.kills.push_back(chance_.between(1, 20 + 12 * what.size.jobs));
    prepare(what);
    live_to_the_end();
}

// Few enough calls that each of them can fail once.
void trial::prepare_small() {
    shape what;
    what.size = {6, 2, 3};
    what.checkpoint_pages = 12;
    what.lane_limit = 4;
    what.stop_after = milliseconds(chance_.between(100, 60'000));
    what.kills.push_back(chance_.between(60, 250));
    prepare(what);
}

std::vector<testing::disk_call::kind> trial::run_small() {
    prepare_small();
    live_to_the_end();
    return disk_->history();
}

void trial::run_with_fault(planned_fault what) {
    ++sum_.faults;
    with_fault_ = true;
    prepare_small();
    disk_->plan(what);
    live_to_the_end();
}

// --- lives

void trial::live_to_the_end() {
    bool done = false;
    for (life_ = 1; !done && life_ <= lives_max; ++life_) done = live_once();
    settings_.report(judge_end(world_), "at the end");
    sum_.add(judge_end(world_));
}

bool trial::live_once() {
    disk_->revive();
    changes_of_life_ = 0;
    const auto index = static_cast<std::size_t>(life_ - 1);
    if (index < shape_.kills.size()) {
        const auto when = disk_->calls() + shape_.kills[index];
        if (chance_.one_in(2))
            disk_->die_at(when);
        else
            disk_->die_at_sync_from(when);
    }
    daemon_run now(world_, settings_of(life_));
    now_ = &now;
    const auto started = now.start();
    const bool stops = life_ == 1 && shape_.stop_after > 0ms;
    if (started) {
        now.drive_until(
            [&] { return world_.all_ended() || (stops && now.age() >= shape_.stop_after); },
            longest_life);
        if (!now.over()) now.stop();
    }
    // One that has lived long and got nowhere will not; judge_end() says what is missing.
    const bool done = started && !now.over() && (world_.all_ended() || now.age() >= longest_life);
    if (done || with_fault_) take_image("after a life");
    world_.daemon_is_gone(chance_, now.now());
    now_ = nullptr;
    return done;
}

// --- images

void trial::changed(bool synced) {
    if (judging_ || now_ == nullptr) return;
    ++changes_of_life_;
    auto one_in = synced ? shape_.cut_one_sync_in : shape_.cut_one_in;
    // What an earlier daemon has left unsynced is at stake until this one syncs it.
    if (one_in > 0 && changes_of_life_ <= first_changes)
        one_in = std::min(one_in, images_of_first_changes_one_in);
    if (with_fault_) one_in = one_in_after_fault();
    if (one_in > 0 && cuts_.one_in(one_in)) take_image(synced ? "after a sync" : "after a write");
}

// What a failed call has left is at stake until it is written over.
std::int64_t trial::one_in_after_fault() {
    if (!disk_->fault_met()) return 0;
    return ++changes_after_fault_ <= first_changes_after_fault ? 2 : 40;
}

void trial::take_image(const std::string& moment) {
    const auto number = image_++;
    if (number < settings_.first_image || looked_at_ >= settings_.images_max) return;
    ++looked_at_;
    ++sum_.opened;
    ++sum_.images;
    judging_ = true;
    random chance(seed_, 1000 + static_cast<std::uint64_t>(number));
    const auto folder = place_.file("image");
    std::filesystem::create_directory(folder);
    auto where = concat("image ", std::to_string(number), ", life ", std::to_string(life_), " ",
                        moment, ", call ", std::to_string(disk_->calls()), ", left ");
    where += disk_->content().leave(folder, chance);
    leave_unsynced_files(folder, chance);
    auto findings = judge_image(folder, world_, chance);
    if (findings.empty() && settings_.resume_one_in > 0 && chance.one_in(settings_.resume_one_in)) {
        where += ", and a daemon started on it";
        resume(folder, chance, findings);
    }
    std::filesystem::remove_all(folder);
    judging_ = false;
    sum_.add(findings);
    settings_.report(findings, where);
}

// The next daemon, with the books of the upstream as they were at the cut.
void trial::resume(const std::string& folder, random& chance, std::vector<finding>& findings) {
    ++sum_.resumed;
    ++sum_.opened;
    auto world = world_;
    world.daemon_is_gone(chance, now_->now());
    world.lived += now_->age() + milliseconds(chance.below(chance.one_in(2) ? 1'000 : 600'000));
    auto settings = settings_of(life_ + 1);
    settings.folder = folder;
    settings.vfs = "unix";
    settings.dead = [] { return false; };
    daemon_run next(world, settings);
    if (const auto started = next.start(); !started) {
        findings.push_back({verdict::broken, concat("no start: ", started.error().message())});
        return;
    }
    next.drive_until([&] { return world.all_ended(); }, longest_life);
    findings = judge_end(world);
}

}  // namespace cloned::power_loss
