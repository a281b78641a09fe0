#pragma once

#include "backends/http/client.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::testing {

// A message as it goes over the wire, kept in a file: notes for the test ("# key: value"), the line
// "VERB target" or "HTTP status", headers, a blank line, and the body without the file's last
// newline.
struct golden_file {
    std::string name;  // of the file, without its folder and extension
    std::multimap<std::string, std::string> notes;
    std::string line;
    std::vector<backends::http::header> headers;
    std::string body;

    // The lines of that key; empty if there is none.
    std::string note(const std::string& key) const;
    backends::http::response as_answer() const;
};

// Paths of the files in a folder of golden/ that end so, in the order of their names. Throws if
// there are none: a test without files would pass.
std::vector<std::string> golden_files(const std::string& folder, std::string_view ending = ".http");

// Throws if there is no such file.
std::string read_text(const std::string& path);
golden_file read_golden(const std::string& path);

// The request, as the file has it: verb, target, every header, and the body's value. The note
// "repeatable: yes" stands where it is a read in spite of its verb.
void expect_golden(const backends::http::request& made, const golden_file& wanted);

}  // namespace cloned::testing
