#include "simulator/model/body_reader.hpp"
#include "simulator/vcenter/api.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <array>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::size_t name_max = 80;

// Reads a CloneSpec and checks it against the inventory.
class clone_reader {
public:
    clone_reader(const world& w, flavour dialect) : world_(w), dialect_(dialect) {}

    outcome<start_request> read(const json::value& spec, const std::string& path) {
        body_reader in(spec, path);
        const std::string_view source = in.required_text("source");
        const std::string_view name = in.required_text("name");
        out_.name = name;
        out_.power_on = in.flag("power_on").value_or(false);
        removed_ = in.texts("disks_to_remove");
        const json::value* placement = in.object("placement");
        const json::value* customization = in.object("guest_customization_spec");
        const json::value* updates =
            dialect_ == flavour::api ? in.object("disks_to_update") : in.array("disks_to_update");
        if (auto ok = in.finish(); !ok) {
            return tl::unexpected(ok.error());
        }
        if (name.size() > name_max) {
            return tl::unexpected(invalid_argument("The name has more than 80 characters."));
        }
        if (auto ok = read_source(source); !ok) {
            return tl::unexpected(ok.error());
        }
        for (const auto& step :
             {placement ? read_placement(*placement) : outcome<void>{},
              customization ? read_customization(*customization) : outcome<void>{},
              updates ? read_updates(*updates) : outcome<void>{}, check_disks()}) {
            if (!step) {
                return tl::unexpected(step.error());
            }
        }
        return out_;
    }

private:
    outcome<void> read_source(std::string_view id) {
        const virtual_machine* vm = world_.things.find_by_rest(id);
        if (vm == nullptr) {
            return tl::unexpected(no_such("virtual machine", id));
        }
        if (!vm->configured) {
            return tl::unexpected(refusal{std::string(error_type::resource_inaccessible),
                                          "com.vmware.api.vcenter.vm.being_created",
                                          "The source virtual machine is still being created.",
                                          {std::string(id)},
                                          {}});
        }
        out_.source = vm->id;
        out_.cluster = vm->cluster;
        out_.host = vm->host;
        out_.folder = vm->folder;
        return {};
    }

    // The places that are named must lie within each other.
    outcome<void> read_placement(const json::value& placement) {
        body_reader in(placement, "spec.placement");
        const auto folder = in.text("folder");
        const auto pool = in.text("resource_pool");
        const auto host = in.text("host");
        const auto cluster = in.text("cluster");
        const auto datastore = in.text("datastore");
        if (auto ok = in.finish(); !ok) {
            return ok;
        }
        if (folder) {
            const auto found = world_.things.folder(*folder);
            if (!found) {
                return tl::unexpected(no_such("folder", *folder));
            }
            out_.folder = *found;
        }
        if (datastore && !world_.things.datastore(*datastore)) {
            return tl::unexpected(no_such("datastore", *datastore));
        }
        std::optional<inventory::place> by_cluster;
        if (cluster) {
            const auto found = world_.things.cluster(*cluster);
            if (!found) {
                return tl::unexpected(no_such("cluster", *cluster));
            }
            by_cluster = inventory::place{*found, {}};
        }
        const auto by_pool = pool ? world_.things.resource_pool(*pool) : std::nullopt;
        const auto by_host = host ? world_.things.host(*host) : std::nullopt;
        if (pool && !by_pool) {
            return tl::unexpected(no_such("resource pool", *pool));
        }
        if (host && !by_host) {
            return tl::unexpected(no_such("host", *host));
        }
        return combine({by_cluster, by_pool, by_host});
    }

