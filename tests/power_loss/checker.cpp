#include "tests/power_loss/checker.hpp"

#include "base/text.hpp"
#include "storage/sqlite/open_store.hpp"
#include "tests/support/virtual_time.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <optional>

namespace cloned::power_loss {
namespace {

using answer = client_batch::answer;

// Each counts rows that must not be there.
constexpr std::pair<const char*, const char*> contradictions[] = {
    {"batches whose counters are not those of their jobs",
     "SELECT COUNT(*) FROM batches b LEFT JOIN ("
     "SELECT batch_id, COUNT(*) AS jobs, SUM(state = 'blocked') AS blocked, "
     "SUM(state = 'queued') AS queued, SUM(state = 'submitting') AS submitting, "
     "SUM(state = 'running') AS running, SUM(state = 'in_doubt') AS in_doubt, "
     "SUM(state = 'needs_operator') AS needs_operator, SUM(state = 'succeeded') AS succeeded, "
     "SUM(state = 'failed') AS failed, SUM(state = 'cancelled') AS cancelled "
     "FROM job_state GROUP BY batch_id) s USING (batch_id) "
     "WHERE (b.job_count, b.blocked, b.queued, b.submitting, b.running, b.in_doubt, "
     "b.needs_operator, b.succeeded, b.failed, b.cancelled) IS NOT (s.jobs, s.blocked, s.queued, "
     "s.submitting, s.running, s.in_doubt, s.needs_operator, s.succeeded, s.failed, s.cancelled)"},
    {"batches without all of their jobs",
     "SELECT COUNT(*) FROM batches b WHERE b.job_count <> (SELECT COUNT(*) FROM jobs j "
     "JOIN job_state s USING (job_id) WHERE j.batch_id = b.batch_id AND s.batch_id = b.batch_id "
     "AND j.job_id BETWEEN b.first_job AND b.first_job + b.job_count - 1)"},
    {"jobs of no batch",
     "SELECT (SELECT COUNT(*) FROM jobs) + (SELECT COUNT(*) FROM job_state) "
     "- 2 * (SELECT IFNULL(SUM(job_count), 0) FROM batches)"},
    {"queues whose length is not that of their jobs",
     "SELECT COUNT(*) FROM (SELECT lane_id, tenant_id, priority, waiting FROM queues EXCEPT "
     "SELECT lane_id, tenant_id, priority, COUNT(*) FROM job_state WHERE state = 'queued' "
     "GROUP BY 1, 2, 3) UNION ALL SELECT COUNT(*) FROM (SELECT lane_id, tenant_id, priority, "
     "COUNT(*) FROM job_state WHERE state = 'queued' GROUP BY 1, 2, 3 EXCEPT "
     "SELECT lane_id, tenant_id, priority, waiting FROM queues)"},
    {"jobs whose fence or state is not that of their history",
     "SELECT COUNT(*) FROM job_state s LEFT JOIN (SELECT job_id, COUNT(*) AS changes, "
     "MAX(event_id), to_state FROM job_events GROUP BY job_id) e USING (job_id) "
     "WHERE s.fence <> IFNULL(e.changes, 0) OR (e.to_state IS NULL AND s.state NOT IN "
     "('queued', 'blocked')) OR s.state <> IFNULL(e.to_state, s.state)"},
    {"gaps in the history", "SELECT IFNULL(MAX(event_id), 0) - COUNT(*) FROM job_events"},
};

bool makes_vm(const job_request& job) {
    return !identity_of(job.spec).name.empty();
}

class image {
public:
    image(const std::string& folder, const environment& world, random& chance)
        : world_(world), chance_(chance), path_(folder + "/queue.db") {}

    std::vector<finding> judge() {
        storage::sqlite_store_options where;
        where.path = path_;
        where.vfs = "unix";
        where.threading = storage::store_threading::inline_on_loop;
        where.min_free_bytes = 0;
        auto opened = storage::open_sqlite_job_store(here_.loop, where);
        if (!opened) {
            found(verdict::broken, concat("it does not open: ", opened.error().message()));
            return std::move(findings_);
        }
        store_ = std::move(*opened);
        try {
            SQLite::Database rows(path_, SQLite::OPEN_READONLY, 0, "unix");
            check_soundness(rows);
            check_history(rows);
            check_batches();
        } catch (const SQLite::Exception& e) {
            found(verdict::broken, concat("it cannot be read: ", e.what()));
        }
        store_.reset();
        return std::move(findings_);
    }

private:
    void found(verdict what, std::string words) { findings_.push_back({what, std::move(words)}); }

    void check_soundness(SQLite::Database& rows) {
        const auto sound = rows.execAndGet("PRAGMA integrity_check").getString();
        if (sound != "ok") found(verdict::broken, concat("integrity_check: ", sound));
        for (const auto& [what, count] : contradictions) {
            SQLite::Statement question(rows, count);
            while (question.executeStep())
                if (const auto many = question.getColumn(0).getInt64(); many != 0)
                    found(verdict::broken, concat(std::to_string(many), " ", what));
        }
    }

