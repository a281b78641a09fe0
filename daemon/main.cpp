// cloned: takes batches of clone and restore jobs over gRPC and drives them to their end.

#include "daemon/app.hpp"
#include "daemon/config/load.hpp"
#include "daemon/copies.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

constexpr const char* usage =
    "Clones and restores virtual machines in bulk: takes batches of jobs over gRPC,\n"
    "keeps them in a durable queue, and drives vCenter, the vSAN snapshot service\n"
    "and ZStack at the rate that they can bear.";
constexpr const char* footer =
    "Exit codes: 0 stopped as asked; 1 could not start; 2 wrong use or a mistake in the\n"
    "configuration; 70 the database could not be written any more.\n"
    "Signals: SIGTERM and SIGINT stop it in seconds; what runs upstream goes on and is\n"
    "taken up at the next start. SIGHUP reads the log level again.\n"
    "See also: clonectl --help, /etc/cloned/cloned.toml";

// Reports every mistake, one a line, in the form that editors and compilers use.
int report(const std::vector<cloned::config_problem>& problems, const std::string& file) {
    for (const auto& problem : problems)
        std::fprintf(stderr, "%s\n", to_string(problem, file).c_str());
    return cloned::exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App options{usage, "cloned"};
    options.footer(footer);
    std::string file = "/etc/cloned/cloned.toml";
    bool check_only = false;
    bool print_default = false;
    options.add_option("-c,--config", file, "the configuration file")
        ->envname("CLONED_CONFIG")
        ->capture_default_str();
    options.add_flag("--check-config", check_only,
                     "check the configuration, print every mistake, and end");
    options.add_flag("--print-default-config", print_default,
                     "print a configuration file with every setting at its default, and end");
    auto* backup = options.add_subcommand(
        "backup", "Copy the database into a new file, while the daemon runs or not, and end");
    std::string copy;
    bool verify = false;
    backup->add_option("FILE", copy, "the file to write; it must not exist")->required();
    backup->add_flag(
        "--verify", verify,
        "open the copy and check all of it; one that is there already is checked only");
    auto* restore = options.add_subcommand(
        "restore",
        "Check a copy and put it in the place of the database, which no daemon may have\n"
        "open; what it replaces is kept under a dated name; and end");
    restore->add_option("FILE", copy, "a copy that `cloned backup` made")->required();
    options.set_version_flag("--version", "cloned " CLONED_VERSION, "print the version, and end");
    try {
        options.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return options.exit(e) == 0 ? 0 : cloned::exit_usage;
    }
    if (print_default) {
        std::fputs(cloned::default_config_text().c_str(), stdout);
        return 0;
    }
    auto settings = cloned::load_config(file);
    if (!settings) return report(settings.error(), file);
    if (check_only) {
        for (const auto& warning : cloned::warnings_of(*settings))
            std::printf("%s: warning: %s\n", file.c_str(), warning.c_str());
        std::printf("%s: no mistakes\n", file.c_str());
        return 0;
    }
    if (*backup) return cloned::back_up(settings->daemon, copy, verify);
    if (*restore) return cloned::restore(settings->daemon, copy);
    return cloned::run_daemon(std::move(*settings), file);
}
