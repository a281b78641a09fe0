#include "tests/backends/http_fixture.hpp"

#include <cstdio>
#include <filesystem>
#include <string>

#include <unistd.h>

namespace cloned::testing {
namespace {

class HttpTls : public HttpFixture {
protected:
    ~HttpTls() override { std::filesystem::remove(ca_file); }

    void write_ca(const certificate& of) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "cloned-ca-XXXXXX").string();
        const int fd = ::mkstemp(pattern.data());
        ASSERT_GE(fd, 0);
        ::close(fd);
        ca_file = pattern;
        std::ofstream(ca_file) << of.pem();
    }

    static backends::http::client_options secure(std::uint16_t port) {
        auto out = plain(port);
        out.tls = true;
        return out;
    }

    // A server that counts the bytes of requests that reach it.
    static scripted_server::script serve(std::string* seen) {
        return [seen](peer& p) {
            for (;;) {
                const auto text = p.read_request();
                if (text.empty()) return;
                *seen += text;
                p.write(ok_answer("1"));
            }
        };
    }

    std::filesystem::path ca_file;
};

TEST_F(HttpTls, ACertificateOfTheConfiguredAuthorityIsTrusted) {
    const certificate identity("127.0.0.1");
    write_ca(identity);
    std::string seen;
    scripted_server server({serve(&seen)}, &identity);
    auto options = secure(server.port());
    options.trust.ca_file = ca_file.string();
    auto via = make(options);

    for (int i = 0; i < 3; ++i) {
        const auto answer = send(*via, post());
        ASSERT_TRUE(answer) << answer.error().message();
    }

    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTls, ACertificateForAnotherHostIsNotTrustedAndNothingIsSent) {
    const certificate identity("10.1.2.3");
    write_ca(identity);
    std::string seen;
    scripted_server server({serve(&seen)}, &identity);
    auto options = secure(server.port());
    options.trust.ca_file = ca_file.string();
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
    EXPECT_NE(answer.error().message().find("not trusted"), std::string::npos)
        << answer.error().message();
    EXPECT_EQ(via->requests_sent(), 0);
    EXPECT_TRUE(seen.empty());
}

TEST_F(HttpTls, ASelfMadeCertificateIsNotTrustedByTheSystem) {
    const certificate identity("127.0.0.1");
    std::string seen;
    scripted_server server({serve(&seen)}, &identity);
    auto via = make(secure(server.port()));

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
    EXPECT_TRUE(seen.empty());
}

TEST_F(HttpTls, TheHostsNameIsSentAndChecked) {
    const certificate identity("localhost");
    write_ca(identity);
    std::string seen;
    scripted_server server({serve(&seen), serve(&seen)}, &identity);
    auto options = secure(server.port());
    options.host = "localhost";
    options.trust.ca_file = ca_file.string();
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_NE(seen.find("Host: localhost:"), std::string::npos);
}

TEST_F(HttpTls, ThePinnedCertificateNeedsNoAuthority) {
    const certificate identity("10.1.2.3");
    std::string seen;
    scripted_server server({serve(&seen)}, &identity);
    auto options = secure(server.port());
    options.trust.sha256_fingerprint = identity.sha256();
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_TRUE(answer) << answer.error().message();
}

TEST_F(HttpTls, AnotherCertificateThanThePinnedOneGetsNothing) {
    const certificate identity("127.0.0.1");
    const certificate other("127.0.0.1");
    std::string seen;
    scripted_server server({serve(&seen)}, &identity);
    auto options = secure(server.port());
    options.trust.sha256_fingerprint = other.sha256();
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
    EXPECT_NE(answer.error().message().find("fingerprint"), std::string::npos);
    EXPECT_TRUE(seen.empty());
}

TEST_F(HttpTls, AnybodyIsTrustedWhereTheOperatorInsists) {
    const certificate identity("10.1.2.3");
    std::string seen;
    scripted_server server({serve(&seen)}, &identity);
    auto options = secure(server.port());
    options.trust.insecure = true;
    auto via = make(options);

    EXPECT_TRUE(send(*via, post()));
}

TEST_F(HttpTls, AServerWithoutTlsGetsNothing) {
    std::string seen;
    scripted_server server({[&](peer& p) { p.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }});
    auto options = secure(server.port());
    options.trust.insecure = true;
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
    EXPECT_EQ(via->requests_sent(), 0);
}

TEST_F(HttpTls, ASilentHandshakeEndsAtTheConnectTimeout) {
    scripted_server server({[](peer& p) { p.await_end(); }});
    auto options = secure(server.port());
    options.trust.insecure = true;
    options.connect_timeout = milliseconds(60);
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
}

TEST_F(HttpTls, AnEncryptedAnswerThatIsCutIsInDoubt) {
    const certificate identity("127.0.0.1");
    scripted_server server({[](peer& p) {
                               p.read_request();
                               p.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                           }},
                           &identity);
    auto options = secure(server.port());
    options.trust.insecure = true;
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
}

TEST_F(HttpTls, TrustThatCannotBeLoadedIsAnErrorAtOnce) {
    auto missing = secure(1);
    missing.trust.ca_file = "/nonexistent/ca.pem";
    auto bad_pin = secure(1);
    bad_pin.trust.sha256_fingerprint = "abcd";
    auto no_hex = secure(1);
    no_hex.trust.sha256_fingerprint = std::string(64, 'g');

    for (const auto& options : {missing, bad_pin, no_hex}) {
        const auto made = backends::http::make_client(loop, *clock, options);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code(), errc::invalid_argument);
    }
}

}  // namespace
}  // namespace cloned::testing