    // What was shown is there unchanged, and what was sent is there as sent.
    void check_history(SQLite::Database& rows) {
        SQLite::Statement all(rows,
                              "SELECT event_id, job_id, from_state, to_state, attempt, vm "
                              "FROM job_events ORDER BY event_id");
        std::map<std::int64_t, int> intents;
        std::int64_t last = 0;
        while (all.executeStep()) {
            last = all.getColumn(0).getInt64();
            const auto index = static_cast<std::size_t>(last - 1);
            if (std::string_view(all.getColumn(3).getText()) == "submitting")
                ++intents[all.getColumn(1).getInt64()];
            if (index >= world_.events.size()) continue;
            const auto& shown = world_.events[index];
            if (shown.job.value != all.getColumn(1).getInt64() ||
                to_string(shown.from) != all.getColumn(2).getText() ||
                to_string(shown.to) != all.getColumn(3).getText() ||
                static_cast<int>(shown.attempt) != all.getColumn(4).getInt() ||
                shown.vm != all.getColumn(5).getText())
                found(verdict::lost, concat("change ", std::to_string(last), " is another one"));
        }
        if (last < world_.told)
            found(verdict::lost,
                  concat("changes up to ", std::to_string(world_.told),
                         " were told, and the last that is there is ", std::to_string(last)));
        for (const auto& [job, times] : world_.sent)
            if (intents[job] < times)
                found(verdict::twice,
                      concat("job ", std::to_string(job), " was sent ", std::to_string(times),
                             " times, which is known of ", std::to_string(intents[job])));
    }

    // I1, as the client sees it.
    void check_batches() {
        std::map<std::string, batch_record> there;
        auto listed = here_.run(store_->list_batches({}, batch_id{}, 100'000));
        if (!listed) return found(verdict::broken, concat("listing: ", listed.error().message()));
        for (auto& batch : *listed) {
            auto id = batch.request_id;
            if (!there.emplace(id, std::move(batch)).second)
                found(verdict::twice, concat(id, " is there twice"));
        }
        std::vector<const client_batch*> promised;
        for (const auto& batch : world_.batches) {
            const auto kept = there.find(batch.request_id);
            if (batch.last == answer::refused && kept != there.end())
                found(verdict::twice,
                      concat(batch.request_id, " was refused for good, and is there"));
            if (batch.last != answer::ok) continue;
            if (kept == there.end() || kept->second.uid != batch.uid ||
                kept->second.first_job != batch.first_job ||
                kept->second.job_count != static_cast<std::int64_t>(batch.jobs.size()))
                found(verdict::lost, concat(batch.request_id, " was accepted and is not there"));
            else
                promised.push_back(&batch);
        }
        if (!promised.empty())
            check_jobs(*promised[static_cast<std::size_t>(
                chance_.below(static_cast<std::int64_t>(promised.size())))]);
    }

    void check_jobs(const client_batch& batch) {
        storage::job_filter filter;
        filter.batch_uid = batch.uid;
        auto jobs = here_.run(store_->list_jobs(filter, job_id{}, 100'000));
        if (!jobs) return found(verdict::broken, concat("listing: ", jobs.error().message()));
        if (jobs->size() != batch.jobs.size())
            return found(verdict::lost, concat(batch.request_id, " has lost jobs"));
        for (std::size_t i = 0; i < jobs->size(); ++i) {
            const auto& is = (*jobs)[i].request;
            const auto& was = batch.jobs[i];
            if (is.key != was.key || is.spec != was.spec || is.priority != was.priority)
                found(verdict::lost, concat("job ", was.key, " is not what it was"));
        }
    }

    const environment& world_;
    random& chance_;
    const std::string path_;
    testing::world here_;
    std::unique_ptr<storage::job_store> store_;
    std::vector<finding> findings_;
};

}  // namespace

std::vector<finding> judge_image(const std::string& folder,
                                 const environment& world,
                                 random& chance) {
    return image(folder, world, chance).judge();
}

std::vector<finding> judge_end(const environment& world) {
    std::vector<finding> findings;
    const auto found = [&](verdict what, std::string words) {
        findings.push_back({what, std::move(words)});
    };
    for (const auto& wrong : world.wrongs) found(verdict::twice, wrong);
    for (const auto& batch : world.batches) {
        if (batch.last != answer::ok)
            found(verdict::broken, concat(batch.request_id, " could not be handed over"));
        for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
            const auto& name = batch.jobs[i].key;
            const auto made = world.upstream.vms_named(name);
            if (made > 1) found(verdict::twice, concat(name, " was made more than once"));
            if (batch.last != answer::ok) continue;
            const auto known =
                world.states.find(batch.first_job.value + static_cast<std::int64_t>(i));
            const bool ended = known != world.states.end() && is_ended(known->second);
            if (!ended)
                found(verdict::broken, concat(name, " does not end"));
            else if (known->second == job_state::succeeded && made == 0 && makes_vm(batch.jobs[i]))
                found(verdict::lost, concat(name, " has succeeded and is not there"));
        }
    }
    return findings;
}

}  // namespace cloned::power_loss
