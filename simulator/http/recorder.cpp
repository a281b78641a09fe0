#include "simulator/http/recorder.hpp"

#include "simulator/model/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace cloned::simulator {

namespace {

// A body that is not JSON (a proxy's words, a broken request) has no place in the format: null.
std::string as_json(std::string_view body) {
    boost::json::error_code ec;
    const auto value = boost::json::parse({body.data(), body.size()}, ec);
    return ec ? "null" : boost::json::serialize(value);
}

}  // namespace

void recorder::record(const request& in, const answer& a) {
    if (a.what != fate::normal || in.server == server_kind::control ||
        in.target.starts_with("/_sim")) {
        return;
    }
    std::string line = R"({"method":)";
    append_json(line, in.method);
    line += R"(,"target":)";
    append_json(line, in.target);
    line += R"(,"request_body":)";
    line += as_json(in.body);
    line += R"(,"status":)";
    append_number(line, a.status);
    line += R"(,"response_body":)";
    line += as_json(a.body);
    line += "}\n";
    out_ << line << std::flush;
}

}  // namespace cloned::simulator
