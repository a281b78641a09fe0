#pragma once

#include "simulator/model/call.hpp"

#include <memory>

namespace cloned::simulator {

// The interface by which tests look at the world and change it; paths start with /_sim. Needs no
// login and is not counted in the ledger.
class control_api {
public:
    control_api(std::unique_ptr<world>& w, config initial)
        : world_(w), initial_(std::move(initial)) {}

    answer handle(call& c);

private:
    answer show_ledger(const call& c) const;
    answer show_inventory(const call& c) const;
    answer replace_rules(const call& c);
    answer set_limits(const call& c);
    answer set_readings(const call& c);
    answer reset(const call& c);
    answer add_vm(const call& c);
    answer remove_vm(const call& c, std::string_view id);

    std::unique_ptr<world>& world_;  // replaced by a reset
    config initial_;
};

}  // namespace cloned::simulator
