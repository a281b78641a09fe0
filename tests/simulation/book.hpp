#pragma once

#include "model/job.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloned::simulation {

// What a promise was broken about.
enum class wrong : std::uint8_t {
    lost,        // an accepted job, or a request that was not the same (I1, I6)
    twice,       // a VM made or a guest customized twice, or a VM that is not ours (I2, I7)
    over_limit,  // more in flight than allowed (I3)
    stuck,       // it never ends, or does not say why it waits (I5)
    other,       // it went back on what it had told (I4), or did not accept (I8)
};
inline constexpr std::size_t wrong_kinds = 5;

struct violation {
    wrong what = wrong::other;
    std::string words;
};

// A batch that the client has been told is accepted, and what it was shown of it since.
struct accepted_batch {
    std::string uid;
    batch_id id;
    bool retry_asked = false;
    std::vector<job_record> jobs;  // as they were shown last
};

// What the clients know. It is kept apart from the daemon, and survives it.
struct client_book {
    std::map<std::size_t, accepted_batch> accepted;  // by its place in the plan
    // What an operator has allowed, or perhaps allowed, for the lanes whose limit was touched.
    std::map<lane_key, std::int64_t> limit_at_most;
    // A backup was restored. Of these names there may be VMs of batches that were lost with what it
    // lacks: name → how many.
    bool history_lost = false;
    std::map<std::string, std::int64_t> lost_names;
    // Jobs that an operator has given up, or perhaps given up, whatever there is of them.
    std::set<job_id> given_up;
    // Of those the ones whose VM was there: by that word it is nobody's, and a retry may make
    // another.
    std::set<job_id> disowned;
    std::vector<violation> violations;

    void violate(wrong what, std::string words) {
        if (violations.size() < 20) violations.push_back({what, std::move(words)});
    }
};

}  // namespace cloned::simulation
