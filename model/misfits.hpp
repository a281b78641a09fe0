#pragma once

#include "model/job.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace cloned {

enum class after_refusal : std::uint8_t {
    again,    // first of its queue, as soon as there is room
    aside,    // after a pause, so that others of its lane may try before it
    give_up,  // it is the job that is refused, not one too many
};

// What becomes of a job that was refused for lack of capacity.
struct refusal_ruling {
    after_refusal what = after_refusal::again;
    milliseconds pause{0};  // aside
};

// Finds the jobs of a lane that are refused where others are taken: a restore of a VM that is not
// deleted gets the words of one too many. Such a job steps aside, so that it never holds its lane
// up; its refusals teach nothing; and when others were taken after each of many of its refusals it
// fails with the upstream's words. A job that is alone in its lane waits, however long.
//
// Pure. Remembers a few hundred jobs, those refused last.
class misfits {
public:
    // Refused with `others` in flight where more were taken before, or where nothing was.
    after_refusal refused(job_id job, std::int64_t others);
    // Another one, or this one at last, was taken with so many in flight.
    void taken(job_id job, std::int64_t others);
    // Was another job taken after it had been refused?
    bool is_suspect(job_id job) const;
    std::uint32_t refusals(job_id job) const;
    std::size_t size() const { return jobs_.size(); }

private:
    struct entry {
        std::int64_t others = 0;
        std::uint32_t refusals = 0;
        std::uint32_t contradicted = 0;  // of these, each followed by one that was taken
        bool followed = false;           // the last one was
        std::uint64_t order = 0;
    };
    void make_room();

    std::unordered_map<job_id, entry> jobs_;
    std::uint64_t order_ = 0;
};

}  // namespace cloned
