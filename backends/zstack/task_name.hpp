#pragma once

#include <string>
#include <string_view>

// Several jobs may share one call and with it one job uuid, but each needs a task id of its own: it
// is the uuid, a slash and the VM's name. Between the recording of a job's intent and the
// upstream's answer only the uuid is known, by which is_only_chosen() in model/job tells them
// apart.
namespace cloned::backends::zstack {

inline constexpr std::size_t uuid_size = 32;

inline bool is_uuid(std::string_view text) {
    if (text.size() != uuid_size) return false;
    for (const char c : text)
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    return true;
}

struct task_name {
    std::string uuid;  // empty: it is no task of ours
    std::string name;  // empty: only the uuid is known

    static task_name from(std::string_view task) {
        const auto uuid = task.substr(0, uuid_size);
        if (!is_uuid(uuid) || (task.size() > uuid_size && task[uuid_size] != '/')) return {};
        const bool named = task.size() > uuid_size;
        return {std::string(uuid), std::string(named ? task.substr(uuid_size + 1) : "")};
    }

    std::string text() const { return name.empty() ? uuid : uuid + "/" + name; }
};

}  // namespace cloned::backends::zstack
