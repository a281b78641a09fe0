#pragma once

#include "storage/batch_store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cloned::rpc::test {

// A store in plain maps, for what the gRPC front asks of it. Threads: the loop's only.
class fake_batch_store final : public storage::batch_store {
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

    task<storage::batch_result<storage::accepted_batch>> accept(storage::new_batch batch) override;
    task<storage::batch_result<void>> check(storage::new_batch batch) override;
    task<result<batch_record>> find_request(std::string tenant,
                                            std::string request_id,
                                            std::string content_hash) override;
    task<result<batch_record>> find_batch(std::string uid) override;
    task<result<std::vector<batch_record>>> list_batches(storage::batch_filter filter,
                                                         batch_id before,
                                                         std::size_t limit) override;
    task<result<job_record>> find_job(std::string batch_uid, std::string key) override;
    task<result<job_record>> find_job(job_id id) override;
    task<result<std::vector<job_record>>> list_jobs(storage::job_filter filter,
                                                    job_id after,
                                                    std::size_t limit) override;
    task<result<std::vector<history_entry>>> history(job_id job, std::size_t limit) override;
    task<result<storage::event_page>> events_after(event_id after,
                                                   job_id first,
                                                   std::int64_t count,
                                                   std::size_t limit) override;
    task<result<event_id>> last_event() override;
    void on_commit(std::function<void(event_id last)> listener) override;

private:
    struct known_request {
        std::string content_hash;
        std::string batch_uid;
    };
    storage::batch_result<void> verdict(const storage::new_batch& batch) const;
    storage::accepted_batch keep(storage::new_batch batch);

    std::map<std::string, batch_record> batches_;                            // by uid
    std::map<std::pair<std::string, std::string>, known_request> requests_;  // tenant, request id
    std::map<std::int64_t, job_record> jobs_;
    std::vector<history_entry> events_;  // id = index + 1
    std::function<void(event_id)> listener_;
};

}  // namespace cloned::rpc::test
