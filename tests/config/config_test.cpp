#include "daemon/config/load.hpp"
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
    EXPECT_EQ(c->listen[0].address, "unix:/tmp/cloned.sock");
    EXPECT_EQ(c->listen[0].socket_mode, 0600U);
    EXPECT_FALSE(c->listen[0].tls);
    EXPECT_EQ(c->listen[1].address, "[::]:7443");
    ASSERT_TRUE(c->listen[1].tls);
    EXPECT_EQ(c->listen[1].tls->certificate, places_.directory + "/cert.pem");
    EXPECT_EQ(c->listen[1].tls->key, places_.directory + "/key.pem");
    EXPECT_EQ(c->listen[1].tls->client_ca, places_.directory + "/ca.pem");
}

TEST_F(Config, EndpointSettingsReachTheBackendAndTheScheduler) {
    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    ASSERT_EQ(c->endpoints.size(), 2U);
    const backends::backend_options& vc = c->endpoints[0];
    EXPECT_EQ(vc.vcenter.speaks, backends::vapi::flavour::rest);
    EXPECT_EQ(vc.auth, backends::auth_kind::basic);
    EXPECT_EQ(vc.user, "svc@vsphere.local");
    EXPECT_EQ(vc.password, "hunter2");
    EXPECT_EQ(vc.http.host, "vc.example.com");
    EXPECT_EQ(vc.http.port, 8443);
    EXPECT_TRUE(vc.http.tls);
    EXPECT_EQ(vc.http.max_connections, 4U);
    EXPECT_EQ(vc.info.request_timeout, milliseconds(5000));
    EXPECT_EQ(vc.http.trust.ca_file, places_.directory + "/ca.pem");
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

    const backends::backend_options& snap = c->endpoints[1];
    EXPECT_EQ(snap.info.kind, endpoint_kind::snapservice);
    EXPECT_EQ(snap.info.inventory, "vc-1");
    EXPECT_EQ(snap.auth, backends::auth_kind::vcenter_session);
    EXPECT_FALSE(snap.http.tls);
    EXPECT_EQ(snap.http.port, 9000);
    EXPECT_EQ(snap.info.lane_limit[1], 1000);
}

constexpr std::string_view other_kinds = R"(
[[endpoint]]
name = "vc-1"
kind = "vcenter"
address = "https://vc"
user = "u"
password_file = "password"

[[endpoint]]
name = "guests"
kind = "vi_json"
address = "https://vc"
auth = "vcenter-session"
inventory = "vc-1"
release = "8.0.3.0"
forgotten_task_wait = "7min"

[[endpoint]]
name = "cloud"
kind = "zstack"
address = "https://zs"
auth = "access-key"
user = "key-1"
password_file = "password"
clock_zone = "-03:30"
names_per_call = 4
refuses_known_jobs = false

[[endpoint]]
name = "cloud-2"
kind = "zstack"
address = "https://zs2"
user = "u"
password_file = "password"
task_timeout = "0s"

[[credential]]
name = "root"
file = "password"
)";

TEST_F(Config, PlainHttpIsAllowedByNameAndToldLoudly) {
    const std::string zstack =
        "[[endpoint]]\nname = \"cloud\"\nkind = \"zstack\"\naddress = \"http://10.0.0.5:8080\"\n"
        "plain_http = true\nnic_params = \"string\"\nuser = \"u\"\npassword_file = \"password\"\n";

    const config_result session = parse_config(zstack, places_);
    const config_result key = parse_config(zstack + "auth = \"access-key\"\n", places_);

    ASSERT_TRUE(session && key) << text_of(session) << text_of(key);
    const auto& cloud = session->endpoints[0];
    EXPECT_FALSE(cloud.http.tls);
    EXPECT_EQ(cloud.http.port, 8080);
    EXPECT_TRUE(cloud.info.plain_http);
    EXPECT_EQ(cloud.zstack.nic_params, backends::zstack::nic_form::text);
    ASSERT_EQ(warnings_of(*session).size(), 1U);
    EXPECT_NE(warnings_of(*session)[0].find("can read what it logs in with"), std::string::npos);
    ASSERT_EQ(warnings_of(*key).size(), 1U);
    EXPECT_NE(warnings_of(*key)[0].find("the secret does not travel"), std::string::npos);
    EXPECT_TRUE(warnings_of(*parse_config(full, places_)).empty());
}

