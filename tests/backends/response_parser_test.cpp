#include "backends/http/response_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace cloned::backends::http {
namespace {

constexpr std::size_t header_max = 8192;
constexpr std::size_t body_max = 4096;

// The body of an answer whose bytes arrive in pieces of `size`, or what is wrong with it.
std::string body_in_pieces(std::string_view bytes, std::size_t size) {
    response_parser parser(header_max, body_max);
    std::string waiting;
    while (!bytes.empty() && !parser.complete()) {
        waiting += bytes.substr(0, size);
        bytes.remove_prefix(std::min(size, bytes.size()));
        const auto used = parser.feed(waiting);
        if (!used) return used.error().message();
        waiting.erase(0, *used);
    }
    if (!parser.complete()) return "incomplete";
    if (!waiting.empty()) return "left: " + waiting;
    const auto answer = parser.take();
    return answer ? "body: " + answer->body : answer.error().message();
}

void expect_in_any_pieces(std::string_view bytes, const std::string& body) {
    for (std::size_t size = 1; size <= bytes.size(); ++size)
        EXPECT_EQ(body_in_pieces(bytes, size), body) << "in pieces of " << size;
}

// With Beast's assertions on, the last chunk after "0\r\n" alone ended the program.
TEST(AnswerParser, AnEmptyBodyInChunksMayArriveInAnyPieces) {
    expect_in_any_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                         "body: ");
}

TEST(AnswerParser, ABodyInChunksMayArriveInAnyPieces) {
    expect_in_any_pieces(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\n\"task\r\n4;x=y\r\n-1\"\n\r\n0\r\nX-Trailer: 1\r\n\r\n",
        "body: \"task-1\"\n");
}

TEST(AnswerParser, ABodyWithALengthMayArriveInAnyPieces) {
    expect_in_any_pieces("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\"task-1\"",
                         "body: \"task-1\"");
}

// Without a length it lasts until the connection's end, and would then be taken for the answer.
TEST(AnswerParser, WhatHasNoFinalStatusIsNoAnswer) {
    response_parser parser(header_max, body_max);
    ASSERT_TRUE(parser.feed("HTTP/1.1 024 No\r\n\r\n"));

    EXPECT_FALSE(parser.finish());
    EXPECT_FALSE(parser.complete());
}

}  // namespace
}  // namespace cloned::backends::http
