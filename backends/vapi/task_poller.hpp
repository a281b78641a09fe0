#pragma once

#include "backends/backend.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/vapi/task_info.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace cloned::backends::vapi {

// What an upstream's calls on tasks look like. Pure.
class task_wire {
public:
    virtual ~task_wire() = default;

    // How many of the ids, from the first one on, fit into one list request; at least one.
    virtual std::size_t batch_size(std::span<const std::string> ids) const = 0;

    virtual http::request list_tasks(std::span<const std::string> ids) const = 0;
    virtual result<std::vector<task_status>> read_list(std::string_view body) const = 0;

    virtual http::request get_task(std::string_view id) const = 0;
    virtual result<task_status> read_task(std::string_view id, std::string_view body) const = 0;

    // Tasks in these states of the service that makes VMs, no matter who began them.
    virtual http::request list_vm_tasks(std::span<const std::string_view> states) const = 0;
    virtual result<std::vector<listed_task>> read_vm_tasks(std::string_view body) const = 0;
};

// Polls many tasks with few requests.
//
// Errors:       those of the requests, if none of them brought anything. A task that only some of
// the
//               answers leave out is reported as running: there is no news of it. If it makes each
//               request fail that is about it, the status says why, and it is asked for ever more
//               rarely and apart from the others.
// Cancellation: as the client's.
// Lifetime:     loop, client and wire must outlive it.
class task_poller {
public:
    task_poller(asio::io_context& loop, http::authorized_client& via, const task_wire& wire)
        : loop_(loop), client_(via), wire_(wire) {}

    task<result<std::vector<task_status>>> poll(std::vector<std::string> ids, steady_time deadline);

private:
    struct turn;
    struct pause_of_task {
        unsigned left = 0;  // turns
        unsigned span = 0;  // of the last one
    };

    task<void> list_one(turn& now, std::size_t index);
    task<void> confirm_one(turn& now, std::string id);
    task<void> list_all(turn& now);
    task<void> confirm_missing(turn& now);
    static result<std::vector<task_status>> statuses_of(std::vector<std::string> ids,
                                                        const turn& now);
    std::vector<std::string> without_spoilers(const std::vector<std::string>& ids,
                                              std::vector<std::vector<std::string>>& alone);
    void remember(const turn& now);

    asio::io_context& loop_;
    http::authorized_client& client_;
    const task_wire& wire_;
    std::size_t confirm_from_ = 0;  // so that the limit of a turn leaves none out forever
    int singly_for_ = 0;            // turns in which nothing is listed, for it would be refused
    std::map<std::string, pause_of_task> spoilers_;  // of the tasks that were asked for last
};

}  // namespace cloned::backends::vapi
