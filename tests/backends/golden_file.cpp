#include "tests/backends/golden_file.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cloned::testing {
namespace {

namespace fs = std::filesystem;

// Up to the separator; what stands behind it remains.
std::string take(std::string_view& rest, std::string_view separator) {
    const auto at = rest.find(separator);
    std::string out(rest.substr(0, at));
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + separator.size());
    return out;
}

std::vector<backends::http::header> sorted(std::vector<backends::http::header> headers) {
    std::sort(headers.begin(), headers.end());
    return headers;
}

boost::json::value parsed(const std::string& body) {
    return body.empty() ? boost::json::value() : boost::json::parse(body);
}

}  // namespace

std::string golden_file::note(const std::string& key) const {
    std::string out;
    const auto [first, last] = notes.equal_range(key);
    for (auto at = first; at != last; ++at) {
        if (at != first) out += '\n';
        out += at->second;
    }
    return out;
}

backends::http::response golden_file::as_answer() const {
    backends::http::response out;
    out.status = std::stoi(line.substr(std::string_view("HTTP ").size()));
    out.headers = headers;
    out.body = body;
    return out;
}

std::vector<std::string> golden_files(const std::string& folder, std::string_view ending) {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(fs::path(CLONED_GOLDEN_DIR) / folder))
        if (entry.path().string().ends_with(ending)) out.push_back(entry.path().string());
    if (out.empty()) throw std::runtime_error("no golden files in " + folder);
    std::sort(out.begin(), out.end());
    return out;
}

std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

golden_file read_golden(const std::string& path) {
    const auto text = read_text(path);
    std::string_view rest = text;
    golden_file out;
    out.name = fs::path(path).stem().string();
    while (rest.starts_with("# ")) {
        rest.remove_prefix(2);
        const auto line = take(rest, "\n");
        std::string_view value = line;
        auto key = take(value, ": ");
        out.notes.emplace(std::move(key), value);
    }
    out.line = take(rest, "\n");
    for (auto line = take(rest, "\n"); !line.empty(); line = take(rest, "\n")) {
        std::string_view value = line;
        auto name = take(value, ": ");
        out.headers.emplace_back(std::move(name), value);
    }
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    out.body = rest;
    return out;
}

void expect_golden(const backends::http::request& made, const golden_file& wanted) {
    SCOPED_TRACE(wanted.name);
    EXPECT_EQ(std::string(to_string(made.verb)) + " " + made.target, wanted.line);
    EXPECT_EQ(made.repeatable, wanted.note("repeatable") == "yes");
    EXPECT_EQ(sorted(made.headers), sorted(wanted.headers));
    EXPECT_EQ(parsed(made.body), parsed(wanted.body));
}

}  // namespace cloned::testing
