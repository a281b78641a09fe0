#pragma once

#include "simulator/model/config.hpp"
#include "simulator/model/text.hpp"
#include "simulator/model/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cloned::simulator {

enum class power_state : std::uint8_t { powered_off, powered_on };

struct virtual_machine {
    std::uint64_t id = 0;  // "vm-<id>" on the wire
    std::string name;      // in stored form
    std::uint32_t folder = 0;
    std::uint32_t cluster = 0;
    std::uint32_t host = 0;  // within the cluster
    power_state power = power_state::powered_off;
    bool configured = true;    // false while it is being made: CPU and memory are not shown
    bool made = false;         // by an operation, not by the config or a stranger
    bool left = false;         // made by an operation that failed
    bool is_template = false;  // REST does not see it
    bool tools = true;         // installed
    bool has_snapshots = false;
    instant powered_on_at{0};
    std::uint64_t record = no_record;  // its line in the ledger
    static constexpr std::uint64_t no_record = ~std::uint64_t{0};
};

// Every object both servers know. Objects that never change are computed from their number:
// clusters are domain-c<8+i>, their hosts host-<100*(8+i)+k>, pools resgroup-<8+i> (of the cluster)
// and resgroup-<100*(8+i)+k> (of a host), folders group-v<3+i>. Nested folders follow the others:
// the first of them lies in group-v3, each next one in the one before.
//
// A VM with snapshots has the snapshots 00000042-0000-4000-8000-000000000001, ...: the VM's number
// in 8 decimal digits and the snapshot's in 12.
class inventory {
public:
    explicit inventory(const config& c);

    std::optional<std::uint32_t> cluster(std::string_view id) const;
    std::optional<std::uint32_t> folder(std::string_view id) const;
    bool datacenter(std::string_view id) const { return id == "datacenter-2"; }
    bool datastore(std::string_view id) const;
    bool customization(std::string_view name) const;
    struct place {
        std::uint32_t cluster = 0;
        std::optional<std::uint32_t> host;  // unset: the whole cluster
    };
    std::optional<place> host(std::string_view id) const;
    std::optional<place> resource_pool(std::string_view id) const;

    std::string cluster_id(std::uint32_t cluster) const;
    std::string folder_id(std::uint32_t folder) const;
    std::string host_id(std::uint32_t cluster, std::uint32_t host) const;
    std::string pool_id(std::uint32_t cluster) const;
    static std::string vm_id(std::uint64_t id) { return "vm-" + std::to_string(id); }
    static std::optional<std::uint64_t> vm_number(std::string_view id);

    static std::string snapshot_id(std::uint64_t vm, std::int64_t snapshot);
    // The number of the snapshot within its VM, if there is such a VM and such a snapshot.
    struct snapshot_of {
        std::uint64_t vm = 0;
        std::int64_t number = 0;
    };
    std::optional<snapshot_of> snapshot(std::string_view id) const;
    std::int64_t snapshots() const { return settings_.snapshots; }

    std::uint32_t clusters() const { return static_cast<std::uint32_t>(settings_.clusters); }
    std::uint32_t hosts() const { return static_cast<std::uint32_t>(settings_.hosts); }
    std::uint32_t folders() const {
        return static_cast<std::uint32_t>(settings_.folders + settings_.nested_folders);
    }
    std::optional<std::uint32_t> folder_above(std::uint32_t folder) const;
    bool within(std::uint32_t folder, std::uint32_t outer) const;  // or the same

    // VMs that vCenter has.
    virtual_machine* find(std::uint64_t id);
    const virtual_machine* find(std::uint64_t id) const;
    virtual_machine* find_by_rest(std::string_view id);  // null for a template as well
    const virtual_machine* find_by_rest(std::string_view id) const;
    const std::vector<std::uint64_t>& named(std::uint32_t folder, std::string_view name) const;
    const std::unordered_map<std::uint64_t, virtual_machine>& all() const { return vms_; }
    std::vector<std::uint64_t> sorted_ids() const;
    virtual_machine& add(virtual_machine vm);  // id 0: the next one
    void remove(std::uint64_t id);
    // Those that operations made, but for what failed ones left.
    std::size_t made_named(std::uint32_t folder, std::string_view name) const;

    // VMs that are gone but have snapshots, by id.
    const virtual_machine* find_deleted(std::uint64_t id) const;
    const std::vector<virtual_machine>& deleted() const { return deleted_; }

    static constexpr std::uint64_t first_template = 42;
    static constexpr std::uint64_t first_deleted = 9001;
    static constexpr std::uint64_t first_hidden = 99'001;
    static constexpr std::uint64_t first_made = 100'001;

private:
    void add_templates(const config& c);
    std::string key(std::uint32_t folder, std::string_view name) const;

    struct {
        std::int64_t clusters, hosts, folders, nested_folders, snapshots;
    } settings_;
    std::uint64_t next_ = first_made;
    std::unordered_map<std::uint64_t, virtual_machine> vms_;
    std::unordered_map<std::string, std::vector<std::uint64_t>, text_hash, std::equal_to<>> names_;
    std::vector<virtual_machine> deleted_;
};

std::string_view to_text(power_state power);

}  // namespace cloned::simulator