TEST_F(Config, WhatOneKindAloneKnowsReachesItsBackend) {
    const config_result c = parse_config(other_kinds, places_);

    ASSERT_TRUE(c) << text_of(c);
    ASSERT_EQ(c->endpoints.size(), 4U);
    const backends::backend_options& vc = c->endpoints[0];
    EXPECT_EQ(vc.info.forgotten_task_wait, milliseconds(0));
    EXPECT_TRUE(vc.vi_json.credentials.empty());
    const backends::backend_options& guests = c->endpoints[1];
    EXPECT_EQ(guests.vi_json.release, "8.0.3.0");
    EXPECT_EQ(guests.vi_json.credentials.at("root"), "hunter2");
    EXPECT_EQ(guests.info.credentials, std::vector<std::string>{"root"});
    EXPECT_EQ(guests.info.forgotten_task_wait, milliseconds(420'000));
    const backends::backend_options& cloud = c->endpoints[2];
    EXPECT_EQ(cloud.auth, backends::auth_kind::access_key);
    EXPECT_EQ(cloud.zstack.clock_offset, std::chrono::minutes(-210));
    EXPECT_FALSE(cloud.zstack.refuses_known_tasks);
    EXPECT_EQ(cloud.info.names_per_call, 4);
    EXPECT_EQ(cloud.info.inventory, "cloud");
    EXPECT_EQ(cloud.info.task_timeout, std::chrono::hours(37));
    EXPECT_EQ(c->endpoints[3].info.task_timeout, milliseconds(0));
}

TEST_F(Config, AnEmptyFileIsTheDefaultDaemon) {
    const config_result c = parse_config("", places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->daemon.database, "/var/lib/cloned/cloned.db");
    EXPECT_EQ(c->daemon.retention_days, 30);
    ASSERT_EQ(c->listen.size(), 1U);
    EXPECT_EQ(c->listen[0].address, "unix:/run/cloned/cloned.sock");
    EXPECT_EQ(c->listen[0].socket_mode, 0660U);
    EXPECT_TRUE(c->endpoints.empty());
}

TEST_F(Config, ThePrintedDefaultsAreAcceptedAndChangeNothing) {
    const config_result c = parse_config(default_config_text(), places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->daemon.shutdown_grace, daemon_config().shutdown_grace);
    EXPECT_EQ(c->limits.age_floor, limits_config().age_floor);
    EXPECT_EQ(c->listen[0].address, "unix:/run/cloned/cloned.sock");
}

TEST_F(Config, ThePrintedDefaultsAreAcceptedForAnEndpointToo) {
    std::string text;
    std::istringstream lines(default_config_text());
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("# ")) text += line.substr(line.starts_with('#') ? 1 : 0) + "\n";

    const config_result c = parse_config(text, places_);

    ASSERT_FALSE(c) << "an endpoint without a name is none";
    for (const auto& problem : c.error())
        EXPECT_EQ(problem.message.find("no such"), std::string::npos) << to_string(problem, "c");
}

TEST_F(Config, ASecretIsTakenFromTheCredentialsFirst) {
    places_.credentials = places_.directory + "/credentials";
    std::filesystem::create_directory(places_.credentials);
    write("credentials/password", "from systemd", 0400);

    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->endpoints[0].password, "from systemd");
}

TEST_F(Config, OneNewlineAfterASecretIsDroppedAndBlanksWithinAreKept) {
    write("password", "hunter 2\r\n", 0600);

    const config_result c = parse_config(full, places_);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->endpoints[0].password, "hunter 2");
}

// Five logins with what an editor or a mail has put around a password lock the account.
TEST_F(Config, WhatStandsAroundASecretByMistakeIsNamedWithItsRemedy) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"\xEF\xBB\xBFhunter2\n", "byte order mark; save it as UTF-8"},
        {std::string("\xFF\xFEh\0u\0", 6), "UTF-16; save it as UTF-8"},
        {"hunter2\n\n", "empty line before or after"},
        {"\nhunter2\n", "empty line before or after"},
        {"hunter2\r\n\r\n", "empty line before or after"},
        {" hunter2\n", "blank before or after"},
        {"hunter2 ", "blank before or after"},
        {"hunter2\t\n", "blank before or after"},
        {"hunter2\xC2\xA0\n", "blank before or after"},
        {"hunter2\xE2\x80\x8B\n", "blank before or after"},
        {"hunter2\xEF\xBB\xBF\n", "blank before or after"},
    };
    for (const auto& [content, remedy] : wrong) {
        write("password", content, 0600);

        const config_result c = parse_config(full, places_);

        ASSERT_FALSE(c) << remedy;
        EXPECT_NE(text_of(c).find(remedy), std::string::npos) << text_of(c);
        EXPECT_NE(text_of(c).find(places_.directory + "/password"), std::string::npos);
        EXPECT_EQ(text_of(c).find("hunter2"), std::string::npos);
    }
}

TEST_F(Config, AnAccountAtTheTokenServiceOfItsVCenter) {
    const std::string text(full);
    const std::string before = "auth = \"vcenter-session\"\n";
    const auto with = [&](const std::string& more) {
        std::string out = text;
        out.replace(out.find(before), before.size(),
                    "user = \"svc:x@vsphere.local\"\npassword_file = \"password\"\n" + more);
        return parse_config(out, places_);
    };

    const config_result usual = with("auth = \"saml\"\n");
    ASSERT_TRUE(usual) << text_of(usual);
    EXPECT_EQ(usual->endpoints[1].auth, backends::auth_kind::saml);
    EXPECT_EQ(usual->endpoints[1].password, "hunter2");
    EXPECT_EQ(usual->endpoints[1].sts.target, "/sts/STSService");
    EXPECT_FALSE(usual->endpoints[1].sts.elsewhere);

    const config_result same =
        with("auth = \"session-saml\"\nsts = \"https://vc.example.com:8443/sts/STSService/x\"\n");
    ASSERT_TRUE(same) << text_of(same);
    EXPECT_EQ(same->endpoints[1].sts.target, "/sts/STSService/x");
    EXPECT_FALSE(same->endpoints[1].sts.elsewhere) << "the way to the inventory leads there";

    const config_result other = with("auth = \"saml\"\nsts = \"https://sso.example.com/sts\"\n");
    ASSERT_TRUE(other) << text_of(other);
    ASSERT_TRUE(other->endpoints[1].sts.elsewhere);
    EXPECT_EQ(other->endpoints[1].sts.elsewhere->host, "sso.example.com");
}

TEST_F(Config, AFileIsReadWithItsOwnFolderForTheFilesItNames) {
    const std::string path = write("cloned.toml", full, 0644);

    const config_result c = load_config(path);

    ASSERT_TRUE(c) << text_of(c);
    EXPECT_EQ(c->endpoints[0].password, "hunter2");
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
    expect_shown(text, credential_table());
    expect_shown(text, endpoint_table());
    expect_shown(text, kind_table());
}

}  // namespace
}  // namespace cloned
