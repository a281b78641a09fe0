#include "storage/disk_room.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

namespace cloned::storage {
namespace {

constexpr auto say_again_after = std::chrono::minutes(1);

}  // namespace

void disk_room::note_full(const std::string& why) {
    const bool fresh = !since_;
    if (!fresh && clock_.now() - said_at_ < say_again_after) return;
    if (fresh) since_ = clock_.wall();
    full_ = true;
    why_ = why;
    said_at_ = clock_.now();
    log::error("disk.full", log::kv("since", rfc3339(*since_)), log::kv("error", why),
               log::kv("effect",
                       "no jobs are accepted or sent; what runs upstream goes on and is recorded "
                       "when there is room"));
}

void disk_room::note_room() {
    if (!since_) return;
    log::info("disk.has_room", log::kv("was_full_since", rfc3339(*since_)));
    since_.reset();
    full_ = false;
    why_.clear();
}

std::string disk_room::words() const {
    if (!since_) return {};
    return concat("the disk of the database is full since ", rfc3339(*since_),
                  ", so that nothing can be recorded or sent (", why_, ")");
}

}  // namespace cloned::storage
