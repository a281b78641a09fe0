#include "storage/sqlite/chains.hpp"

namespace cloned::storage {

chains::chains(SQLite::Database& database)
    : find_waiting_(database,
                    "SELECT c.job_id, s.fence, s.attempt, c.needs_vm, j.not_before_ms "
                    "FROM chains c JOIN job_state s ON s.job_id = c.job_id "
                    "JOIN jobs j ON j.job_id = c.job_id WHERE c.after_job = ? "
                    "AND s.state = 'blocked' AND s.wake_at_ms = ? ORDER BY c.job_id"),
      find_earlier_(database,
                    "SELECT j.key, s.state, s.vm, c.needs_vm FROM chains c "
                    "JOIN job_state s ON s.job_id = c.after_job "
                    "JOIN jobs j ON j.job_id = c.after_job WHERE c.job_id = ?"),
      give_vm_(database, "UPDATE chains SET vm = ?, released_at_ms = ? WHERE job_id = ?"),
      find_key_(database, "SELECT key FROM jobs WHERE job_id = ?") {}

std::vector<chains::waiting> chains::waiting_for(job_id job) {
    std::vector<waiting> all;
    auto found = find_waiting_.run(job, never);
    while (found.next()) {
        waiting one;
        one.id = job_id{found.integer(0)};
        one.fence = found.integer(1);
        one.attempt = static_cast<std::uint32_t>(found.integer(2));
        one.needs_vm = found.flag(3);
        one.not_before = found.time_if_set(4);
        all.push_back(std::move(one));
    }
    return all;
}

std::optional<chains::earlier> chains::before(job_id job) {
    auto found = find_earlier_.run(job);
    if (!found.next()) return std::nullopt;
    return earlier{found.text(0), found.state(1), found.text(2), found.flag(3)};
}

void chains::give_vm(job_id job, const std::string& vm, wall_time at) {
    give_vm_.execute(vm, at, job);
}

std::string chains::key_of(job_id job) {
    auto found = find_key_.run(job);
    return found.next() ? found.text(0) : std::string();
}

}  // namespace cloned::storage
