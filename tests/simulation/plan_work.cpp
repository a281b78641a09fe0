// What a seed decides to ask of the daemon.

#include "base/text.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/random.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulation {
namespace {

constexpr std::array tenants{"blue", "green", "red"};
constexpr std::array folders{"group-v3", "group-v4", ""};

constexpr std::string_view login =
    R"({"_typeName":"NamePasswordAuthentication","interactiveSession":false,)"
    R"("username":"root","password":{"_credential":"guest"}})";

std::string identity_of_guest(const std::string& host) {
    return concat(
        R"({"_typeName":"CustomizationSpec","identity":{"_typeName":"CustomizationLinuxPrep",)",
        R"("hostName":{"_typeName":"CustomizationFixedName","name":")", host,
        R"("},"domain":"example.org"},)",
        R"("globalIPSettings":{"_typeName":"CustomizationGlobalIPSettings"}})");
}

class work_planner {
public:
    explicit work_planner(plan& into) : plan_(into), d_(into.seed * 4 + 2) {
        for (const auto& e : into.endpoints) kinds_.push_back(e.options.info.kind);
    }

    void decide() {
        const auto wanted = static_cast<std::size_t>(d_.log_within(4, 36));
        const auto span = milliseconds(d_.log_within(5'000, 240'000));
        std::size_t jobs = 0;
        while (jobs < wanted) {
            add_batch(span, std::min<std::size_t>(wanted - jobs, 14));
            jobs += plan_.batches.back().jobs.size();
        }
        if (d_.chance(0.2)) want_names_again(span);
        add_wishes(span);
        plan_.quiet = span;
    }

private:
    bool has(endpoint_kind kind) const {
        return std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
    }

