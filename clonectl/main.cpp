#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/job_file.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace cloned::clonectl {
namespace {

constexpr const char* footer =
    "A batch is named by its UUID or by batches/UUID, a job by UUID/KEY or by its full name, a "
    "lane by\n"
    "its number or by endpoint/cluster/kind.\n\n"
    "Exit codes: 0 all is well; 1 a job failed, was cancelled or needs an operator; 2 wrong use, "
    "or\n"
    "input that the daemon refuses; 3 no daemon answers; 4 any other error.";

using command = std::function<exit_code(const connection&)>;

// Everything that the command line can say. Options keep references into it.
struct command_line {
    connection_options connect{.address = "unix:/run/cloned/cloned.sock",
                               .tls_ca = {},
                               .tls_cert = {},
                               .tls_key = {},
                               .tenant = {}};
    submit_options submit;
    list_options list;
    resolve_options resolve;
    std::string name;
    std::string output = "text";
    std::string reason;
    std::string limit;
    std::int64_t retry_for_s = default_watch_patience.count();
    bool cancelled_too = false;
    command chosen;

    bool json() const { return output == "json"; }
};

void add_output(CLI::App* app, command_line& line) {
    app->add_option("-o,--output", line.output, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
}

void add_connection(CLI::App& app, command_line& line) {
    app.add_option("--address", line.connect.address, "unix:/path or host:port")
        ->envname("CLONED_ADDRESS")
        ->capture_default_str();
    app.add_option("--tls-ca", line.connect.tls_ca, "authority of the daemon's certificate (PEM)");
    app.add_option("--tls-cert", line.connect.tls_cert, "own certificate (PEM)");
    app.add_option("--tls-key", line.connect.tls_key, "its private key (PEM)");
    app.add_option("--tenant", line.connect.tenant, "tenant on a local connection");
}

void add_submit(CLI::App& app, command_line& line) {
    auto* cmd = app.add_subcommand("submit", "Hand over a file of jobs; prints the batch's name");
    submit_options& o = line.submit;
    cmd->add_option("FILE", o.file, "JSON or CSV; - for standard input")->required();
    cmd->add_option("--request-id", o.request_id,
                    "UUID of this request; a repeat with the same one does no work twice");
    cmd->add_option("--name", o.name, "a name for people");
    cmd->add_flag("--validate-only", o.validate_only, "check everything, keep nothing");
    cmd->add_flag("--watch", o.watch, "follow the batch to its end");
    cmd->add_option("--retry-for", o.retry_for_s,
                    "seconds to wait for a daemon that does not answer (submit: 0, watch: 300)")
        ->check(CLI::Range(0, 86'400));
    cmd->footer(
        concat("JSON: {\"jobs\": [...]} or the list alone, each job in protobuf's JSON "
               "mapping.\nCSV columns: ",
               csv_columns(), "."));
    cmd->callback([&line] {
        line.chosen = [&line](const connection& to) { return submit(to, line.submit); };
    });
}

void add_watch(CLI::App& app, command_line& line) {
    auto* cmd =
        app.add_subcommand("watch", "Follow a batch to its end, over restarts of the daemon");
    cmd->add_option("BATCH", line.name)->required();
    cmd->add_option("--retry-for", line.retry_for_s,
                    "seconds to wait for a daemon that does not answer")
        ->check(CLI::Range(0, 86'400))
        ->capture_default_str();
    cmd->callback([&line] {
        line.chosen = [&line](const connection& to) {
            return watch(to, line.name, std::chrono::seconds(line.retry_for_s));
        };
    });
}

void add_reading(CLI::App& app, command_line& line) {
    auto* get_cmd = app.add_subcommand("get", "Show a batch or a job");
    get_cmd->add_option("NAME", line.name, "batch or job")->required();
    add_output(get_cmd, line);
    get_cmd->callback([&line] {
        line.chosen = [&line](const connection& to) { return get(to, line.name, line.json()); };
    });

    auto* list_cmd = app.add_subcommand("list", "List batches, or jobs");
    list_cmd->add_option("WHAT", line.list.what, "batches (default) or jobs")
        ->check(CLI::IsMember({"batches", "jobs"}));
    list_cmd->add_option("BATCH", line.list.batch, "jobs: of this batch only");
    list_cmd->add_option(
        "--state", line.list.states,
        "only these states: active, ended; for jobs queued, failed, needs-operator, ...");
    list_cmd->add_option("--limit", line.list.limit, "at most so many")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    add_output(list_cmd, line);
    list_cmd->callback([&line] {
        line.list.json = line.json();
        line.chosen = [&line](const connection& to) { return list(to, line.list); };
    });

    auto* endpoints_cmd = app.add_subcommand("endpoints", "List the upstream servers");
    add_output(endpoints_cmd, line);
    endpoints_cmd->callback([&line] {
        line.chosen = [&line](const connection& to) { return list_endpoints(to, line.json()); };
    });
}

void add_steering(CLI::App& app, command_line& line) {
    auto* cancel_cmd = app.add_subcommand("cancel", "Cancel a batch or a job");
    cancel_cmd->add_option("NAME", line.name, "batch or job")->required();
    cancel_cmd->callback(
        [&line] { line.chosen = [&line](const connection& to) { return cancel(to, line.name); }; });

    auto* retry_cmd = app.add_subcommand("retry", "Queue what failed in a batch again");
    retry_cmd->add_option("BATCH", line.name)->required();
    retry_cmd->add_flag("--cancelled", line.cancelled_too, "and what was cancelled");
    retry_cmd->callback([&line] {
        line.chosen = [&line](const connection& to) {
            return retry(to, line.name, line.cancelled_too);
        };
    });
}

void add_resolve(CLI::App& app, command_line& line) {
    auto* cmd = app.add_subcommand("resolve", "Say what becomes of a job that needs an operator");
    resolve_options& o = line.resolve;
    cmd->add_option("JOB", o.job)->required();
    auto* word = cmd->add_option_group("RESOLUTION");
    word->add_option("--adopt", o.adopt, "it succeeded: this VM is the job's")
        ->type_name("VM")
        ->check(CLI::Validator(
            [](const std::string& vm) { return vm.empty() ? "no VM is named" : std::string(); },
            ""));
    word->add_option("--abandon", o.abandon, "it failed, for this reason; a retry is allowed")
        ->type_name("[REASON]")
        ->expected(0, 1);
    word->add_flag("--look-again", o.look_again, "look at the evidence anew");
    word->require_option(1);
    cmd->callback([&line] {
        line.chosen = [&line](const connection& to) { return resolve(to, line.resolve); };
    });
}

void add_lanes(CLI::App& app, command_line& line) {
    auto* lanes = app.add_subcommand("lanes", "List, pause, resume and limit lanes");
    add_output(lanes, line);
    lanes->callback([&line] {
        // A subcommand of `lanes` has spoken already.
        if (line.chosen) return;
        line.chosen = [&line](const connection& to) { return list_lanes(to, line.json()); };
    });

    auto* pause = lanes->add_subcommand("pause", "Send nothing more in a lane; what runs goes on");
    pause->add_option("LANE", line.name)->required();
    pause->add_option("--reason", line.reason, "shown to whoever asks why a job waits")->required();
    pause->immediate_callback();
    pause->callback([&line] {
        line.chosen = [&line](const connection& to) {
            return pause_lane(to, line.name, line.reason);
        };
    });

    auto* resume = lanes->add_subcommand("resume", "Undo pause");
    resume->add_option("LANE", line.name)->required();
    resume->immediate_callback();
    resume->callback([&line] {
        line.chosen = [&line](const connection& to) { return resume_lane(to, line.name); };
    });

    auto* limit = lanes->add_subcommand("limit", "Set the most that may be in flight");
    limit->add_option("LANE", line.name)->required();
    limit->add_option("LIMIT", line.limit, "a number, or default")->required();
    limit->immediate_callback();
    limit->callback([&line] {
        line.chosen = [&line](const connection& to) {
            return limit_lane(to, line.name, line.limit);
        };
    });
}

int run(int argc, char** argv) {
    CLI::App app("Hands batches of clone and restore jobs to cloned, shows and steers them.");
    command_line line;
    app.require_subcommand(1);
    app.footer(footer);
    app.fallthrough();  // --address may stand behind the command, too
    add_connection(app, line);
    add_submit(app, line);
    add_watch(app, line);
    add_reading(app, line);
    add_steering(app, line);
    add_resolve(app, line);
    add_lanes(app, line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? exit_ok : exit_refused;
    }
    const auto to = connection::open(line.connect);
    if (!to) return report(exit_refused, to.error().message());
    return line.chosen(**to);
}

}  // namespace
}  // namespace cloned::clonectl

int main(int argc, char** argv) {
    return cloned::clonectl::run(argc, argv);
}
