#include "base/text.hpp"
#include "daemon/config/load.hpp"
#include "tests/config/config_files_fixture.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace cloned {
namespace {

constexpr std::string_view vcenter =
    "[[endpoint]]\nname = \"vc\"\nkind = \"vcenter\"\naddress = \"https://vc\"\n"
    "user = \"u\"\npassword_file = \"password\"\n";  // 6 lines

struct mistake {
    std::string text;
    std::int64_t line;
    std::string path;
    std::string message;  // a part of it

    friend std::ostream& operator<<(std::ostream& out, const mistake& m) {
        return out << m.path << ": " << m.message;
    }
};

std::string vc(std::string_view more) {
    return concat(vcenter, more, "\n");
}

std::string snap(std::string_view more) {
    return concat(vcenter, "[[endpoint]]\nname = \"s\"\nkind = \"snapservice\"\n",
                  "address = \"https://s\"\n", more, "\n");  // `more` is line 11
}

std::string tcp(std::string_view more) {
    return concat("[[listen]]\naddress = \"0.0.0.0:1\"\n", more, "\n");
}

const std::string all_tls = "tls_cert=\"cert.pem\"\ntls_key=\"key.pem\"\nclient_ca=\"ca.pem\"\n";

std::vector<mistake> mistakes() {
    const std::string d = "[daemon]\n";
    const std::string e = "endpoint[1]";
    const std::string s = "endpoint[2]";
    const std::string basic = "user = \"u\"\npassword_file = \"password\"\n";
    return {
        {"[daemon", 1, "", ""},
        {"[deamon]\n", 1, "deamon", "did you mean \"daemon\""},
        {"x = 1\n", 1, "x", "no such section"},
        {"daemon = 1\n", 1, "daemon", "must be a table"},
        {"[endpoint]\nname = \"a\"\n", 1, "endpoint", "[[endpoint]]"},
        {"endpoint = [1]\n", 1, "endpoint", "[[endpoint]]"},
        {d + "datbase = \"x\"\n", 2, "daemon.datbase", "did you mean \"database\""},
        {d + "zzzzzzzz = \"x\"\n", 2, "daemon.zzzzzzzz", "there is no such setting"},
        {d + "database = \"\"\n", 2, "daemon.database", "must not be empty"},
        {d + "database = 1\n", 2, "daemon.database", "text in quotes"},
        {d + "database = \"a\\nb\"\n", 2, "daemon.database", "control characters"},
        {d + "log_level = \"loud\"\n", 2, "daemon.log_level", "debug, info, warn or error"},
        {d + "log_level = 3\n", 2, "daemon.log_level", "debug, info, warn or error"},
        {d + "retention_days = -1\n", 2, "daemon.retention_days", "0 to 36500"},
        {d + "retention_days = 1.5\n", 2, "daemon.retention_days", "whole number"},
        {d + "shutdown_grace = 10\n", 2, "daemon.shutdown_grace", "duration such as"},
        {d + "shutdown_grace = \"10\"\n", 2, "daemon.shutdown_grace", "duration such as"},
        {d + "shutdown_grace = \"2h\"\n", 2, "daemon.shutdown_grace", "0s to 10min"},
        {d + "max_unfinished_jobs = 0\n", 2, "daemon.max_unfinished_jobs", "1 to 10000000"},
        {d + "max_live_jobs = 7\n", 2, "daemon.max_live_jobs", "is now max_unfinished_jobs"},
        {"[limits]\nage_floor_s = 600\n", 2, "limits.age_floor_s",
         R"(is now age_floor, a duration such as "10min")"},
        {"[limits]\nage_floor = \"500ms\"\n", 2, "limits.age_floor", "1s to 7d"},
        {"[limits]\nmax_message_mib = 65\n", 2, "limits.max_message_mib", "1 to 64"},
        {"[limits]\nmax_attempts = 21\n", 2, "limits.max_attempts", "1 to 20"},
        {"[[listen]]\nmode = \"0600\"\n", 1, "listen[1].address", "is required"},
        {"[[listen]]\naddress = \"unix:x\"\n", 2, "listen[1].address", "absolute path"},
        {"[[listen]]\naddress = \"unix:/" + std::string(110, 'x') + "\"\n", 2, "listen[1].address",
         "107 bytes"},
        {"[[listen]]\naddress = \"here\"\n", 2, "listen[1].address", "host:port"},
        {"[[listen]]\naddress = \"h:70000\"\n", 2, "listen[1].address", "port"},
        {"[[listen]]\naddress = \"unix:/x\"\nmode = \"0888\"\n", 3, "listen[1].mode", "octal"},
        {"[[listen]]\naddress = \"unix:/x\"\nmode = \"4777\"\n", 3, "listen[1].mode", "octal"},
        {"[[listen]]\naddress = \"unix:/x\"\ntls_cert = \"cert.pem\"\n", 3, "listen[1].tls_cert",
         "TCP only"},
        {"[[listen]]\naddress = \"unix:/x\"\n[[listen]]\naddress = \"unix:/x\"\n", 4,
         "listen[2].address", "twice"},
        {"[[listen]]\naddress = \"127.0.0.1:1\"\nmode = \"0600\"\n", 3, "listen[1].mode",
         "Unix sockets only"},
        {tcp("tls_key = \"key.pem\"\nclient_ca = \"ca.pem\""), 1, "listen[1].tls_cert",
         "other machines"},
        {tcp("tls_cert = \"cert.pem\"\nclient_ca = \"ca.pem\""), 1, "listen[1].tls_key",
         "is required"},
        {tcp("tls_cert = \"cert.pem\"\ntls_key = \"key.pem\""), 1, "listen[1].client_ca",
         "is required"},
        {"[[listen]]\naddress = \"localhost:1\"\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n",
         1, "listen[1].client_ca", "with the other TLS settings"},
        {tcp("tls_cert=\"no.pem\"\ntls_key=\"key.pem\"\nclient_ca=\"ca.pem\""), 3,
         "listen[1].tls_cert", "No such file"},
        {tcp("tls_cert=\"cert.pem\"\ntls_key=\"open-password\"\nclient_ca=\"ca.pem\""), 4,
         "listen[1].tls_key", "open to all users"},
        {"[[endpoint]]\nkind = \"vcenter\"\naddress = \"https://v\"\n" + basic, 1, e + ".name",
         "is required"},
        {"[[endpoint]]\nname = \"V C\"\nkind = \"vcenter\"\naddress = \"https://v\"\n" + basic, 2,
         e + ".name", "a-z"},
        {vc("") + vc(""), 9, s + ".name", "another endpoint"},
        {"[[endpoint]]\nname = \"v\"\naddress = \"https://v\"\n", 1, e + ".kind", "is required"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcentre\"\naddress = \"https://v\"\n", 3,
         e + ".kind", "vcenter, snapservice, vi_json or zstack"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\n" + basic, 1, e + ".address",
         "is required"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = \"http://v\"\n" + basic, 4,
         e + ".address", "must begin with https://"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = "
         "\"http://v\"\nplain_http=true\n" +
             basic,
         5, e + ".plain_http", "zstack endpoints only"},
        {"[[endpoint]]\nname = \"z\"\nkind = \"zstack\"\naddress = \"http://z:8080\"\n" + basic, 4,
         e + ".address", "set plain_http = true, best with auth = \"access-key\""},
        {"[[endpoint]]\nname = \"z\"\nkind = \"zstack\"\naddress = "
         "\"https://z\"\nplain_http=true\n" +
             basic,
         5, e + ".plain_http", "no meaning"},
        {"[[endpoint]]\nname = \"z\"\nkind = \"zstack\"\naddress = \"https://z\"\n"
         "nic_params = \"json\"\n" +
             basic,
         5, e + ".nic_params", "list or string"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = \"http://127.evil.org\"\n" +
             basic,
         4, e + ".address", "must begin with https://"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = \"https://v/api\"\n" + basic, 4,
         e + ".address", "without a path"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = \"https://u:p@v\"\n" + basic, 4,
         e + ".address", "without a path or a user"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = \"ftp://v\"\n" + basic, 4,
         e + ".address", "https://"},
        {"[[endpoint]]\nname = \"v\"\nkind = \"vcenter\"\naddress = \"https://v:0\"\n" + basic, 4,
         e + ".address", "1 to 65535"},
        {vc("flavour = \"soap\""), 7, e + ".flavour", "api or rest"},
        {vc("auth = \"basic\""), 7, e + ".auth", "session-basic"},
        {vc("auth = \"static-header\"\nheader_name=\"X\"\nheader_value_file=\"password\""), 5,
         e + ".user", "no meaning"},
        {vc("header_name = \"X\""), 7, e + ".header_name", "no meaning"},
        {vc("session_endpoint = \"vc\""), 7, e + ".session_endpoint", "no meaning"},
        {vc("inventory = \"vc\""), 7, e + ".inventory", "its own VMs"},
        {vc("ca_file = \"none.pem\""), 7, e + ".ca_file", "No such file"},
        {vc("ca_file = \"/\""), 7, e + ".ca_file", "not a regular file"},
        {vc("ca_file = \"ca.pem\"\ninsecure = true"), 8, e + ".insecure", "combined with ca_file"},
        {vc("sha256_fingerprint = \"ab:cd\""), 7, e + ".sha256_fingerprint", "64 hex"},
        {vc("insecure = \"yes\""), 7, e + ".insecure", "true or false"},
        {vc("max_in_flight = 0"), 7, e + ".max_in_flight", "1 to 100000"},
        {vc("max_in_fligt = 1"), 7, e + ".max_in_fligt", "did you mean \"max_in_flight\""},
        {vc("poll_interval_min = \"31s\""), 7, e + ".poll_interval_min", "longer than"},
        {vc("poll_interval_max = \"1ms\""), 7, e + ".poll_interval_max", "10ms to 1h"},
        {vc("request_timeout = \"999ms\""), 7, e + ".request_timeout", "1s to 10min"},
        {vc("limit = 3"), 7, e + ".limit", "[endpoint.limit]"},
        {vc("[endpoint.limit]\nvcenter_clone = 0"), 8, e + ".limit.vcenter_clone", "1 to 10000"},
        {vc("[endpoint.limit]\nclone = 1"), 8, e + ".limit.clone", "no such setting"},
        {vc("[endpoint.limit]\nrestore = 1"), 8, e + ".limit.restore", "not served"},
        {vc("[endpoint.cost]\npower_on = 0"), 8, e + ".cost.power_on", "1 to 10000"},
        {"[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"https://v\"\nuser=\"u\"\n", 1,
         e + ".password_file", "is required"},
        {"[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"https://v\"\nuser=\"a:b\"\n"
         "password_file=\"password\"\n",
         5, e + ".user", "colon"},
        {"[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"https://v\"\nuser=\"u\"\n"
         "password_file=\"open-password\"\n",
         6, e + ".password_file", "open to all users"},
        {"[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"https://v\"\nuser=\"u\"\n"
         "password_file=\"empty\"\n",
         6, e + ".password_file", "is empty"},
        {"[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"https://v\"\nuser=\"u\"\n"
         "password_file=\"two-lines\"\n",
         6, e + ".password_file", "one line"},
        {"[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"http://"
         "localhost\"\ninsecure=true\n" +
             basic,
         5, e + ".insecure", "no meaning with http"},
        {snap(basic), 7, s + ".inventory", "is required"},
        {snap("inventory = \"vx\"\n" + basic), 11, s + ".inventory", "no endpoint named"},
        {snap("inventory = \"s\"\n" + basic), 11, s + ".inventory", "not a vcenter"},
        {snap("inventory = \"vc\"\nflavour = \"api\"\n" + basic), 12, s + ".flavour",
         "vcenter endpoints only"},
        {snap("inventory=\"vc\"\nauth=\"vcenter-session\"\nsession_endpoint=\"s\"\n"), 13,
         s + ".session_endpoint", "not a vcenter"},
        {vc("auth = \"saml\""), 7, e + ".auth", "snapservice endpoints only"},
        {vc("sts = \"https://v/sts\""), 7, e + ".sts", "no meaning"},
        {snap("inventory=\"vc\"\nauth=\"saml\"\npassword_file=\"password\"\n"), 7, s + ".user",
         "is required"},
        {snap("inventory=\"vc\"\nauth=\"saml\"\nsts=\"https://v\"\n" + basic), 13, s + ".sts",
         "https://host/path"},
        {snap("inventory=\"vc\"\nauth=\"saml\"\nsts=\"http://v/sts\"\n" + basic), 13, s + ".sts",
         "https://host/path"},
        {snap("inventory=\"vc\"\nauth=\"static-header\"\nheader_value_file=\"password\"\n"), 7,
         s + ".header_name", "is required"},
        {snap("inventory=\"vc\"\nauth=\"static-header\"\nheader_name=\"a b\"\n"
              "header_value_file=\"password\"\n"),
         13, s + ".header_name", "not the name"},
        {snap("inventory=\"vc\"\nauth=\"static-header\"\nheader_name=\"X\"\n"), 7,
         s + ".header_value_file", "is required"},
        {snap("inventory=\"vc\"\n[endpoint.limit]\nvcenter_clone=1\n" + std::string()), 13,
         s + ".limit.vcenter_clone", "not served"},
        {vc("[[endpoint]]\nname = \"v2\"\nkind = \"vcenter\"\naddress = \"https://v2\"\n" + basic +
            "[[endpoint]]\nname=\"s\"\nkind=\"snapservice\"\naddress=\"https://s\"\n"
            "auth=\"vcenter-session\"\ninventory=\"vc\"\nsession_endpoint=\"v2\""),
         19, "endpoint[3].session_endpoint", "must be the endpoint's inventory"},
        {vc("clock_zone = \"+08:00\""), 7, e + ".clock_zone", "zstack endpoints only"},
        {vc("clock_zone = \"8\""), 7, e + ".clock_zone", "offset from UTC"},
        {vc("release = \"8.0.3.0\""), 7, e + ".release", "vi_json endpoints only"},
        {"[[credential]]\nname = \"a b\"\nfile = \"password\"\n", 2, "credential[1].name",
         "must be of a-z"},
        {"[[credential]]\nname=\"a\"\nfile=\"password\"\n[[credential]]\nname=\"a\"\n"
         "file=\"password\"\n",
         5, "credential[2].name", "another credential"},
        {vc("auth = \"vcenter-session\""), 7, e + ".auth",
         "snapservice and vi_json endpoints only"},
    };
}

TEST_F(Config, EveryMistakeIsReportedWithItsLine) {
    for (const mistake& m : mistakes()) {
        SCOPED_TRACE(m.text);
        const config_result c = parse_config(m.text, places_);

        ASSERT_FALSE(c) << "accepted, though: " << m;
        bool found = false;
        std::string seen;
        for (const auto& p : c.error()) {
            seen += to_string(p, "c") + "\n";
            found = found || (p.line == m.line && p.path == m.path &&
                              p.message.find(m.message) != std::string::npos);
        }
        EXPECT_TRUE(found) << m << " in line " << m.line << " is not among\n" << seen;
    }
}

TEST_F(Config, AllMistakesComeAtOnceInTheOrderOfTheirLines) {
    const std::string text =
        "[daemon]\nretention_days = -1\nlog_level = \"loud\"\n[limits]\nage_floor = \"0s\"\n"
        "[[listen]]\naddress = \"nowhere\"\n[[endpoint]]\nname = \"A\"\nkind = \"esx\"\n"
        "address = \"ftp://x\"\n";

    const config_result c = parse_config(text, places_);

    ASSERT_FALSE(c);
    std::vector<std::int64_t> lines;
    for (const auto& p : c.error()) lines.push_back(p.line);
    EXPECT_EQ(lines, (std::vector<std::int64_t>{2, 3, 5, 7, 9, 10, 11}));
}

TEST_F(Config, OneMistakeIsReportedOnce) {
    const config_result c = parse_config(vc("poll_interval_min = \"1ms\""), places_);

    ASSERT_FALSE(c);
    EXPECT_EQ(c.error().size(), 1U);
}

TEST_F(Config, NoMessageQuotesASecret) {
    write("two-lines", "hunter2\nhunter3\n", 0600);
    const std::string text =
        "[[endpoint]]\nname=\"v\"\nkind=\"vcenter\"\naddress=\"https://v\"\nuser=\"u\"\n"
        "password_file=\"two-lines\"\n";

    const config_result c = parse_config(text, places_);

    ASSERT_FALSE(c);
    for (const auto& p : c.error()) EXPECT_EQ(p.message.find("hunter"), std::string::npos);
}

TEST_F(Config, ATruncatedFileIsRefusedOrReadButNeverACrash) {
    const std::string text = tcp(all_tls) + snap("inventory = \"vc\"\nuser = \"u\"\n");
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const config_result c = parse_config(std::string_view(text).substr(0, i), places_);
        EXPECT_TRUE(c.has_value() || !c.error().empty());
    }
}

}  // namespace
}  // namespace cloned
