// cloned-simulator: a simulated vCenter, snapservice appliance and ZStack on loopback ports.

#include "simulator/http/server.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <type_traits>
#include <vector>

namespace {

using namespace cloned::simulator;

constexpr const char* usage =
    "Simulates a vCenter and a snapservice appliance with one inventory, and a ZStack, for trying\n"
    "out and testing cloned. Listens on loopback only.\n\n"
    "  cloned-simulator --vcenter-port 8080 --snapservice-port 8081 --clone-ms 5000\n"
    "  curl -u svc@vsphere.local:secret -X POST http://127.0.0.1:8080/api/session\n"
    "  curl http://127.0.0.1:8080/_sim/inventory\n"
    "  curl http://127.0.0.1:8080/_sim/ledger\n";

struct program_options {
    serve_options serve;
    std::string port_file;
    std::string record_file;
    std::string rules_file;
};

int fail(const std::string& sentence) {
    std::cerr << "cloned-simulator: " << sentence << '\n';
    return 1;
}

std::string option_name(std::string_view setting) {
    std::string name = "--" + std::string(setting);
    std::replace(name.begin() + 2, name.end(), '_', '-');
    return name;
}

void add_options(CLI::App& app, program_options& program, config& settings) {
    app.add_option("--vcenter-port", program.serve.vcenter_port, "0: chosen by the system");
    app.add_option("--snapservice-port", program.serve.snapservice_port, "0: chosen by the system");
    app.add_option("--zstack-port", program.serve.zstack_port, "0: chosen by the system");
    app.add_option("--control-port", program.serve.control_port,
                   "0: chosen by the system; /_sim is served on the other ports as well");
    app.add_option("--port-file", program.port_file, "file to write the `listening` line to");
    app.add_option("--tls-cert", program.serve.tls_cert, "PEM file; serves HTTPS");
    app.add_option("--tls-key", program.serve.tls_key, "PEM file");
    app.add_option("--record", program.record_file, "append each exchange to this file as JSON");
    app.add_flag("--verbose", program.serve.verbose, "a line a request on standard error");
    app.set_version_flag("--version", "cloned-simulator " CLONED_VERSION);
    app.set_config("--config", "", "file of these options, such as clone-ms=5000, a line each");
    app.allow_config_extras(CLI::config_extras_mode::error);
    app.add_option("--rules", program.rules_file,
                   "file with a JSON list of fault rules, as POST /_sim/rules takes them");
    app.add_option("--epoch-ms", settings.epoch_ms, "wall time at the start (default: now)");
    visit_settings(settings, [&](std::string_view name, auto& member, std::string_view help) {
        if constexpr (setting_word<std::remove_reference_t<decltype(member)>>) {
            const auto known = words(member);
            app.add_option_function<std::string>(
                   option_name(name),
                   [&member](const std::string& word) { from_text(word, member); },
                   std::string(help))
                ->check(CLI::IsMember(std::vector<std::string>(known.begin(), known.end())))
                ->default_str(std::string(to_text(member)));
        } else {
            app.add_option(option_name(name), member, std::string(help))->capture_default_str();
        }
    });
}

outcome<void> read_rules_file(const std::string& name, config& settings) {
    std::ifstream file(name);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    boost::json::error_code ec;
    const boost::json::value json = boost::json::parse(text, ec);
    if (!file || ec) return tl::unexpected(invalid_argument("it cannot be read as JSON."));
    auto rules = read_rules(json);
    if (!rules) return tl::unexpected(rules.error());
    settings.rules = std::move(*rules);
    return {};
}

// A reader sees either no file or the whole line.
bool write_port_file(const std::string& name, const std::string& line) {
    const std::string draft = name + ".tmp";
    {
        std::ofstream file(draft);
        file << line << '\n' << std::flush;
        if (!file) {
            return false;
        }
    }
    return std::rename(draft.c_str(), name.c_str()) == 0;
}

int serve(program_options& program, const config& settings) {
    std::optional<recorder> record;
    if (!program.record_file.empty()) {
        record.emplace(program.record_file);
        if (!record->good()) {
            return fail("Cannot write " + program.record_file + ".");
        }
        program.serve.record = &*record;
    }
    boost::asio::io_context io(1);
    model world(settings);
    http_server server(io, world, program.serve);
    const auto ports = server.listen();
    if (!ports) {
        return fail(ports.error());
    }
    const std::string line = "listening vcenter=127.0.0.1:" + std::to_string(ports->vcenter) +
                             " snapservice=127.0.0.1:" + std::to_string(ports->snapservice) +
                             " control=127.0.0.1:" + std::to_string(ports->control) +
                             " zstack=127.0.0.1:" + std::to_string(ports->zstack);
    std::cout << line << std::endl;
    if (!program.port_file.empty() && !write_port_file(program.port_file, line)) {
        return fail("Cannot write " + program.port_file + ".");
    }
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { server.stop(); });
    io.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    program_options program;
    config settings;
    settings.epoch_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
    CLI::App app{usage, "cloned-simulator"};
    add_options(app, program, settings);
    CLI11_PARSE(app, argc, argv);
    if (!program.rules_file.empty()) {
        if (const auto read = read_rules_file(program.rules_file, settings); !read) {
            return fail(program.rules_file + ": " + read.error().text);
        }
    }
    if (const auto ok = check_config(settings); !ok) {
        return fail(ok.error().text);
    }
    return serve(program, settings);
}