    outcome<void> combine(const std::array<std::optional<inventory::place>, 3>& places) {
        std::optional<inventory::place> all;
        for (const auto& place : places) {
            if (!place) {
                continue;
            }
            if (all && (all->cluster != place->cluster ||
                        (all->host && place->host && *all->host != *place->host))) {
                return tl::unexpected(invalid_argument("The placement is disjoint."));
            }
            all = inventory::place{place->cluster,
                                   place->host ? place->host : (all ? all->host : std::nullopt)};
        }
        if (all) {
            out_.host = all->host.value_or(all->cluster == out_.cluster ? out_.host : 0);
            out_.cluster = all->cluster;
        }
        return {};
    }

    outcome<void> read_customization(const json::value& value) {
        body_reader in(value, "spec.guest_customization_spec");
        const auto name = in.text("name");
        if (auto ok = in.finish(); !ok) {
            return ok;
        }
        if (name && !world_.things.customization(*name)) {
            return tl::unexpected(no_such("customization specification", *name));
        }
        return {};
    }

    outcome<void> read_updates(const json::value& value) {
        if (const json::object* map = value.if_object()) {
            for (const auto& member : *map) {
                updated_.emplace_back(member.key().data(), member.key().size());
                if (auto ok = read_update(member.value()); !ok) {
                    return ok;
                }
            }
            return {};
        }
        for (const json::value& item : value.get_array()) {
            body_reader in(item, "spec.disks_to_update");
            updated_.push_back(in.required_text("key"));
            const json::value* update = in.object("value");
            if (update == nullptr) {
                in.fail(invalid_argument("An entry of 'spec.disks_to_update' has no value."));
            }
            if (auto ok = in.finish(); !ok) {
                return ok;
            }
            if (auto ok = read_update(*update); !ok) {
                return ok;
            }
        }
        return {};
    }

    outcome<void> read_update(const json::value& value) {
        body_reader in(value, "spec.disks_to_update.value");
        const std::string_view datastore = in.required_text("datastore");
        if (auto ok = in.finish(); !ok) {
            return ok;
        }
        if (!world_.things.datastore(datastore)) {
            return tl::unexpected(no_such("datastore", datastore));
        }
        return {};
    }

    // Every VM has the disks 2000 and 2001.
    outcome<void> check_disks() {
        std::vector<std::string_view> disks = removed_;
        disks.insert(disks.end(), updated_.begin(), updated_.end());
        std::sort(disks.begin(), disks.end());
        if (const auto twice = std::adjacent_find(disks.begin(), disks.end());
            twice != disks.end()) {
            return tl::unexpected(invalid_argument("The disk '" + std::string(*twice) +
                                                   "' is named more than once."));
        }
        for (const std::string_view disk : disks) {
            if (disk != "2000" && disk != "2001") {
                return tl::unexpected(no_such("disk", disk));
            }
        }
        return {};
    }

    const world& world_;
    flavour dialect_;
    start_request out_;
    std::vector<std::string_view> removed_;
    std::vector<std::string_view> updated_;
};

}  // namespace

answer vcenter_api::clone(call& c) {
    if (auto ok = c.target.allow_only({"action", "vmw-task"}); !ok) {
        return refuse(c, ok.error());
    }
    unsigned char buffer[4096];
    json::monotonic_resource memory(buffer);
    const auto body = parse_body(c.in, &memory);
    if (!body) {
        return refuse(c, body.error());
    }
    const json::value* spec = &*body;
    if (c.dialect == flavour::rest) {
        body_reader outer(*body, "");
        spec = outer.object("spec");
        if (spec == nullptr) {
            outer.fail(invalid_argument("The required field 'spec' is missing."));
        }
        if (auto ok = outer.finish(); !ok) {
            return refuse(c, ok.error());
        }
    }
    clone_reader reader(world_, c.dialect);
    auto request = reader.read(*spec, "spec");
    if (!request) {
        return refuse(c, request.error());
    }
    request->request_id = c.in.header("x-request-id");
    request->op_id = c.in.header("vapi-ctx-opid");
    const auto started = world_.start(*request, c.plan);
    return started ? result_answer(c, 202, json_text((*started)->id)) : refuse(c, started.error());
}

}  // namespace cloned::simulator
