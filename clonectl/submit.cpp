#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/job_file.hpp"
#include "clonectl/tables.hpp"
#include "cloned/v1/job_service.grpc.pb.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <span>
#include <system_error>

namespace cloned::clonectl {
namespace {

using std::chrono::seconds;

constexpr std::size_t max_file_bytes = std::size_t{256} << 20U;
constexpr std::size_t max_unary_jobs = 10'000;
// Below gRPC's customary limit of 4 MB for one message.
constexpr std::size_t max_unary_bytes = 3'500'000;
constexpr std::size_t jobs_per_message = 500;
constexpr std::size_t bytes_per_message = 1'000'000;

result<std::string> read_input(const std::string& name) {
    std::ifstream file;
    if (name != "-") {
        file.open(name, std::ios::binary);
        if (!file) {
            return fail(errc::not_found, std::generic_category().message(errno));
        }
    }
    std::istream& in = name == "-" ? std::cin : file;
    std::string text;
    std::string part(std::size_t{64} << 10U, '\0');
    do {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        text.append(part, 0, static_cast<std::size_t>(in.gcount()));
    } while (in && text.size() <= max_file_bytes);
    if (in.bad()) return fail(errc::unavailable, "cannot read it to its end");
    if (text.size() > max_file_bytes) return fail(errc::invalid_argument, "it exceeds 256 MiB");
    return text;
}

class submitter {
public:
    submitter(const connection& to, job_file file, bool validate_only)
        : to_(to), jobs_(to.channel()), file_(std::move(file)), validate_only_(validate_only) {
        for (const auto& job : file_.jobs) bytes_ += job.ByteSizeLong() + 8;
    }

    grpc::Status send(v1::SubmitBatchResponse& reply) {
        const bool small = file_.jobs.size() <= max_unary_jobs && bytes_ <= max_unary_bytes;
        return small ? send_unary(reply) : send_stream(reply);
    }

private:
    template <class Request>
    void fill_header(Request& request) const {
        request.set_request_id(file_.request_id);
        request.set_display_name(file_.display_name);
        request.set_validate_only(validate_only_);
        if (file_.adopts_leftovers)
            request.set_leftover_policy(v1::LEFTOVER_POLICY_ADOPT_IF_COMPLETE);
    }

    grpc::Status send_unary(v1::SubmitBatchResponse& reply) {
        v1::SubmitBatchRequest request;
        fill_header(request);
        for (const auto& job : file_.jobs) *request.add_jobs() = job;
        grpc::ClientContext context;
        to_.prepare(context, seconds(120));
        return jobs_.SubmitBatch(&context, request, &reply);
    }

    grpc::Status send_stream(v1::SubmitBatchResponse& reply) {
        grpc::ClientContext context;
        to_.prepare(context, seconds(600));
        const auto stream = jobs_.SubmitJobs(&context, &reply);
        v1::SubmitJobsRequest request;
        fill_header(request);
        std::size_t bytes = 0;
        for (const auto& job : file_.jobs) {
            bytes += job.ByteSizeLong();
            *request.add_jobs() = job;
            const auto jobs = static_cast<std::size_t>(request.jobs_size());
            if (jobs < jobs_per_message && bytes < bytes_per_message) continue;
            // A refused write means that the daemon has answered already; Finish tells what.
            if (!stream->Write(request)) return stream->Finish();
            request.Clear();
            bytes = 0;
        }
        request.set_complete(true);
        stream->Write(request);
        stream->WritesDone();
        return stream->Finish();
    }

    const connection& to_;
    v1::JobService::Stub jobs_;
    job_file file_;
    bool validate_only_;
    std::size_t bytes_ = 0;
};

}  // namespace

exit_code submit(const connection& to, const submit_options& options) {
    auto text = read_input(options.file);
    if (!text) return report(exit_refused, concat(options.file, ": ", text.error().message()));
    auto file = read_jobs(*text);
    if (!file) {
        for (const std::string& line : file.error()) {
            std::cerr << options.file << ": " << line << '\n';
        }
        return exit_refused;
    }
    if (!options.name.empty()) file->display_name = options.name;
    if (!options.request_id.empty()) file->request_id = options.request_id;
    file->adopts_leftovers |= options.adopt_leftovers;
    if (file->request_id.empty()) {
        file->request_id = boost::uuids::to_string(boost::uuids::random_generator()());
    }
    const std::size_t count = file->jobs.size();
    // Before the call: it is needed to ask again if the answer is lost.
    if (!options.validate_only) std::cerr << "request id: " << file->request_id << std::endl;

    submitter out(to, std::move(*file), options.validate_only);
    patience wait{seconds(options.retry_for_s.value_or(0))};
    v1::SubmitBatchResponse reply;
    grpc::Status status = out.send(reply);
    // The request id makes a repeat harmless.
    while (is_unreachable(status) && wait.wait()) {
        reply.Clear();
        status = out.send(reply);
    }
    if (!status.ok()) return report(status);
    if (options.validate_only) {
        std::cerr << jobs_count(static_cast<std::int64_t>(count))
                  << " checked, no mistakes; nothing was kept\n";
        return exit_ok;
    }
    if (!reply.created()) std::cerr << "this request was accepted before; nothing is done twice\n";
    std::cout << reply.batch().name() << std::endl;
    if (!options.watch) return exit_ok;
    const auto patience_s = options.retry_for_s.value_or(default_watch_patience.count());
    return watch(to, reply.batch().name(), seconds(patience_s));
}

}  // namespace cloned::clonectl