    job_request common(const std::string& name, const char* endpoint, moment at) {
        job_request out;
        out.key = name;
        out.endpoint = endpoint;
        constexpr std::array priorities{job_priority::normal, job_priority::normal,
                                        job_priority::low, job_priority::high};
        out.priority = d_.one_of(priorities);
        out.max_attempts = static_cast<std::uint32_t>(d_.chance(0.8) ? 3 : d_.within(1, 5));
        const auto begin = from_ms(plan_.upstream.epoch_ms);
        if (d_.chance(0.1)) out.not_before = begin + at + milliseconds(d_.within(0, 60'000));
        if (d_.chance(0.08))
            out.deadline = begin + at + milliseconds(d_.log_within(60'001, 600'000));
        return out;
    }

    void clone(planned_batch& to, const std::string& name) {
        auto job = common(name, "vc", to.at);
        vcenter_clone_spec spec;
        const bool first = d_.chance(0.6);
        spec.source = first ? "vm-42" : "vm-43";
        job.cluster = first ? "domain-c8" : "domain-c9";
        spec.name = name;
        spec.where.folder = d_.one_of(folders);
        job.spec = std::move(spec);
        to.jobs.push_back({std::move(job)});
    }

    template <class Spec>
    void from_snapshot(planned_batch& to, const std::string& name, bool restored) {
        auto job = common(name, "snap", to.at);
        const bool first = d_.chance(0.6);
        Spec spec;
        spec.cluster = job.cluster = first ? "domain-c8" : "domain-c9";
        if (restored) {
            spec.vm = first ? "vm-9001" : "vm-9002";
            spec.snapshot = concat("0000", spec.vm.substr(3), "-0000-4000-8000-000000000001");
        } else {
            spec.vm = first ? "vm-42" : "vm-43";
            spec.snapshot = concat("000000", spec.vm.substr(3), "-0000-4000-8000-000000000001");
        }
        spec.name = name;
        spec.where.folder = d_.one_of(folders);
        job.spec = std::move(spec);
        to.jobs.push_back({std::move(job)});
    }

    void zstack_clone(planned_batch& to, const std::string& name) {
        auto job = common(name, "cloud", to.at);
        zstack_clone_spec spec;
        const bool first = d_.chance(0.7);
        spec.vm_instance = concat("a00000000000400080000000000000", first ? "42" : "43");
        job.cluster = concat("c000000000004000800000000000000", first ? "1" : "2");
        spec.name = name;
        if (d_.chance(0.3)) spec.strategy = "CreateStopped";
        job.spec = std::move(spec);
        to.jobs.push_back({std::move(job)});
    }

    // A clone, its power on and perhaps its guest, twice over to see that it is not done at once.
    void chain(planned_batch& to, const std::string& name) {
        clone(to, name);
        const auto cluster = to.jobs.back().request.cluster;
        auto on = common(concat(name, "-on"), "vc", to.at);
        on.deadline.reset();
        on.cluster = cluster;
        on.after = name;
        power_on_spec power;
        power.wait_for_tools = has(endpoint_kind::vi_json) || d_.chance(0.5);
        on.spec = power;
        to.jobs.push_back({on});
        if (!has(endpoint_kind::vi_json)) return;
        const auto times = d_.chance(0.5) ? 1 : 2;
        for (int i = 1; i <= times; ++i) {
            auto guest = common(concat(name, "-guest", std::to_string(i)), "guests", to.at);
            guest.cluster = cluster;
            guest.after = on.key;
            customize_guest_spec spec;
            spec.auth = login;
            spec.customization = identity_of_guest(guest.key);
            // A guest need not tell of it, and then the wait is all that ends.
            spec.guest_timeout_ms = d_.log_within(60'000, 600'000);
            // Who does not wait for the guest lets the next one come while it still works.
            spec.wait_for_guest = times > 1 || d_.chance(0.5);
            guest.spec = std::move(spec);
            to.jobs.push_back({std::move(guest)});
        }
    }

    void add_job(planned_batch& to) {
        const auto name = concat("vm", std::to_string(++names_));
        const auto& kind = d_.one_of(kinds_);
        switch (kind) {
            case endpoint_kind::snapservice:
                if (d_.chance(0.6)) return from_snapshot<linked_clone_spec>(to, name, false);
                return from_snapshot<restore_spec>(to, name, true);
            case endpoint_kind::vi_json:
                return chain(to, name);
            case endpoint_kind::zstack:
                return zstack_clone(to, name);
            case endpoint_kind::vcenter:
                break;
        }
        if (d_.chance(0.2)) return chain(to, name);
        clone(to, name);
    }

    void add_batch(milliseconds span, std::size_t most) {
        planned_batch batch;
        batch.at = d_.chance(0.4) ? milliseconds(d_.within(0, 2'000)) : d_.within(moment(0), span);
        batch.tenant = d_.one_of(tenants);
        batch.request_id = concat("request-", std::to_string(plan_.batches.size()));
        const auto wanted = static_cast<std::size_t>(d_.within(1, static_cast<int>(most)));
        while (batch.jobs.size() < wanted) add_job(batch);
        if (d_.chance(0.3)) batch.repeats = static_cast<int>(d_.within(1, 3));
        plan_.batches.push_back(std::move(batch));
    }

    // Names that jobs of ours live under, or lived under.
    void want_names_again(milliseconds span) {
        const auto& from = d_.one_of(plan_.batches);
        auto copy = from;
        copy.at = from.at + d_.within(moment(100), span);
        copy.tenant = d_.one_of(tenants);
        copy.request_id = concat("request-", std::to_string(plan_.batches.size()));
        copy.again = true;
        for (auto& job : copy.jobs) job.request.deadline.reset();
        plan_.batches.push_back(std::move(copy));
    }

    void add_wish(wish what, moment at) {
        planned_wish out;
        out.what = what;
        out.at = at;
        out.batch = static_cast<std::size_t>(
            d_.within(0, static_cast<std::int64_t>(plan_.batches.size()) - 1));
        const auto& batch = plan_.batches[out.batch];
        const auto last = static_cast<std::int64_t>(batch.jobs.size()) - 1;
        out.job = static_cast<std::size_t>(d_.within(0, last));
        out.lane = static_cast<std::size_t>(d_.within(0, 10));
        if (what == wish::set_limit && d_.chance(0.7)) out.limit = d_.within(1, 6);
        const bool of_batch = what == wish::cancel_job || what == wish::cancel_batch ||
                              what == wish::repeat_with_other_content;
        if (of_batch) out.at = batch.at + milliseconds(d_.log_within(10, 60'000));
        plan_.wishes.push_back(out);
    }

    void add_wishes(milliseconds span) {
        const auto some_time = [&] { return d_.within(moment(0), span + span / 2); };
        if (d_.chance(0.4))
            for (auto n = d_.within(1, 5); n > 0; --n) add_wish(wish::cancel_job, some_time());
        if (d_.chance(0.12)) add_wish(wish::cancel_batch, some_time());
        if (d_.chance(0.4))
            for (auto n = d_.within(1, 3); n > 0; --n) add_wish(wish::retry_batch, some_time());
        if (d_.chance(0.2)) add_wish(wish::repeat_with_other_content, some_time());
        if (d_.chance(0.15)) {
            const auto paused = some_time();
            add_wish(wish::pause_lanes, paused);
            add_wish(wish::resume_lanes, paused + milliseconds(d_.log_within(1'000, 120'000)));
        }
        if (d_.chance(0.25))
            for (auto n = d_.within(1, 3); n > 0; --n) add_wish(wish::set_limit, some_time());
    }

    plan& plan_;
    random d_;
    std::vector<endpoint_kind> kinds_;
    int names_ = 0;
};

}  // namespace

void plan_work(plan& into) {
    work_planner(into).decide();
}

}  // namespace cloned::simulation
