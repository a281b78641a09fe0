#pragma once

#include "storage/job_store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cloned::rpc::test {

// A store in plain maps, for what the gRPC front asks of it. Threads: the loop's only.
class fake_job_store final : public storage::job_store {
public:
    // Makes the job of that key end in `to` (or be in it), and tells the listener.
    void move_job(const std::string& batch_uid,
                  const std::string& key,
                  job_state to,
                  const std::string& detail = "");

    // Every later accept() and check() fails like this.
    std::optional<error> refusal;
    // Called before accept() does anything.
    std::function<void()> before_accept;
    bool forget_requests = false;  // accept() keeps batches, but find_request() finds none
    int accepted = 0;
    int checked = 0;
    int event_reads = 0;

    using name_conflicts = std::vector<std::pair<std::size_t, std::string>>;
    task<result<storage::accepted_batch>> accept(storage::new_batch batch,
                                                 name_conflicts* conflicts) override;
    task<result<void>> check(storage::new_batch batch, name_conflicts* conflicts) override;
    task<result<event_id>> change(storage::job_change) override;
    task<result<std::vector<result<event_id>>>> change_all(
        std::vector<storage::job_change>) override;
    task<result<void>> save_lane(lane_id, lane_settings) override;
    task<result<std::vector<storage::queue_length>>> wake_due(wall_time, std::size_t) override;
    task<result<std::vector<history_entry>>> expire_due(wall_time, std::size_t) override;
    task<result<storage::purge_outcome>> purge_ended(wall_time, std::size_t) override;

    task<result<std::vector<lane_record>>> lanes() override;
    task<result<std::vector<storage::queue_length>>> queues() override;
    task<result<std::vector<queued_job>>> load_queue(storage::queue_key,
                                                     job_id,
                                                     std::size_t) override;
    task<result<std::vector<queued_job>>> load_unsettled() override;
    task<result<due_times>> next_due() override;
    task<result<batch_record>> find_batch(std::string uid) override;
    task<result<batch_record>> find_request(std::string tenant,
                                            std::string request_id,
                                            std::string content_hash) override;
    task<result<std::vector<batch_record>>> list_batches(storage::batch_filter filter,
                                                         batch_id before,
                                                         std::size_t limit) override;
    task<result<job_record>> find_job(std::string batch_uid, std::string key) override;
    task<result<job_record>> find_job(job_id id) override;
    task<result<std::vector<job_record>>> list_jobs(storage::job_filter filter,
                                                    job_id after,
                                                    std::size_t limit) override;
    task<result<std::vector<queued_job>>> load_batch(batch_id,
                                                     std::vector<job_state>,
                                                     job_id,
                                                     std::size_t) override;
    task<result<std::optional<job_id>>> made_by_another(job_id, std::string) override;
    task<result<std::vector<history_entry>>> history(job_id job, std::size_t limit) override;
    task<result<std::vector<history_entry>>> events_after(event_id after,
                                                          job_id first,
                                                          std::int64_t count,
                                                          std::size_t limit,
                                                          event_id* upto) override;
    task<result<event_id>> last_event() override;
    task<result<std::int64_t>> queue_position(storage::queue_key, job_id) override;
    void on_commit(std::function<void(event_id last)> listener) override;
    void on_release(std::function<void(const storage::released_jobs&)>) override {}
    task<void> close() override;

private:
    struct known_request {
        std::string content_hash;
        std::string batch_uid;
    };
    result<void> verdict(const storage::new_batch& batch, name_conflicts* conflicts) const;
    storage::accepted_batch keep(storage::new_batch batch);

    std::map<std::string, batch_record> batches_;                            // by uid
    std::map<std::pair<std::string, std::string>, known_request> requests_;  // tenant, request id
    std::map<std::int64_t, job_record> jobs_;
    std::vector<history_entry> events_;  // id = index + 1
    std::function<void(event_id)> listener_;
};

}  // namespace cloned::rpc::test
