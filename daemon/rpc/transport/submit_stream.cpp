#include "daemon/rpc/transport/submit_stream.hpp"

#include "base/text.hpp"
#include "daemon/rpc/transport/unary_call.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace cloned::rpc {
namespace {

using reactor_type = grpc::ServerReadReactor<v1::SubmitJobsRequest>;
using link_type = call_link<reactor_type, v1::SubmitBatchResponse>;

// The loop's side: waits for the whole batch, but not forever.
//
// Threads: the loop thread only.
class incoming_batch {
public:
    explicit incoming_batch(cloned::clock& time) : alarm_(time.make_alarm()) {}

    void arrived(checked_batch batch) {
        batch_ = std::move(batch);
        alarm_->wake();
    }
    void given_up() {
        given_up_ = true;
        alarm_->wake();
    }

    // Nothing if it was given up, or has not come by `deadline`.
    task<std::optional<checked_batch>> wait(steady_time deadline) {
        bool late = false;
        while (!batch_ && !given_up_ && !late) late = co_await alarm_->sleep_until(deadline);
        co_return std::move(batch_);
    }

private:
    std::unique_ptr<alarm> alarm_;
    std::optional<checked_batch> batch_;
    bool given_up_ = false;
};

// Made on gRPC's thread, where no alarm can be made; filled on the loop.
using incoming_slot = std::shared_ptr<std::unique_ptr<incoming_batch>>;

task<void> run_submit(call_end<link_type> end,
                      call_limiter::ticket /*place*/,
                      incoming_slot incoming,
                      job_handlers* handlers,
                      std::string tenant,
                      steady_time deadline) {
    auto batch = co_await (*incoming)->wait(deadline);
    if (!batch) {
        end.link().finish(refuse(errc::deadline_exceeded, "the stream was open for too long"));
        co_return;
    }
    auto answer = co_await handlers->submit(std::move(tenant), std::move(*batch));
    end.link().finish(std::move(answer));
}

// Owns itself until OnDone. Reads one message at a time, so that gRPC's flow control holds back a
// client that sends faster than its jobs are checked.
class submit_stream final : public reactor_type {
public:
    submit_stream(call_environment& environment, v1::SubmitBatchResponse* response)
        : environment_(environment),
          link_(std::make_shared<link_type>(this, response)),
          incoming_(std::make_shared<std::unique_ptr<incoming_batch>>()),
          reader_(environment.endpoints, rules_of(environment.options), environment.time.wall()) {}

    const std::shared_ptr<link_type>& link() const { return link_; }
    void start(job_handlers& handlers, call_entry entry);

private:
    static batch_rules rules_of(const server_options& options) {
        return batch_rules{stream_jobs_max, options.default_max_attempts};
    }

    void OnReadDone(bool more) override;
    void OnCancel() override { give_up(cancelled()); }
    void OnDone() override { delete this; }

    void give_up(const failure& why);
    void take_message();
    void check_later_header();
    void finish_reading();

    call_environment& environment_;
    std::shared_ptr<link_type> link_;
    incoming_slot incoming_;

    // One reaction at a time
    batch_reader reader_;
    v1::SubmitJobsRequest message_;
    batch_reader::header_fields header_;
    bool begun_ = false;
    bool complete_ = false;
    std::size_t bytes_ = 0;
};

void submit_stream::start(job_handlers& handlers, call_entry entry) {
    auto begin = [&environment = environment_, &handlers, end = call_end<link_type>(link_),
                  entry = std::move(entry), incoming = incoming_]() mutable {
        if (!end.link().open()) return;
        *incoming = std::make_unique<incoming_batch>(environment.time);
        const auto deadline = environment.time.now() + environment.options.submit_stream_time_max;
        environment.tasks.spawn(
            "rpc.submit_jobs",
            run_submit(std::move(end), std::move(entry.place), std::move(incoming), &handlers,
                       std::move(entry.tenant), deadline));
    };
    asio::post(environment_.loop, std::move(begin));
    StartRead(&message_);
}

void submit_stream::give_up(const failure& why) {
    link_->finish(refuse(why));
    asio::post(environment_.loop, [incoming = incoming_] {
        if (*incoming) (*incoming)->given_up();
    });
}

void submit_stream::OnReadDone(bool more) {
    if (!more) {
        finish_reading();
        return;
    }
    bytes_ += message_.ByteSizeLong();
    if (bytes_ > environment_.options.submit_stream_bytes_max) {
        give_up(failure(
            errc::resource_exhausted,
            concat("the stream holds more than ",
                   std::to_string(environment_.options.submit_stream_bytes_max), " bytes")));
        return;
    }
    take_message();
    if (reader_.jobs() > stream_jobs_max) {
        // What comes now is not even read.
        give_up(invalid("jobs", "must not exceed 100000 entries"));
        return;
    }
    message_.Clear();
    if (link_->open()) StartRead(&message_);
}

void submit_stream::take_message() {
    const auto place = reader_.place();
    check_known(message_, place);
    if (complete_) place.wrong("complete", "is true in a message before the last one");
    if (begun_) {
        check_later_header();
    } else {
        begun_ = true;
        header_ = {message_.request_id(), message_.display_name(), message_.validate_only(),
                   message_.leftover_policy()};
        reader_.header(header_);
    }
    complete_ = message_.complete();
    for (const auto& job : message_.jobs()) reader_.job(job);
}

void submit_stream::check_later_header() {
    const auto place = reader_.place();
    if (!message_.request_id().empty() && message_.request_id() != header_.request_id)
        place.wrong("request_id", "is not that of the first message");
    if (!message_.display_name().empty() && message_.display_name() != header_.display_name)
        place.wrong("display_name", "is not that of the first message");
    if (message_.validate_only() && !header_.validate_only)
        place.wrong("validate_only", "is not that of the first message");
    if (message_.leftover_policy() != v1::LEFTOVER_POLICY_UNSPECIFIED &&
        message_.leftover_policy() != header_.leftovers)
        place.wrong("leftover_policy", "is not that of the first message");
}

// A closed side and a cut connection look the same from here; only a message marked as the last
// proves that nothing is missing.
void submit_stream::finish_reading() {
    if (!begun_) reader_.header({});
    if (!complete_) reader_.place().wrong("complete", "must be true in the last message");
    auto batch = std::make_shared<checked_batch>(reader_.finish());
    asio::post(environment_.loop, [incoming = incoming_, batch] {
        if (*incoming) (*incoming)->arrived(std::move(*batch));
    });
}

}  // namespace

grpc::ServerReadReactor<v1::SubmitJobsRequest>* start_submit_stream(
    call_environment& environment,
    job_handlers& handlers,
    grpc::CallbackServerContext& context,
    v1::SubmitBatchResponse* response) {
    auto* call = new submit_stream(environment, response);
    auto entry = enter(environment, environment.submit_streams, context);
    if (entry)
        call->start(handlers, std::move(*entry));
    else
        call->link()->finish(refuse(entry.error()));
    return call;
}

}  // namespace cloned::rpc
