#include "daemon/config/config.hpp"
#include "daemon/config/settings.hpp"
#include "tests/config/config_files_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace cloned {
namespace {

constexpr std::string_view full = R"(
[daemon]
database = "/tmp/cloned.db"
log_level = "debug"
retention_days = 0
shutdown_grace = "500ms"
min_free_mib = 1
checkpoint_kib = 64
max_unfinished_jobs = 7

[limits]
max_message_mib = 2
max_attempts = 5
max_watchers = 3
age_floor = "1min"

[[listen]]
address = "unix:/tmp/cloned.sock"
mode = "0600"

[[listen]]
address = "[::]:7443"
tls_cert = "cert.pem"
tls_key = "key.pem"
client_ca = "ca.pem"

[[endpoint]]
name = "vc-1"
kind = "vcenter"
address = "https://vc.example.com:8443"
flavour = "rest"
user = "svc@vsphere.local"
password_file = "password"
ca_file = "ca.pem"
default_cluster = "domain-c8"
default_folder = "group-v3"
max_in_flight = 100
max_per_source = 8
max_connections = 4
poll_interval_min = "100ms"
poll_interval_max = "2s"
request_timeout = "5s"
quiesce = "0s"
[endpoint.limit]
vcenter_clone = 33
[endpoint.cost]
power_on = 2

[[endpoint]]
name = "snap"
kind = "snapservice"
address = "http://127.0.0.1:9000"
auth = "vcenter-session"
inventory = "vc-1"
)";

// The problems in one text, so that a failed expectation shows them.
std::string text_of(const config_result& result) {
    std::string out;
    if (!result) {
        for (const auto& problem : result.error()) out += to_string(problem, "c") + "\n";
    }
    return out;
}

TEST_F(Config, EverySettingArrivesWhereItBelongs) {
    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->daemon.database, "/tmp/cloned.db");
    EXPECT_EQ(c->daemon.log_level, log::level::debug);
    EXPECT_EQ(c->daemon.retention_days, 0);
    EXPECT_EQ(c->daemon.shutdown_grace, milliseconds(500));
    EXPECT_EQ(c->daemon.min_free_mib, 1);
    EXPECT_EQ(c->daemon.checkpoint_kib, 64);
    EXPECT_EQ(c->daemon.max_unfinished_jobs, 7);
    EXPECT_EQ(c->limits.max_message_mib, 2);
    EXPECT_EQ(c->limits.max_attempts, 5);
    EXPECT_EQ(c->limits.max_watchers, 3);
    EXPECT_EQ(c->limits.age_floor, milliseconds(60'000));
    ASSERT_EQ(c->listen.size(), 2U);
    EXPECT_EQ(c->listen[0].socket_path, "/tmp/cloned.sock");
    EXPECT_EQ(c->listen[0].mode, 0600U);
    EXPECT_EQ(c->listen[1].host, "::");
    EXPECT_EQ(c->listen[1].port, 7443);
    EXPECT_EQ(c->listen[1].tls_key, places_.directory + "/key.pem");
    EXPECT_EQ(c->listen[1].client_ca, places_.directory + "/ca.pem");
}

TEST_F(Config, EndpointSettingsReachTheBackendAndTheScheduler) {
    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    ASSERT_EQ(c->endpoints.size(), 2U);
    const endpoint_config& vc = c->endpoints[0];
    EXPECT_EQ(vc.flavour, rest_flavour::rest);
    EXPECT_EQ(vc.auth.kind, auth_kind::session_basic);
    EXPECT_EQ(vc.auth.password, "hunter2");
    EXPECT_EQ(vc.client.host, "vc.example.com");
    EXPECT_EQ(vc.client.port, 8443);
    EXPECT_TRUE(vc.client.tls);
    EXPECT_EQ(vc.client.max_connections, 4U);
    EXPECT_EQ(vc.client.request_timeout, milliseconds(5000));
    EXPECT_EQ(vc.client.trust.ca_file, places_.directory + "/ca.pem");
    EXPECT_EQ(vc.info.inventory, "vc-1");
    EXPECT_EQ(vc.info.default_cluster, "domain-c8");
    EXPECT_EQ(vc.info.default_folder, "group-v3");
    EXPECT_EQ(vc.info.max_in_flight, 100);
    EXPECT_EQ(vc.info.max_per_source, 8);
    EXPECT_EQ(vc.info.poll_interval_min, milliseconds(100));
    EXPECT_EQ(vc.info.poll_interval_max, milliseconds(2000));
    EXPECT_EQ(vc.info.quiesce, milliseconds(0));
    EXPECT_EQ(vc.info.lane_limit[0], 33);
    EXPECT_EQ(vc.info.lane_limit[3], 50);
    EXPECT_EQ(vc.info.cost[0], 1);
    EXPECT_EQ(vc.info.cost[3], 2);

    const endpoint_config& snap = c->endpoints[1];
    EXPECT_EQ(snap.info.kind, endpoint_kind::snapservice);
    EXPECT_EQ(snap.info.inventory, "vc-1");
    EXPECT_EQ(snap.auth.session_endpoint, "vc-1");
    EXPECT_FALSE(snap.client.tls);
    EXPECT_EQ(snap.client.port, 9000);
    EXPECT_EQ(snap.info.lane_limit[1], 1000);
}

TEST_F(Config, AnEmptyFileIsTheDefaultDaemon) {
    const config_result c = parse_config("", places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->daemon.database, "/var/lib/cloned/cloned.db");
    EXPECT_EQ(c->daemon.retention_days, 30);
    ASSERT_EQ(c->listen.size(), 1U);
    EXPECT_EQ(c->listen[0].socket_path, "/run/cloned/cloned.sock");
    EXPECT_EQ(c->listen[0].mode, 0660U);
    EXPECT_TRUE(c->endpoints.empty());
}

TEST_F(Config, ThePrintedDefaultsAreAcceptedAndChangeNothing) {
    const config_result c = parse_config(default_config_text(), places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->daemon.shutdown_grace, daemon_config().shutdown_grace);
    EXPECT_EQ(c->limits.age_floor, limits_config().age_floor);
    EXPECT_EQ(c->listen[0].socket_path, "/run/cloned/cloned.sock");
}

TEST_F(Config, ASecretIsTakenFromTheCredentialsFirst) {
    places_.credentials = places_.directory + "/credentials";
    std::filesystem::create_directory(places_.credentials);
    write("credentials/password", "from systemd", 0400);

    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->endpoints[0].auth.password, "from systemd");
}

