#pragma once

#include "backends/backend.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cloned::scheduler {

// Settles what became of one job by evidence alone. Fed with one look after the other, it says what
// they prove:
//
//  * The VM is there and complete, and no task that may be making it lives: it was made.
//  * It is absent in two looks, both later than the moment by which our request must have died, the
//    second with a session that began after the first, and no task lives that was seen in the first
//    of them: it was not made and will not be. A task seen later for the first time cannot be ours,
//    so strangers at work do not delay the answer forever.
//  * The same with a VM in its place that something else has made: the name is taken.
//  * A VM is in its place that, as the upstream shows, an attempt of ours has left that failed: the
//    attempt failed.
//  * Everything else: look again; in the end an operator must. That is so in particular where the
//    upstream does not show its tasks, or shows one that has made a VM which cannot be seen: such a
//    look settles what it finds, but it proves no absence.
//
// Pure. One object per job in doubt.
class doubt {
public:
    struct limits {
        milliseconds first_pause{500};
        milliseconds longest_pause{30'000};
        milliseconds incomplete_patience{1'800'000};  // how long a VM may stay unfinished
        int ambiguous_looks = 3;
        int refused_looks = 10;  // while the upstream refuses for good to show its tasks
        int blind_looks = 40;    // while it cannot show them, or not all that they have made
        // Between the two looks that prove an absence, where what was made lately is not told.
        milliseconds untold_patience{180'000};
    };

    // `dead_by`: from then on nothing that we have sent can still be on its way.
    // `common`: may be shared by all doubts of an endpoint; thousands compare the same lists.
    doubt(limits allowed,
          wall_time dead_by,
          std::shared_ptr<backends::common_ids> common = std::make_shared<backends::common_ids>())
        : limits_(allowed), dead_by_(dead_by), common_(std::move(common)) {}

    enum class finding : std::uint8_t { look_again, made, absent, taken, left, unsettled };
    struct verdict {
        finding what = finding::look_again;
        milliseconds pause{0};  // before the next look
        std::string vm;
        std::string why;
        // left, absent: what the attempt failed of, where the upstream shows that it did.
        std::optional<error> failure;
        bool left_complete = false;
    };

    // `now`: when the look began.
    verdict consider(const backends::evidence& seen, wall_time now);

    // Can something that we have sent still be on its way at that moment?
    bool may_be_on_its_way(wall_time now) const { return now < dead_by_; }

    // The next look must be made with a session that began after the last one.
    bool wants_fresh_session() const { return first_absent_.has_value(); }

private:
    verdict again(wall_time now, std::string why);
    verdict consider_absence(const backends::evidence& seen, wall_time now, bool nobody_works);
    verdict consider_blindness(const backends::evidence& seen, wall_time now);

    // Constant after construction
    limits limits_;
    wall_time dead_by_;
    std::shared_ptr<backends::common_ids> common_;
    // Loop thread only
    std::optional<backends::task_ids> suspects_;  // live tasks of the first look after dead_by_
    std::optional<wall_time> first_absent_;
    std::optional<wall_time> first_incomplete_;
    int ambiguous_ = 0;
    int blind_ = 0;  // looks that could not show all, in a row
    int stale_ = 0;  // looks for which no fresh session could be had
    int looks_ = 0;
};

}  // namespace cloned::scheduler
