#include "storage/sqlite/high_water.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "model/guard.hpp"
#include "storage/sqlite/statement.hpp"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <system_error>
#include <utility>

namespace cloned::storage {
namespace {

constexpr std::size_t line_bytes = 100;

std::uint64_t checksum(const high_water& mark) {
    std::uint64_t sum = 0xcbf29ce484222325U;
    for (const auto number : {mark.event, mark.job, mark.batch}) {
        sum ^= static_cast<std::uint64_t>(number);
        sum *= 0x100000001b3U;
    }
    return sum;
}

std::string line_of(const high_water& mark) {
    char text[line_bytes + 1];
    std::snprintf(text, sizeof text,
                  "cloned %019" PRId64 " %019" PRId64 " %019" PRId64 " %016" PRIx64, mark.event,
                  mark.job, mark.batch, checksum(mark));
    std::string line(text);
    line.resize(line_bytes - 1, ' ');
    line += '\n';
    return line;
}

std::optional<high_water> read_line(const std::string& line) {
    high_water mark;
    std::uint64_t sum = 0;
    const int read =
        std::sscanf(line.c_str(), "cloned %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNx64,
                    &mark.event, &mark.job, &mark.batch, &sum);
    if (read != 4 || sum != checksum(mark)) return std::nullopt;
    return mark;
}

}  // namespace

high_water_file::~high_water_file() {
    if (descriptor_ < 0) return;
    ::fdatasync(descriptor_);
    ::close(descriptor_);
}

high_water_file::high_water_file(high_water_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      found_(other.found_),
      last_(other.last_),
      fails_(other.fails_) {}

high_water_file& high_water_file::operator=(high_water_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(found_, other.found_);
    std::swap(last_, other.last_);
    std::swap(fails_, other.fails_);
    return *this;
}

result<high_water_file> high_water_file::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return fail(errc::failed_precondition,
                    concat("cannot open the high-water file ", path, ": ",
                           std::generic_category().message(errno)));
    high_water_file file(descriptor);
    std::string line(line_bytes, '\0');
    const auto length = ::pread(descriptor, line.data(), line.size(), 0);
    if (length == static_cast<ssize_t>(line_bytes)) file.found_ = read_line(line);
    return file;
}

void high_water_file::note(const high_water& now) {
    if (descriptor_ < 0 || now == last_) return;
    const auto line = line_of(now);
    const auto written = ::pwrite(descriptor_, line.data(), line.size(), 0);
    if (written == static_cast<ssize_t>(line.size())) {
        last_ = now;
    } else if (!std::exchange(fails_, true)) {
        log::warn("store.high_water_failed",
                  log::kv("error", std::generic_category().message(errno)));
    }
}

std::int64_t suspect_lost_history(SQLite::Database& database, const high_water_file& file) {
    if (!file.is_open() || !guarded(guard::generation)) return 0;
    const auto number = [&](const char* question) {
        return database.execAndGet(question).getInt64();
    };
    high_water here;
    here.event = std::max(number("SELECT next_event - 1 FROM counters"),
                          number("SELECT IFNULL(MAX(event_id), 0) FROM job_events"));
    here.job = std::max(number("SELECT next_job - 1 FROM counters"),
                        number("SELECT IFNULL(MAX(job_id), 0) FROM jobs"));
    here.batch = std::max(number("SELECT next_batch - 1 FROM counters"),
                          number("SELECT IFNULL(MAX(batch_id), 0) FROM batches"));
    const auto found = file.found();
    if (found && here.event >= found->event && here.job >= found->job && here.batch >= found->batch)
        return 0;
    SQLite::Transaction step(database, SQLite::TransactionBehavior::IMMEDIATE);
    const std::int64_t suspects = database.exec(
        "INSERT OR IGNORE INTO suspects SELECT job_id FROM job_state WHERE state <> 'succeeded'");
    if (found) {
        statement raise(database,
                        "UPDATE counters SET next_job = MAX(next_job, ?), "
                        "next_batch = MAX(next_batch, ?), next_event = MAX(next_event, ?)");
        raise.execute(found->job + 1, found->batch + 1, found->event + 1);
    }
    step.commit();
    if (found || suspects > 0)
        log::warn("store.behind", log::kv("last_event", here.event),
                  log::kv("known", found ? std::to_string(found->event) : "nothing"),
                  log::kv("suspects", suspects),
                  log::kv("why",
                          "the database is older than what was sent; each of these jobs is "
                          "looked for upstream before it is sent"));
    return suspects;
}

}  // namespace cloned::storage