TEST_F(Config, OneNewlineAfterASecretIsDroppedAndBlanksAreKept) {
    write("password", " hunter2 \r\n", 0600);

    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->endpoints[0].auth.password, " hunter2 ");
}

TEST_F(Config, AFileIsReadWithItsOwnFolderForTheFilesItNames) {
    const std::string path = write("cloned.toml", full, 0644);

    const config_result c = load_config(path);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->endpoints[0].auth.password, "hunter2");
}

TEST_F(Config, AMissingFileIsAProblemWithoutALine) {
    const config_result c = load_config(places_.directory + "/none.toml");

    ASSERT_FALSE(c);
    EXPECT_EQ(to_string(c.error().front(), "none.toml"),
              "none.toml: cannot read it: No such file or directory");
}

std::string sample() {
    std::ifstream in(CLONED_SAMPLE);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST_F(Config, TheSampleHasNoMistakeButMissingFiles) {
    const config_result c = parse_config(sample(), places_);

    ASSERT_FALSE(c) << "the sample names secrets that do not exist here";
    for (const auto& problem : c.error()) {
        EXPECT_NE(problem.message.find("No such file"), std::string::npos)
            << to_string(problem, "cloned.toml");
    }
}

template <class Section>
void expect_shown(const std::string& text, std::span<const setting<Section>> table) {
    for (const auto& s : table) {
        EXPECT_NE(text.find("\n" + std::string(s.name) + " = "), std::string::npos) << s.name;
    }
}

TEST(ConfigSample, ShowsEverySetting) {
    std::string text = sample();
    for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos;)
        text.erase(at + 1, 1);

    expect_shown(text, daemon_table());
    expect_shown(text, limits_table());
    expect_shown(text, listen_table());
    expect_shown(text, endpoint_table());
    expect_shown(text, kind_table());
}

}  // namespace
}  // namespace cloned
