#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cloned::backends::vcenter {

// The folder in which a VM lies, as far as it could be learned.
struct vm_place {
    std::string folder;  // empty: it could not
    std::string why;     // then the cause, as a clause for an operator
    // Then: may it have been learned before, or be learned later? No if the upstream refuses to
    // show folders at all.
    bool passing = false;
};

// Does the upstream refuse such a question for good? It did so before then, and will again. A state
// passes.
bool is_lasting(const error& why);
vm_place refusal_of(const error& why);

// Finds the folders in which VMs lie. REST tells no VM's folder, but whether a VM is in one of
// several folders: they are halved until one is left. The documents leave open whether a folder
// includes those below it, so the search goes on below each folder that it has found, and the
// deepest one counts. Each was asked for alone: a VM may be moved meanwhile.
//
// Pure: it says what to ask, and is told the answer.
class folder_search {
public:
    static constexpr std::size_t vms_together = 50;
    static constexpr std::size_t folders_max = 1'000;
    static constexpr std::size_t levels_max = 32;
    static constexpr std::size_t refusals_max = 24;  // of one VM

    struct question {
        // Which of these VMs are in one of these folders? No folders: which are there at all?
        std::vector<std::string> vms;
        std::vector<std::string> folders;
        // If set, nothing of the above: which folders lie in this one?
        std::string parent;
    };

    void add(std::vector<std::string> vms, const std::vector<std::string>& all_folders);

    // Nothing: done.
    std::optional<question> next() const;
    // The answer to it: VMs or folders.
    void answered(const std::vector<std::string>& ids);
    void refused(const error& why);

    // What was found since the last call.
    std::map<std::string, vm_place> take_found();

private:
    struct group {
        std::vector<std::string> vms;
        std::vector<std::string> folders;  // that may hold them
        std::string inside;                // the deepest one that does
        enum class step { ask_folders, ask_below, ask_existence } now = step::ask_folders;
        bool certain = false;             // one of the folders holds each of them
        std::size_t most = folders_max;   // folders to ask for at once
        std::optional<error> unreadable;  // what a folder's list said that cannot be read
        std::size_t level = 0;
        std::size_t refusals = 0;
    };

    static std::size_t folders_at_once(const group& of);
    void go_on(group with);
    void settle(const group& who, const vm_place& as);
    void answered_within(group asked, const std::vector<std::string>& ids);
    void refused_within(group asked, const error& why);

    std::vector<group> todo_;
    std::map<std::string, vm_place> found_;
};

}  // namespace cloned::backends::vcenter
