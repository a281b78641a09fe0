#include "backends/http/response_parser.hpp"

#include "base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace cloned::backends::http {
namespace {

namespace beast_http = boost::beast::http;
using parser = beast_http::response_parser<beast_http::string_body>;

// Servers may send any number of these before the answer; more than a few is a fault.
constexpr int max_interim_answers = 8;

// What an answer in chunks ends with, at least: "0", and two ends of lines. Beast looks at the last
// chunk again when more of it has come, and asserts that there is so much of it; with its
// assertions on, an answer that arrives in small pieces would end the program.
constexpr std::size_t least_last_chunk = 5;

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// What would have to be undone before the body can be read, beside the chunks.
std::string coding_of(const response& answer) {
    constexpr std::array<std::string_view, 2> names{"content-encoding", "transfer-encoding"};
    for (const auto& [name, value] : answer.headers) {
        if (std::find(names.begin(), names.end(), name) == names.end()) continue;
        std::string coding;
        append_lower(coding, value);
        if (coding != "identity" && coding != "chunked" && !coding.empty()) return coding;
    }
    return {};
}

}  // namespace

struct response_parser::state {
    std::optional<parser> current;
    int interim = 0;
    bool complete = false;
};

response_parser::response_parser(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : max_header_bytes_(max_header_bytes),
      max_body_bytes_(max_body_bytes),
      state_(std::make_unique<state>()) {
    reset();
}

response_parser::~response_parser() = default;

void response_parser::begin() {
    state_->current.emplace();
    state_->current->eager(true);
    state_->current->header_limit(static_cast<std::uint32_t>(max_header_bytes_));
    state_->current->body_limit(max_body_bytes_);
}

void response_parser::reset() {
    state_->interim = 0;
    state_->complete = false;
    begin();
}

bool response_parser::complete() const {
    return state_->complete;
}

bool response_parser::keep_alive() const {
    return state_->current->keep_alive();
}

result<std::size_t> response_parser::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !state_->complete) {
        const auto& now = *state_->current;
        const bool in_chunks = now.is_header_done() && now.chunked();
        if (in_chunks && bytes.size() - used < least_last_chunk) break;
        boost::system::error_code ec;
        const auto rest = asio::buffer(bytes.data() + used, bytes.size() - used);
        const auto n = state_->current->put(rest, ec);
        used += n;
        if (ec == beast_http::error::need_more) break;
        if (ec == beast_http::error::header_limit)
            return fail(errc::in_doubt, concat("the answer's header is larger than ",
                                               std::to_string(max_header_bytes_), " bytes"));
        if (ec == beast_http::error::body_limit)
            return fail(errc::in_doubt, concat("the answer's body is larger than ",
                                               std::to_string(max_body_bytes_), " bytes"));
        if (ec) return fail(errc::in_doubt, concat("the answer is not valid HTTP: ", ec.message()));
        if (!state_->current->is_done()) {
            if (n == 0) break;
            continue;
        }
        const auto status = state_->current->get().result_int();
        if (status >= 200) {
            state_->complete = true;
        } else if (status == 101 || ++state_->interim > max_interim_answers) {
            return fail(errc::in_doubt,
                        "the server switched protocols unasked, or sent too many interim answers");
        } else {
            begin();
        }
    }
    return used;
}

result<void> response_parser::finish() {
    boost::system::error_code ec;
    if (!state_->current->got_some())
        return fail(errc::in_doubt, "the connection was closed without an answer");
    state_->current->put_eof(ec);
    if (ec || !state_->current->is_done())
        return fail(errc::in_doubt, "the connection was closed in the middle of the answer");
    if (state_->current->get().result_int() < 200)
        return fail(errc::in_doubt, "the answer is not valid HTTP: it has no final status");
    state_->complete = true;
    return {};
}

result<response> response_parser::take() {
    auto message = state_->current->release();
    response out;
    out.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
        auto& [name, value] = out.headers.emplace_back();
        append_lower(name,
                     std::string_view(field.name_string().data(), field.name_string().size()));
        value.assign(field.value().data(), field.value().size());
    }
    out.body = std::move(message.body());
    const auto coding = coding_of(out);
    if (!coding.empty() && !out.body.empty())
        return fail(errc::in_doubt,
                    concat("the body of the answer with status ", std::to_string(out.status),
                           " is coded as ", one_line(coding, 40),
                           ", although the request accepts none but identity"));
    return out;
}

}  // namespace cloned::backends::http
