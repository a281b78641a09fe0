// cloned_bench: the parts of the benchmarks that must be fast. Each subcommand prints one line of
// JSON; run.sh drives them.

#include "tests/bench/posts.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/submit.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace {

using namespace cloned::bench;

int report(const cloned::result<boost::json::object>& measured) {
    if (!measured) {
        std::cerr << "cloned_bench: " << measured.error().message() << '\n';
        return 1;
    }
    std::cout << boost::json::serialize(*measured) << std::endl;
    return 0;
}

CLI::App* add_submit(CLI::App& app, submit_options& o) {
    auto* cmd = app.add_subcommand("submit", "Hand over linked clones through gRPC");
    cmd->add_option("--address", o.address)->required();
    cmd->add_option("--endpoint", o.endpoint)->capture_default_str();
    cmd->add_option("--vm", o.vm)->required();
    cmd->add_option("--snapshot", o.snapshot)->required();
    cmd->add_option("--prefix", o.prefix)->required();
    cmd->add_option("--count", o.count)->check(CLI::PositiveNumber)->required();
    cmd->add_option("--batch", o.batch)->check(CLI::Range(1, 10'000))->capture_default_str();
    cmd->add_flag("--watch", o.watch, "follow every batch to its end");
    return cmd;
}

CLI::App* add_rows(CLI::App& app, rows_options& o) {
    auto* cmd = app.add_subcommand("rows", "Insert the rows of a database into a fresh one");
    cmd->add_option("--from", o.from)->required();
    cmd->add_option("--to", o.to)->required();
    cmd->add_option("--jobs-per-transaction", o.jobs_per_transaction)
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    return cmd;
}

CLI::App* add_posts(CLI::App& app, posts_options& o) {
    auto* cmd = app.add_subcommand("posts", "Post linked clones by the daemon's HTTP client alone");
    cmd->add_option("--port", o.port, "of snapservice on loopback")->required();
    cmd->add_option("--token", o.token, "of a session of the simulated upstream")->required();
    cmd->add_option("--cluster", o.cluster)->required();
    cmd->add_option("--vm", o.vm)->required();
    cmd->add_option("--snapshot", o.snapshot)->required();
    cmd->add_option("--folder", o.folder)->required();
    cmd->add_option("--prefix", o.prefix)->required();
    cmd->add_option("--count", o.count)->check(CLI::PositiveNumber)->required();
    cmd->add_option("--connections", o.connections)
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    cmd->add_option("--at-once", o.at_once)->check(CLI::Range(1, 10'000))->capture_default_str();
    return cmd;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Measures single parts of cloned; see tests/bench/run.sh.", "cloned_bench");
    app.require_subcommand(1);
    submit_options for_submit;
    rows_options for_rows;
    posts_options for_posts;
    const auto* submit_command = add_submit(app, for_submit);
    const auto* rows_command = add_rows(app, for_rows);
    add_posts(app, for_posts);
    CLI11_PARSE(app, argc, argv);
    if (submit_command->parsed()) return report(submit(for_submit));
    if (rows_command->parsed()) return report(insert_rows(for_rows));
    return report(post_clones(for_posts));
}
