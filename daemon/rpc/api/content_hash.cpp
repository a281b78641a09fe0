#include "daemon/rpc/api/content_hash.hpp"

#include "base/check.hpp"
#include "base/encoding.hpp"

#include <openssl/evp.h>

#include <array>

namespace cloned::rpc {

struct value_hasher::state {
    state() : context(EVP_MD_CTX_new()) {}
    ~state() { EVP_MD_CTX_free(context); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void update(const void* data, std::size_t size) {
        CLONED_CHECK(EVP_DigestUpdate(context, data, size) == 1, "SHA-256 failed");
    }

    EVP_MD_CTX* context;
};

value_hasher::value_hasher(std::string_view purpose) : state_(std::make_unique<state>()) {
    CLONED_CHECK(state_->context != nullptr, "no memory for SHA-256");
    CLONED_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1,
                 "OpenSSL has no SHA-256");
    add(purpose);
}

value_hasher::~value_hasher() = default;
value_hasher::value_hasher(value_hasher&&) noexcept = default;
value_hasher& value_hasher::operator=(value_hasher&&) noexcept = default;

void value_hasher::add(std::int64_t number) {
    std::array<unsigned char, 8> bytes{};
    auto rest = static_cast<std::uint64_t>(number);
    for (auto& byte : bytes) {
        byte = static_cast<unsigned char>(rest & 0xFFU);
        rest >>= 8U;
    }
    state_->update(bytes.data(), bytes.size());
}

void value_hasher::add(std::string_view text) {
    add(static_cast<std::int64_t>(text.size()));
    state_->update(text.data(), text.size());
}

std::string value_hasher::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    CLONED_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1, "SHA-256 failed");
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

namespace {

void add_time(value_hasher& hasher, const std::optional<wall_time>& time) {
    hasher.add(std::int64_t(time.has_value()));
    hasher.add(time ? to_ms(*time) : 0);
}

void add_placement(value_hasher& hasher, const placement& where) {
    for (const auto* text :
         {&where.folder, &where.resource_pool, &where.host, &where.cluster, &where.datastore})
        hasher.add(*text);
}

// One overload a kind; the order of the values is part of what old hashes mean.
struct spec_adder {
    value_hasher& hasher;

    void operator()(const vcenter_clone_spec& spec) const {
        hasher.add(spec.source);
        hasher.add(spec.name);
        add_placement(hasher, spec.where);
        hasher.add(static_cast<std::int64_t>(spec.disks_to_remove.size()));
        for (const auto& disk : spec.disks_to_remove) hasher.add(disk);
        hasher.add(static_cast<std::int64_t>(spec.disks_to_update.size()));
        for (const auto& [disk, datastore] : spec.disks_to_update) {
            hasher.add(disk);
            hasher.add(datastore);
        }
        hasher.add(std::int64_t(spec.power_on.has_value()));
        hasher.add(std::int64_t(spec.power_on.value_or(false)));
        hasher.add(spec.guest_customization_spec);
    }
    void operator()(const linked_clone_spec& spec) const { add_snapshot_operation(spec); }
    void operator()(const restore_spec& spec) const { add_snapshot_operation(spec); }
    void operator()(const power_on_spec& spec) const {
        hasher.add(spec.vm);
        // In one number, which is the old one where there is no timeout.
        hasher.add(2 * spec.tools_timeout_ms + std::int64_t(spec.wait_for_tools));
    }

    void operator()(const zstack_clone_spec& spec) const {
        for (const auto* text :
             {&spec.vm_instance, &spec.name, &spec.strategy, &spec.primary_storage_for_root_volume,
              &spec.primary_storage_for_data_volume, &spec.cluster, &spec.host,
              &spec.vm_nic_params})
            hasher.add(*text);
        hasher.add(std::int64_t(spec.full.has_value()));
        hasher.add(std::int64_t(spec.full.value_or(false)));
        for (const auto* list : {&spec.root_volume_system_tags, &spec.data_volume_system_tags,
                                 &spec.system_tags, &spec.user_tags}) {
            hasher.add(static_cast<std::int64_t>(list->size()));
            for (const auto& tag : *list) hasher.add(tag);
        }
    }
    void operator()(const customize_guest_spec& spec) const {
        for (const auto* text : {&spec.vm, &spec.auth, &spec.customization, &spec.config_params})
            hasher.add(*text);
        hasher.add(2 * spec.guest_timeout_ms + std::int64_t(spec.wait_for_guest));
        hasher.add(spec.boot_grace_ms);
    }

    template <class Spec>
    void add_snapshot_operation(const Spec& spec) const {
        for (const auto* text : {&spec.cluster, &spec.vm, &spec.snapshot, &spec.name})
            hasher.add(*text);
        add_placement(hasher, spec.where);
    }
};

}  // namespace

void add_job(value_hasher& hasher, const job_request& job) {
    hasher.add(job.key);
    hasher.add(job.endpoint);
    hasher.add(job.cluster);
    hasher.add(to_string(kind_of(job.spec)));
    std::visit(spec_adder{hasher}, job.spec);
    hasher.add(to_string(job.priority));
    add_time(hasher, job.not_before);
    add_time(hasher, job.deadline);
    hasher.add(std::int64_t{job.max_attempts});
    hasher.add(static_cast<std::int64_t>(job.labels.size()));
    for (const auto& [key, value] : job.labels) {
        hasher.add(key);
        hasher.add(value);
    }
    // Jobs without it keep the hash that they had before there were chains.
    if (!job.after.empty()) hasher.add(job.after);
}

}  // namespace cloned::rpc
