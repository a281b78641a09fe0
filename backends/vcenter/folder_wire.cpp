// The messages by which folders are learned; see wire.hpp.

#include "backends/http/encoding.hpp"
#include "backends/vapi/faults.hpp"
#include "backends/vcenter/wire.hpp"
#include "base/text.hpp"

namespace cloned::backends::vcenter {
namespace {

http::request get_text(http::target_text target) {
    http::request out;
    out.target = target.take();
    return out;
}

}  // namespace

http::request wire::list_folders(std::string_view parent) const {
    const std::string prefix = rest_ ? "filter." : "";
    http::target_text target(path("/vcenter/folder"));
    target.add(prefix + "type", "VIRTUAL_MACHINE");
    if (!parent.empty()) target.add(prefix + "parent_folders", parent);
    return get_text(std::move(target));
}

result<std::vector<std::string>> wire::read_folders(const http::response& answer) const {
    if (!vapi::is_success(answer)) {
        const auto what = vapi::read_fault(answer);
        // There are more than it lists, today and tomorrow, whatever the status.
        if (what.type == "UNABLE_TO_ALLOCATE_RESOURCE")
            return fail(errc::invalid_argument, vapi::to_error(what).message());
        return fail(vapi::to_read_error(what));
    }
    http::json_document document;
    const auto list = unwrap(document.parse(answer.body));
    if (!list) return fail(list.error());
    const auto all = list->elements();
    if (!all) return fail(all.error());
    std::vector<std::string> out;
    for (const auto& one : *all) {
        const auto id = one.text_at("folder");
        if (!id) return fail(id.error());
        out.emplace_back(*id);
    }
    return out;
}

http::request wire::list_vms_within(std::span<const std::string> vms,
                                    std::span<const std::string> folders) const {
    const std::string prefix = rest_ ? "filter." : "";
    http::target_text target(path("/vcenter/vm"));
    for (const auto& vm : vms) target.add(prefix + "vms", vm);
    for (const auto& folder : folders) target.add(prefix + "folders", folder);
    return get_text(std::move(target));
}

std::size_t wire::folders_that_fit(std::span<const std::string> vms,
                                   std::span<const std::string> folders) {
    std::size_t used = 0;
    for (const auto& vm : vms)
        used += std::string_view("&filter.vms=").size() + http::percent_encoded(vm).size();
    return http::ids_that_fit(folders, std::string_view("&filter.folders=").size(),
                              max_query_bytes - std::min(used, max_query_bytes));
}

}  // namespace cloned::backends::vcenter
