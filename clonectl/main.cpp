// clonectl: the command line. Each command's work is done in the file of its name.

#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/job_file.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <utility>
#include <vector>

namespace cloned::clonectl {
namespace {

constexpr const char* footer =
    "A batch is named by its UUID, or by batches/UUID as submit prints it; a job by\n"
    "UUID/KEY, where KEY is the job's key in its file; a lane by its number or by\n"
    "ENDPOINT/CLUSTER/KIND, as lanes lists them. clonectl COMMAND --help tells more.\n\n"
    "Exit codes: 0 all is well; 1 a job failed, was cancelled or needs an operator;\n"
    "2 wrong use, or input that the daemon refuses; 3 no daemon answers; 4 any other\n"
    "error.";

struct command_line;
using command = exit_code (*)(const connection&, const command_line&);

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
    // The commands of a command stand after it.
    std::vector<std::pair<const CLI::App*, command>> commands;

    bool json() const { return output == "json"; }

    command chosen() const {
        command last = nullptr;
        for (const auto& [app, work] : commands) {
            if (app->parsed()) last = work;
        }
        return last;
    }
};

CLI::App* add_command(
    CLI::App& app, command_line& line, const char* name, const char* help, command work) {
    CLI::App* added = app.add_subcommand(name, help);
    line.commands.emplace_back(added, work);
    return added;
}

void add_name(CLI::App* cmd, command_line& line, const char* what, const char* help) {
    cmd->add_option(what, line.name, help)->required();
}

void add_output(CLI::App* cmd, command_line& line) {
    cmd->add_option("-o,--output", line.output, "text, or json for programs")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
}

void add_connection(CLI::App& app, command_line& line) {
    connection_options& o = line.connect;
    app.add_option("--address", o.address, "where the daemon listens: unix:/path or host:port")
        ->envname("CLONED_ADDRESS")
        ->capture_default_str();
    app.add_option("--tls-ca", o.tls_ca, "certificate of the authority to trust (PEM file)")
        ->envname("CLONED_TLS_CA");
    app.add_option("--tls-cert", o.tls_cert, "your own certificate (PEM file)")
        ->envname("CLONED_TLS_CERT");
    app.add_option("--tls-key", o.tls_key, "its private key (PEM file)")->envname("CLONED_TLS_KEY");
    app.add_option("--tenant", o.tenant,
                   "act for this tenant; over TLS the certificate\n"
                   "names it")
        ->envname("CLONED_TENANT");
}

void add_submit(CLI::App& app, command_line& line) {
    auto* cmd = add_command(
        app, line, "submit", "Submit a file of jobs; prints the batch's name",
        [](const connection& to, const command_line& said) { return submit(to, said.submit); });
    submit_options& o = line.submit;
    cmd->add_option("FILE", o.file, "JSON or CSV; - for standard input")->required();
    cmd->add_option("--request-id", o.request_id,
                    "UUID of this request; submitting again with the\n"
                    "same one does no work twice (default: the\n"
                    "file's, else a random one)");
    cmd->add_option("--name", o.name, "name of the batch, for people");
    cmd->add_flag("--validate-only", o.validate_only, "check the jobs, start nothing");
    cmd->add_flag("--adopt-leftovers", o.adopt_leftovers,
                  "take a VM that a failed attempt has left for the\n"
                  "job's if it is complete (default: leave it)");
    cmd->add_flag("--watch", o.watch, "then show progress until all jobs have ended");
    cmd->add_option("--retry-for", o.retry_for_s,
                    "seconds to wait for a daemon that does not answer\n"
                    "(default: 0 to submit, 300 to watch)")
        ->check(CLI::Range(0, 86'400));
    cmd->footer(concat(
        "JSON: {\"jobs\": [JOB, ...]}, or the list alone; JOB is a JobSpec of job.proto:\n"
        "  [{\"key\": \"web-1\", \"cluster\": \"domain-c8\",\n"
        "    \"linkedClone\": {\"vm\": \"vm-42\", \"snapshot\": \"ID\", \"name\": \"web-1\"}}]\n"
        "CSV: the first line names the columns, each other line is a job:\n"
        "  key,kind,cluster,vm,snapshot,name\n"
        "  web-1,linked_clone,domain-c8,vm-42,ID,web-1\n"
        "CSV columns: ",
        csv_columns(), "."));
}

void add_watch(CLI::App& app, command_line& line) {
    auto* cmd = add_command(app, line, "watch", "Show the progress of a batch until it has ended",
                            [](const connection& to, const command_line& said) {
                                return watch(to, said.name, std::chrono::seconds(said.retry_for_s));
                            });
    add_name(cmd, line, "BATCH", "UUID of the batch");
    cmd->add_option("--retry-for", line.retry_for_s,
                    "seconds to wait for a daemon that does not answer")
        ->check(CLI::Range(0, 86'400))
        ->capture_default_str();
}

void add_get(CLI::App& app, command_line& line) {
    auto* cmd = add_command(app, line, "get", "Show a batch, or a job and why it waits",
                            [](const connection& to, const command_line& said) {
                                return get(to, said.name, said.json());
                            });
    add_name(cmd, line, "NAME", "batch (its UUID) or job (UUID/KEY)");
    add_output(cmd, line);
}

void add_list(CLI::App& app, command_line& line) {
    auto* cmd = add_command(app, line, "list", "List batches, newest first, or jobs",
                            [](const connection& to, const command_line& said) {
                                list_options options = said.list;
                                options.json = said.json();
                                return list(to, options);
                            });
    list_options& o = line.list;
    cmd->add_option("WHAT", o.what, "batches (default) or jobs")
        ->check(CLI::IsMember({"batches", "jobs"}));
    cmd->add_option("BATCH", o.batch, "for jobs: only those of this batch");
    cmd->add_option("--state", o.states,
                    "only these states, separated by commas; for\n"
                    "batches active or ended, for jobs queued, failed,\n"
                    "needs-operator and so on")
        ->delimiter(',')
        ->allow_extra_args(false);
    cmd->add_option("--limit", o.limit, "show at most this number")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    add_output(cmd, line);
}

void add_cancel(CLI::App& app, command_line& line) {
    auto* cmd = add_command(
        app, line, "cancel", "Cancel a batch or a job, running ones if possible",
        [](const connection& to, const command_line& said) { return cancel(to, said.name); });
    add_name(cmd, line, "NAME", "batch (its UUID) or job (UUID/KEY)");
}

void add_retry(CLI::App& app, command_line& line) {
    auto* cmd = add_command(app, line, "retry", "Queue the failed jobs of a batch again",
                            [](const connection& to, const command_line& said) {
                                return retry(to, said.name, said.cancelled_too);
                            });
    add_name(cmd, line, "BATCH", "UUID of the batch");
    cmd->add_flag("--cancelled", line.cancelled_too, "also the cancelled ones");
}

void add_resolve(CLI::App& app, command_line& line) {
    auto* cmd = add_command(
        app, line, "resolve", "Say what becomes of a job that needs an operator",
        [](const connection& to, const command_line& said) { return resolve(to, said.resolve); });
    resolve_options& o = line.resolve;
    cmd->add_option("JOB", o.job, "UUID/KEY of the job")->required();
    auto* word = cmd->add_option_group("RESOLUTION");
    word->add_option("--adopt", o.adopt, "it succeeded, and this VM is the one that it made")
        ->type_name("VM")
        ->check(CLI::Validator(
            [](const std::string& vm) { return vm.empty() ? "no VM is named" : std::string(); },
            ""));
    word->add_option("--abandon", o.abandon, "it failed, for this reason; it may be retried")
        ->type_name("[REASON]")
        ->expected(0, 1);
    word->add_flag("--look-again", o.look_again, "look for its VM upstream once more");
    word->require_option(1);
}

void add_lanes(CLI::App& app, command_line& line) {
    auto* lanes = add_command(
        app, line, "lanes", "List the lanes and their limits; pause or limit one",
        [](const connection& to, const command_line& said) { return list_lanes(to, said.json()); });
    add_output(lanes, line);
    auto* pause =
        add_command(*lanes, line, "pause", "Send no more jobs; what runs upstream goes on",
                    [](const connection& to, const command_line& said) {
                        return pause_lane(to, said.name, said.reason);
                    });
    add_name(pause, line, "LANE", "number of the lane, or ENDPOINT/CLUSTER/KIND");
    pause->add_option("--reason", line.reason, "is shown with each job that waits for it")
        ->required();

    auto* resume = add_command(
        *lanes, line, "resume", "Send jobs in a paused lane again",
        [](const connection& to, const command_line& said) { return resume_lane(to, said.name); });
    add_name(resume, line, "LANE", "number of the lane, or ENDPOINT/CLUSTER/KIND");

    auto* limit = add_command(*lanes, line, "limit", "Set how many jobs of a lane may run at once",
                              [](const connection& to, const command_line& said) {
                                  return limit_lane(to, said.name, said.limit);
                              });
    add_name(limit, line, "LANE", "number of the lane, or ENDPOINT/CLUSTER/KIND");
    limit->add_option("LIMIT", line.limit, "1 to 10000, or default for that of the configuration")
        ->required();
    lanes->footer(
        "A lane is all jobs of one kind on one cluster of an endpoint. IN FLIGHT never\n"
        "exceeds its CEILING: what the upstream was found to bear (\"learned\"), at most\n"
        "the LIMIT of the configuration or of `clonectl lanes limit` (\"set\").");
}

void add_endpoints(CLI::App& app, command_line& line) {
    auto* cmd = add_command(app, line, "endpoints",
                            "List the upstream servers and their health; log in to one",
                            [](const connection& to, const command_line& said) {
                                return list_endpoints(to, said.json());
                            });
    add_output(cmd, line);
    auto* login =
        add_command(*cmd, line, "login", "Log in now, where a login was refused and is put off",
                    [](const connection& to, const command_line& said) {
                        return login_endpoint(to, said.name);
                    });
    add_name(login, line, "NAME", "name of the endpoint");
    cmd->footer(
        "A login that is refused is tried twice and then once in ten minutes, so that\n"
        "the account is not locked. `clonectl endpoints login NAME`, or a reload of the\n"
        "daemon after its password file has changed, tries it at once.");
}

int run(int argc, char** argv) {
    CLI::App app("Submits batches of clone and restore jobs to cloned, shows and controls them.",
                 "clonectl");
    command_line line;
    app.fallthrough();  // --address may stand after the command, too
    // One at the most, here and in each command: the name of another one is then a word like any
    // other.
    app.require_subcommand(0, 1);
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.set_help_flag("-h,--help", "print this help, and end");
    app.set_version_flag("--version", "clonectl " CLONED_VERSION, "print the version, and end");
    add_connection(app, line);
    add_submit(app, line);
    add_watch(app, line);
    add_get(app, line);
    add_list(app, line);
    add_cancel(app, line);
    add_retry(app, line);
    add_resolve(app, line);
    add_lanes(app, line);
    add_endpoints(app, line);
    app.footer(footer);  // here, for commands inherit the footer that they find
    try {
        app.parse(argc, argv);
    } catch (const CLI::ExtrasError& problem) {
        if (!app.get_subcommands().empty()) return app.exit(problem), exit_refused;
        return report(exit_refused,
                      concat("there is no command or option \"", app.remaining().front(),
                             "\"; clonectl --help lists them"));
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? exit_ok : exit_refused;
    }
    const command work = line.chosen();
    if (work == nullptr) {
        return report(exit_refused, "a command is required; clonectl --help lists them");
    }
    const auto to = connection::open(line.connect);
    if (!to) return report(exit_refused, to.error().message());
    const exit_code code = work(**to, line);
    if (std::cout.flush()) return code;
    return report(exit_other, "cannot write to standard output");
}

}  // namespace
}  // namespace cloned::clonectl

int main(int argc, char** argv) {
    return cloned::clonectl::run(argc, argv);
}
