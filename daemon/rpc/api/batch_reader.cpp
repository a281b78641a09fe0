#include "daemon/rpc/api/batch_reader.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "model/chain.hpp"

namespace cloned::rpc {
namespace {

const std::string& inventory_of(const endpoint_info& endpoint) {
    return endpoint.inventory.empty() ? endpoint.name : endpoint.inventory;
}

std::string job_at(std::size_t index) {
    return concat("jobs[", std::to_string(index), "]");
}

struct folder_filler {
    const endpoint_info& endpoint;

    template <class Spec>
    void operator()(Spec& spec) const {
        if constexpr (requires { spec.where; })
            if (spec.where.folder.empty()) spec.where.folder = endpoint.default_folder;
    }
};

struct cluster_filler {
    const std::string& cluster;

    void operator()(linked_clone_spec& spec) const { spec.cluster = cluster; }
    void operator()(restore_spec& spec) const { spec.cluster = cluster; }
    // The cluster of a vCenter clone's placement is sent upstream, and vCenter recommends to leave
    // it out where host or resource pool are given: it stays as the client wrote it.
    void operator()(vcenter_clone_spec&) const {}
    void operator()(power_on_spec&) const {}
    void operator()(zstack_clone_spec&) const {}
    void operator()(customize_guest_spec&) const {}
};

// Fills in what the configuration decides.
void complete(job_request& job, job_route target, std::uint32_t default_max_attempts) {
    if (job.max_attempts == 0) job.max_attempts = default_max_attempts;
    if (target.endpoint == nullptr) return;
    job.endpoint = target.endpoint->name;
    job.cluster = std::move(target.cluster);
    std::visit(cluster_filler{job.cluster}, job.spec);
    std::visit(folder_filler{*target.endpoint}, job.spec);
}

}  // namespace

batch_reader::batch_reader(const endpoint_directory& endpoints, batch_rules rules, wall_time now)
    : endpoints_(endpoints), rules_(rules), now_(now), hasher_("cloned batch 1") {}

void batch_reader::header(const header_fields& given) {
    check_header(given.request_id, given.display_name, place());
    if (!v1::LeftoverPolicy_IsValid(given.leftovers))
        place().wrong("leftover_policy", "must be LEAVE or ADOPT_IF_COMPLETE");
    out_.batch.request_id = lower_case(given.request_id);
    out_.batch.display_name = given.display_name;
    out_.validate_only = given.validate_only;
    hasher_.add(given.display_name);
    if (given.leftovers != v1::LEFTOVER_POLICY_ADOPT_IF_COMPLETE) return;
    out_.batch.leftovers = leftover_policy::adopt_if_complete;
    // Batches without it keep the hash that they had before it could be asked for.
    hasher_.add("adopt_if_complete");
}

void batch_reader::check_key(const std::string& key, bool given, const field_place& here) {
    const auto [at, fresh] = keys_.try_emplace(key, key_owner{index_, given});
    if (fresh) return;
    const auto& other = at->second;
    if (given && other.given) {
        here.wrong("key", concat("is also the key of ", job_at(other.index)));
    } else {
        // One of the two has no key of its own; the one that can be changed is the given one.
        const std::size_t named = given ? index_ : other.index;
        const std::size_t unnamed = given ? other.index : index_;
        place()
            .in("jobs", named)
            .wrong("key", concat("is the key that ", job_at(unnamed), " gets by its position"));
    }
}

void batch_reader::job(const v1::JobSpec& spec) {
    if (index_ >= rules_.jobs_max) {
        ++index_;
        return;
    }
    const auto root = place();
    const auto here = root.in("jobs", index_);
    auto target = check_job(spec, endpoints_, now_, here);
    auto request = read_job(spec, index_);
    check_key(request.key, !spec.key().empty(), here);
    add_job(hasher_, request);
    note_chain(request, target.endpoint);
    // With a mistake anywhere nothing is kept, and the memory is better used otherwise.
    if (out_.problems.empty()) {
        complete(request, std::move(target), rules_.default_max_attempts);
        out_.batch.jobs.push_back(std::move(request));
    }
    ++index_;
}

void batch_reader::note_chain(const job_request& request, const endpoint_info* endpoint) {
    endpoints_of_.push_back(endpoint);
    if (request.after.empty()) return;
    chained_.emplace_back(index_, request.after);
    if (source_of(request.spec).empty()) without_vm_.insert(index_);
}

void batch_reader::check_chains() {
    const auto place_of = [this](const std::string& key) {
        const auto found = keys_.find(key);
        return found == keys_.end() ? std::nullopt : std::optional(found->second.index);
    };
    const auto root = place();
    for (const auto& [index, wrong] : chain_problems(chained_, place_of))
        root.in("jobs", index).wrong("after", wrong);
    for (const auto& [index, key] : chained_) {
        const auto earlier = place_of(key);
        if (!earlier || !without_vm_.contains(index)) continue;
        const auto* here = endpoints_of_[index];
        const auto* there = endpoints_of_[*earlier];
        if (here == nullptr || there == nullptr || inventory_of(*here) == inventory_of(*there))
            continue;
        root.in("jobs", index)
            .wrong_now("after",
                       concat("names a job whose VM is not in the inventory of endpoint \"",
                              here->name, "\""));
    }
}

checked_batch batch_reader::finish() {
    check_chains();
    if (index_ == 0) place().wrong("jobs", "must not be empty");
    if (index_ > rules_.jobs_max)
        place().wrong("jobs", concat("must not exceed ", std::to_string(rules_.jobs_max),
                                     " entries, but there are ", std::to_string(index_)));
    hasher_.add(static_cast<std::int64_t>(index_));
    out_.batch.content_hash = hasher_.finish();
    out_.batch.inventories = endpoints_.inventories();
    return std::move(out_);
}

}  // namespace cloned::rpc
