#include "simulator/control/vi_control.hpp"

#include "simulator/control/setting_reader.hpp"

#include <boost/json/array.hpp>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::size_t vms_max = 10'000;

}  // namespace

answer vi_set(world& w, const call& c) {
    const auto body = parse_text(c.in.body, {});
    if (!body) {
        return refuse(c, body.error());
    }
    body_reader in(*body, "");
    config changed = w.settings;
    visit_vi_settings(changed.vi, setting_reader(in));
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    if (auto ok = check_config(changed); !ok) {
        return refuse(c, ok.error());
    }
    w.settings.vi = changed.vi;
    return json_answer(200, "{}");
}

json::object vi_ledger(const world& w) {
    const vi_book& book = w.vi.book();
    std::uint64_t overlapping = 0;
    json::array vms;
    for (const auto& [vm, of_vm] : book.vms) {
        overlapping += of_vm.overlapping;
        if (vms.size() < vms_max) {
            vms.push_back(json::object{{"vm", inventory::vm_id(vm)},
                                       {"begun", of_vm.begun},
                                       {"overlapping", of_vm.overlapping},
                                       {"live", of_vm.live},
                                       {"host_name", of_vm.host_name}});
        }
    }
    return {{"limit", w.settings.vi.customize_limit},
            {"accepted", book.accepted},
            {"refused", book.refused},
            {"succeeded", book.succeeded},
            {"failed", book.failed},
            {"current", book.current},
            {"peak", book.peak},
            {"running", book.running},
            {"peak_running", book.peak_running},
            {"overlapping", overlapping},
            {"violations", book.violations},
            {"vms", std::move(vms)}};
}

}  // namespace cloned::simulator
