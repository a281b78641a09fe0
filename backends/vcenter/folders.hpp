#pragma once

#include "backends/http/authorized_client.hpp"
#include "backends/vcenter/folder_search.hpp"
#include "backends/vcenter/wire.hpp"
#include "base/single_flight.hpp"

#include <map>
#include <string>
#include <vector>

namespace cloned::backends::vcenter {

// The folders of a vCenter and the VMs in them. Where a VM lies is remembered for some minutes.
//
// Threads:      the loop thread only.
// Errors:       no answer, or one that is no refusal. A refusal is part of what is known.
// Cancellation: a caller leaves; a search that it had begun is taken up by the next one.
// Lifetime:     outlived by everything it is constructed with.
class folders {
public:
    static constexpr milliseconds good_for{120'000};
    static constexpr milliseconds refusal_good_for{30'000};
    static constexpr std::size_t known_max = 2'000;  // VMs

    folders(cloned::clock& clock, http::authorized_client& via, const wire& wire)
        : clock_(clock), via_(via), wire_(wire) {}

    using places = std::map<std::string, vm_place>;
    // Where these VMs lie. A folder that was known and can no longer be learned still counts: it is
    // where a clone was made whose source is gone since.
    task<result<places>> of(std::vector<std::string> vms, steady_time deadline);

    // The VMs of these that lie in folders below this one, where a list of the VMs in a folder may
    // include them.
    struct below {
        std::vector<std::string> vms;
        bool sure = true;  // false: the upstream could not tell now
    };
    task<result<below>> among(std::vector<std::string> vms,
                              std::string folder,
                              steady_time deadline);

private:
    struct known_place {
        vm_place place;
        steady_time at{};
    };

    bool is_fresh(const vm_place& place, steady_time at) const;
    std::vector<std::string> unknown_among(const std::vector<std::string>& vms) const;
    void make_room();
    void learn(places found);
    void settle(const std::vector<std::string>& vms, const error& why);
    task<result<void>> search(std::vector<std::string> vms, steady_time deadline);
    task<result<void>> go_on(steady_time deadline);
    task<result<void>> ask(folder_search::question what, steady_time deadline);
    task<result<std::vector<std::string>>> list(std::string parent, steady_time deadline);
    task<result<std::vector<std::string>>> within(std::vector<std::string> vms,
                                                  std::vector<std::string> outer,
                                                  steady_time deadline);

    // Constant after construction
    cloned::clock& clock_;
    http::authorized_client& via_;
    const wire& wire_;

    // Loop thread only
    std::map<std::string, known_place> places_;
    folder_search search_;
    steady_time search_began_{};
    single_flight searches_{clock_};
};

}  // namespace cloned::backends::vcenter
