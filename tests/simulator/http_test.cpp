#include "simulator/http/background_server.hpp"
#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <optional>

using namespace cloned::simulator;
namespace asio = boost::asio;

namespace {

// Sends bytes and reads until the server closes, or until `most` bytes have come.
std::string talk(std::uint16_t port, const std::string& bytes, std::size_t most = 1U << 20U) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    boost::system::error_code ec;
    socket.connect({asio::ip::address_v4::loopback(), port}, ec);
    asio::write(socket, asio::buffer(bytes), ec);
    std::string out(most, '\0');
    out.resize(asio::read(socket, asio::buffer(out), ec));
    return out;
}

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\r\n";
}

}  // namespace

TEST(Http, AnswersOnEachPort) {
    background_server server{config{}};

    EXPECT_TRUE(talk(server.ports().vcenter, get("/api/session")).starts_with("HTTP/1.1 401 "));
    EXPECT_NE(talk(server.ports().snapservice, get("/api/snapservice/info/about")).find("9.1.0.0"),
              std::string::npos);
    const std::string listed = talk(server.ports().zstack, get("/zstack/v1/vm-instances"));
    EXPECT_TRUE(listed.starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(talk(server.ports().control, get("/_sim/ledger")).starts_with("HTTP/1.1 200 OK"));
    EXPECT_NE(server.control("GET", "/_sim/ledger").find(R"("requests":3)"), std::string::npos);
}

TEST(Http, ServesPipelinedRequestsInOrder) {
    background_server server{config{}};
    const std::string first = "GET /_sim/rules HTTP/1.1\r\nhost: sim\r\n\r\n";

    const std::string out = talk(server.ports().control, first + get("/nowhere"));

    EXPECT_TRUE(out.starts_with("HTTP/1.1 200 OK"));
    EXPECT_NE(out.find("HTTP/1.1 404 Not Found"), std::string::npos);
}

TEST(Http, TakesATargetOfSixtyFourKilobytes) {
    background_server server{config{}};

    const std::string out = talk(server.ports().vcenter, get("/rest/cis/tasks?filter_spec.tasks=" +
                                                             std::string(64U << 10U, 'x')));

    EXPECT_TRUE(out.starts_with("HTTP/1.1 401 "));
}

TEST(Http, FaultsReachTheWire) {
    background_server server{config{}};
    const auto with = [&](const char* fault) {
        server.control("POST", "/_sim/rules", std::string(R"([{"fault":")") + fault + "\"}]");
        return talk(server.ports().snapservice, get("/api/snapservice/info/about"), 300'000);
    };

    EXPECT_EQ(with("drop_before"), "");
    EXPECT_EQ(with("drop_after"), "");
    EXPECT_FALSE(with("garbage").starts_with("HTTP"));
    EXPECT_NE(with("truncate").find("content-length: 21"), std::string::npos);
    EXPECT_EQ(with("truncate").find("9.1.0.0\"}"), std::string::npos);
    EXPECT_EQ(with("endless").size(), 300'000U);
    EXPECT_EQ(with("huge").size(), 300'000U);
}

TEST(Http, SlowAnswerComesLater) {
    background_server server{config{}};
    server.control("POST", "/_sim/rules", R"([{"fault":"slow","delay_ms":60}])");
    const auto before = std::chrono::steady_clock::now();

    talk(server.ports().snapservice, get("/api/snapservice/info/about"));

    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(60));
}

TEST(Http, StopsWithConnectionsOpen) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    std::optional<background_server> server{config{}};
    socket.connect({asio::ip::address_v4::loopback(), server->ports().vcenter});

    server.reset();

    char byte = 0;
    boost::system::error_code ec;
    asio::read(socket, asio::buffer(&byte, 1), ec);
    EXPECT_TRUE(ec);
}
