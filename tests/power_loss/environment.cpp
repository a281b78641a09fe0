#include "tests/power_loss/environment.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::power_loss {
namespace {

using namespace std::chrono_literals;
using testing::script;

job_request clone(const std::string& name) {
    vcenter_clone_spec spec;
    spec.source = "template";
    spec.name = name;
    spec.where.folder = "folder";
    job_request job;
    job.key = name;
    job.spec = std::move(spec);
    job.endpoint = "vc1";
    job.cluster = "c1";
    return job;
}

// Waits for the job of that key and works on its VM.
job_request power_on(const std::string& after) {
    job_request job;
    job.key = concat("power-on-", after);
    job.spec = power_on_spec();
    job.endpoint = "vc1";
    job.cluster = "c1";
    job.after = after;
    return job;
}

void plan_trouble(testing::fake_upstream& upstream, const std::string& name, random& chance) {
    switch (chance.below(40)) {
        case 0:
            upstream.expect(name, script::lose(true));
            break;
        case 1:
            upstream.expect(name, script::lose(false));
            break;
        case 2:
            upstream.expect(name, script::hang(true));
            break;
        case 3:
            upstream.expect(name, script::hang(false));
            break;
        case 4:
            upstream.expect(name, script::refuse(backends::refusal::busy));
            break;
        case 5:
            upstream.expect(name, script::fail_task(true));
            break;
        case 6:
            upstream.expect(name, script::fail(errc::upstream_failed));
            break;
        case 7:
            upstream.expect(name, script::vanish(true));
            break;
        case 8:
            upstream.expect(name, script::finish());
            break;
        default:
            break;
    }
}

}  // namespace

storage::new_batch client_batch::asked() const {
    storage::new_batch batch;
    batch.uid = concat("uid-", request_id, "-", std::to_string(tries));
    batch.tenant = tenant;
    batch.request_id = request_id;
    batch.content_hash = concat("hash-", request_id);
    batch.jobs = jobs;
    batch.inventories.emplace_back("vc1", "vc1");
    return batch;
}

void environment::show(const history_entry& event) {
    events.push_back({event.job, event.from, event.to, event.attempt, event.vm});
    ended += (is_ended(event.to) ? 1 : 0) - (is_ended(event.from) ? 1 : 0);
    states[event.job.value] = event.to;
    told = std::max(told, event.id.value);
}

bool environment::all_ended() const {
    return ended >= jobs && std::all_of(batches.begin(), batches.end(), [](const auto& batch) {
               return batch.last == client_batch::answer::ok;
           });
}

void environment::daemon_is_gone(random& chance, wall_time now) {
    upstream.advance(now);
    for (const auto& [operation, request] : on_the_way) {
        if (chance.one_in(2)) continue;
        script late;
        late.begins_after = milliseconds(chance.below(50'000));
        upstream.begin(request.spec, late, now);
    }
    on_the_way.clear();
}

environment make_environment(const world_size& size, random& chance) {
    environment world;
    world.upstream.duration = milliseconds(chance.between(10'000, 120'000));
    // Work of which neither a task nor a VM shows must end before its absence is believed; what
    // takes longer is in the inventory while it is made.
    world.upstream.shows_unfinished = world.upstream.duration > 60s || chance.one_in(2);
    if (chance.one_in(2)) world.upstream.capacity = chance.between(3, 120);
    world.jobs = size.jobs;
    milliseconds now = 0ms;
    for (int made = 0; made < size.jobs;) {
        const auto number = std::to_string(world.batches.size() + 1);
        client_batch batch;
        batch.request_id = concat("request-", number);
        batch.tenant = concat("tenant-", std::to_string(chance.below(size.clients)));
        batch.at = now;
        const auto count =
            std::min<std::int64_t>(chance.between(1, size.batch_max), size.jobs - made);
        const auto end = made + static_cast<int>(count);
        while (made < end) {
            const auto name = concat("clone-", std::to_string(made++));
            auto job = clone(name);
            job.priority = static_cast<job_priority>(chance.below(3));
            batch.jobs.push_back(std::move(job));
            if (made < end && chance.one_in(10)) {
                batch.jobs.push_back(power_on(name));
                ++made;
            }
            plan_trouble(world.upstream, name, chance);
        }
        world.batches.push_back(std::move(batch));
        if (chance.percent(60)) now += milliseconds(chance.below(20'000));
    }
    return world;
}

}  // namespace cloned::power_loss
