#include "tests/bench/posts.hpp"

#include "backends/http/client.hpp"
#include "base/task_group.hpp"
#include "base/text.hpp"
#include "tests/bench/accounts.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace cloned::bench {
namespace {

namespace http = backends::http;

constexpr int accepted = 202;

class post_office {
public:
    explicit post_office(const posts_options& options) : options_(options), tasks_(loop_) {}

    result<boost::json::object> run();

private:
    task<void> post_until_done();
    http::request next_request();

    // Constant after construction
    const posts_options& options_;
    // Loop thread only
    asio::io_context loop_{1};
    std::unique_ptr<clock> time_ = make_system_clock(loop_);
    std::unique_ptr<http::client> client_;
    stopwatch watch_;
    std::int64_t posting_ = 0;
    std::int64_t begun_ = 0;
    double seconds_ = 0;
    std::vector<double> took_;
    std::optional<error> failure_;
    task_group tasks_;
};

http::request post_office::next_request() {
    http::request out;
    out.verb = http::method::post;
    out.target = concat("/api/snapservice/clusters/", options_.cluster, "/virtual-machines/",
                        options_.vm, "?action=linked-clone&vmw-task=true");
    out.headers.emplace_back("vmware-api-session-id", options_.token);
    const auto number = std::to_string(begun_++);
    out.body = concat(R"({"snapshot":")", options_.snapshot, R"(","name":")", options_.prefix, "-",
                      number, R"(","placement":{"folder":")", options_.folder, R"("}})");
    return out;
}

task<void> post_office::post_until_done() {
    while (begun_ < options_.count && !failure_) {
        auto request = next_request();
        const stopwatch watch;
        auto answer = co_await client_->send(std::move(request));
        took_.push_back(watch.seconds());
        if (answer && answer->status == accepted) continue;
        if (answer)
            failure_ = error(errc::upstream_failed,
                             concat("the upstream answered ", std::to_string(answer->status), " ",
                                    answer->body));
        else
            failure_ = answer.error();
    }
    if (--posting_ > 0) co_return;
    seconds_ = watch_.seconds();
    client_->close();  // idle connections would keep the loop alive
}

result<boost::json::object> post_office::run() {
    http::client_options options;
    options.host = options_.host;
    options.port = options_.port;
    options.tls = false;
    options.max_connections = static_cast<std::size_t>(options_.connections);
    auto made = http::make_client(loop_, *time_, options);
    if (!made) return fail(made.error());
    client_ = std::move(*made);
    took_.reserve(static_cast<std::size_t>(options_.count));

    watch_ = stopwatch();
    posting_ = options_.at_once;
    for (std::int64_t i = 0; i < options_.at_once; ++i) tasks_.spawn("post", post_until_done());
    loop_.run();
    if (failure_) return fail(*failure_);
    auto out = pace("posts", options_.count, seconds_);
    add_latencies(out, std::move(took_));
    return out;
}

}  // namespace

result<boost::json::object> post_clones(const posts_options& options) {
    return post_office(options).run();
}

}  // namespace cloned::bench
