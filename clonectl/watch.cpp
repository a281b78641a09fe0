#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/progress.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"
#include "clonectl/terminal.hpp"
#include "cloned/v1/job_service.grpc.pb.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

namespace cloned::clonectl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// What the reading thread hands to the drawing one. A stream's Read blocks, and the picture must go
// on meanwhile: its rate and its time left change without any news.
struct shared_progress {
    std::mutex mutex;
    std::condition_variable changed;
    // Guarded by mutex
    batch_progress progress;
    bool ended = false;
    grpc::Status status;
};

class batch_reader {
public:
    batch_reader(const connection& to, std::string batch, seconds retry_for, shared_progress& into)
        : to_(to), jobs_(to.channel()), patience_(retry_for), retry_for_(retry_for), into_(into) {
        request_.set_name(std::move(batch));
    }

    void run() {
        grpc::Status status = read_stream();
        while (!is_done() && may_go_on(status)) status = read_stream();
        const std::lock_guard lock(into_.mutex);
        into_.status = into_.progress.done() ? grpc::Status::OK : status;
        into_.ended = true;
        into_.changed.notify_one();
    }

private:
    grpc::Status read_stream() {
        grpc::ClientContext context;
        to_.prepare(context, seconds(0));
        const auto stream = jobs_.WatchBatch(&context, request_);
        v1::WatchBatchResponse news;
        while (stream->Read(&news)) {
            heard_ = true;
            patience_.reset();
            if (!news.resume_token().empty()) request_.set_resume_token(news.resume_token());
            const std::lock_guard lock(into_.mutex);
            into_.progress.update(news, steady_clock::now());
        }
        return stream->Finish();
    }

    bool is_done() {
        const std::lock_guard lock(into_.mutex);
        return into_.progress.done();
    }

    bool may_go_on(const grpc::Status& status) {
        const bool bad_token = status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
                               status.error_code() == grpc::StatusCode::OUT_OF_RANGE;
        if (bad_token && !request_.resume_token().empty()) {
            // The present state is all that counts here; a gap in the events does no harm.
            request_.clear_resume_token();
            return true;
        }
        // A daemon that stops in good order may end the stream with OK or CANCELLED.
        // One that was heard of comes back, whatever a socket says that is just being made.
        const bool away = status.error_code() == grpc::StatusCode::UNAVAILABLE && heard_;
        if (!status.ok() && !is_unreachable(status) && !away &&
            status.error_code() != grpc::StatusCode::CANCELLED) {
            return false;
        }
        {
            const std::lock_guard lock(into_.mutex);
            into_.progress.set_trouble(concat("the daemon does not answer; trying again for up to ",
                                              for_people(retry_for_)));
        }
        return patience_.wait();
    }

    const connection& to_;
    v1::JobService::Stub jobs_;
    patience patience_;
    bool heard_ = false;  // anything of the batch
    seconds retry_for_;
    shared_progress& into_;
    v1::WatchBatchRequest request_;
};

void draw_live(shared_progress& shared) {
    live_screen screen;
    std::unique_lock lock(shared.mutex);
    while (true) {
        const bool ended = shared.ended;
        const batch_progress progress = shared.progress;
        lock.unlock();
        // A full last column would make some terminals wrap.
        screen.show(progress.screen(terminal_width() - 1, steady_clock::now()));
        lock.lock();
        if (ended) return;
        shared.changed.wait_for(lock, milliseconds(200), [&] { return shared.ended; });
    }
}

void draw_lines(shared_progress& shared) {
    std::string last;
    std::unique_lock lock(shared.mutex);
    bool ended = false;
    while (!ended) {
        ended = shared.changed.wait_for(lock, seconds(1), [&] { return shared.ended; });
        const std::string line = shared.progress.line(steady_clock::now());
        lock.unlock();
        if (line != last) std::cout << line << std::endl;
        last = line;
        lock.lock();
    }
}

// A watch that began late has not seen all failures, so that they are asked for.
void show_failures(const connection& to, const v1::Batch& batch) {
    constexpr int shown = 10;
    const std::int64_t count = batch.counts().failed() + batch.counts().needs_operator();
    if (count == 0) return;
    v1::ListJobsRequest request;
    request.set_parent(batch.name());
    request.set_page_size(shown);
    request.add_states(v1::JOB_STATE_FAILED);
    request.add_states(v1::JOB_STATE_NEEDS_OPERATOR);
    v1::ListJobsResponse reply;
    if (!to.call(request, reply).ok()) return;
    std::cout << jobs_of_batch_text({reply.jobs().begin(), reply.jobs().end()}, terminal_width());
    if (count > shown) {
        std::cout << "… " << count - shown << " more: clonectl list jobs "
                  << last_part(batch.name()) << " --state failed --state needs-operator\n";
    }
}

}  // namespace

exit_code watch(const connection& to, const std::string& batch, seconds retry_for) {
    const auto found = parse_target(batch);
    if (!found || !found->job.empty()) return report(exit_refused, not_a_batch(batch));
    shared_progress shared;
    batch_reader reader(to, found->batch, retry_for, shared);
    std::thread reading([&] { reader.run(); });
    live_screen::available() ? draw_live(shared) : draw_lines(shared);
    reading.join();
    if (!shared.status.ok()) return report(shared.status);
    // The stream may end with OK although the daemon has merely stopped.
    if (!shared.progress.done()) return report(exit_unreachable, "the daemon does not answer");
    show_failures(to, shared.progress.batch());
    return shared.progress.all_succeeded() ? exit_ok : exit_not_all;
}

}  // namespace cloned::clonectl
