#include "simulator/vcenter/api.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulator {

namespace {

constexpr std::size_t folders_max = 1000;

struct folder_filter {
    std::vector<std::string_view> folders, names, parents, datacenters, types;
};

// Names need not be unique where folders lie within each other.
std::string folder_name(const inventory& things, std::uint32_t folder) {
    return things.folder_above(folder) ? "inner" : "VMs " + things.folder_id(folder);
}

bool matches(const inventory& things, const folder_filter& f, std::uint32_t folder) {
    const auto above = things.folder_above(folder);
    const bool lies_within =
        f.parents.empty() || (above && among(f.parents, things.folder_id(*above)));
    const bool is_here =
        f.datacenters.empty() || std::any_of(f.datacenters.begin(), f.datacenters.end(),
                                             [&](auto id) { return things.datacenter(id); });
    return lies_within && is_here && among(f.types, "VIRTUAL_MACHINE") &&
           among(f.folders, things.folder_id(folder)) &&
           among(f.names, folder_name(things, folder));
}

// The world has folders for VMs only; lists of the other types are empty.
bool is_folder_type(std::string_view type) {
    constexpr std::array<std::string_view, 5> known{"DATACENTER", "DATASTORE", "HOST", "NETWORK",
                                                    "VIRTUAL_MACHINE"};
    return std::find(known.begin(), known.end(), type) != known.end();
}

}  // namespace

answer vcenter_api::list_folders(call& c) {
    const bool rest = c.dialect == flavour::rest;
    if (auto ok = rest ? c.target.allow_only({"filter.folders", "filter.names", "filter.type",
                                              "filter.parent_folders", "filter.datacenters"})
                       : c.target.allow_only(
                             {"folders", "names", "type", "parent_folders", "datacenters"});
        !ok) {
        return refuse(c, ok.error());
    }
    const auto values = [&](std::string_view name) {
        return c.target.all(rest ? "filter." + std::string(name) : std::string(name));
    };
    const folder_filter f{values("folders"), values("names"), values("parent_folders"),
                          values("datacenters"), values("type")};
    if (f.types.size() > 1 || (f.types.size() == 1 && !is_folder_type(f.types[0]))) {
        return refuse(c, invalid_argument("'type' is one type of folders."));
    }
    std::string body = "[";
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < world_.things.folders(); ++i) {
        if (!matches(world_.things, f, i)) {
            continue;
        }
        if (++count > folders_max) {
            return refuse(c, {std::string(error_type::unable_to_allocate),
                              "com.vmware.api.vcenter.folder.list.too_many",
                              "More than 1000 folders match the filter.",
                              {"1000"},
                              {}});
        }
        body += count == 1 ? R"({"folder":)" : R"(,{"folder":)";
        append_json(body, world_.things.folder_id(i));
        body += R"(,"name":)";
        append_json(body, folder_name(world_.things, i));
        body += R"(,"type":"VIRTUAL_MACHINE"})";
    }
    body += ']';
    return result_answer(c, 200, std::move(body));
}

}  // namespace cloned::simulator
