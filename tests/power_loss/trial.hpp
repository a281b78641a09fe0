#pragma once

#include "tests/power_loss/checker.hpp"
#include "tests/power_loss/daemon_run.hpp"
#include "tests/power_loss/disk.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cloned::power_loss {

struct totals {
    std::int64_t images = 0;   // looked at
    std::int64_t faults = 0;   // runs with one
    std::int64_t opened = 0;   // starts on an image
    std::int64_t resumed = 0;  // of these, run to the end against the books of the upstream
    std::int64_t lost = 0;
    std::int64_t twice = 0;
    std::int64_t broken = 0;

    void add(const std::vector<finding>& findings);
    bool clean() const { return lost + twice + broken == 0; }
    totals& operator+=(const totals& other);
};

// How much is to be done, and what is done with findings.
struct trial_settings {
    std::int64_t first_image = 0;    // images of a world below it are not looked at
    std::int64_t images_max = 0;     // of this world
    std::int64_t resume_one_in = 0;  // 0: never
    std::function<void(const std::vector<finding>&, const std::string& where)> report;
};

// One world: its seed decides on everything. Daemons that live and die on one disk until the
// clients have got what they wanted; while they do, images of the disk are taken and judged.
class trial {
public:
    trial(std::uint64_t seed, trial_settings settings, totals& sum);

    // A world of any size, cut at many moments.
    void run_with_cuts();
    // A small world. Without a fault it tells the calls that its disk gets.
    std::vector<testing::disk_call::kind> run_small();
    void run_with_fault(planned_fault what);

private:
    struct shape {
        world_size size;
        std::int64_t cut_one_in = 0;       // of all changes of the disk; 0: none
        std::int64_t cut_one_sync_in = 0;  // of its syncs
        std::vector<std::int64_t> kills;   // at which calls, one after the other
        milliseconds stop_after{0};        // the first daemon ends in good order then
        int checkpoint_pages = 100;
        std::int64_t lane_limit = 100;
    };

    void prepare(const shape& what);
    void prepare_small();
    void live_to_the_end();
    // True once there is nothing more to live for.
    bool live_once();
    void changed(bool synced);
    std::int64_t one_in_after_fault();
    void take_image(const std::string& name);
    void resume(const std::string& folder, random& chance, std::vector<finding>& findings);
    run_settings settings_of(int number);

    const std::uint64_t seed_;
    const trial_settings settings_;
    totals& sum_;
    random chance_;
    random cuts_;
    shape shape_;
    testing::temp_dir place_;
    std::string folder_;
    environment world_;
    std::unique_ptr<disk> disk_;
    daemon_run* now_ = nullptr;
    int life_ = 1;
    int changes_of_life_ = 0;  // of the disk
    std::int64_t image_ = 0;   // number of the next one
    std::int64_t looked_at_ = 0;
    int changes_after_fault_ = 0;
    bool with_fault_ = false;
    bool judging_ = false;
};

}  // namespace cloned::power_loss
