#pragma once

#include "backends/backend.hpp"

#include <string>

// Outcomes as one line: what a program sees of them, a colon, the words for an operator.
namespace cloned::testing {

void add_line(std::string& to, const std::string& line);

std::string words_of(const error& what);
std::string words_of(const backends::submit_outcome& what);
std::string words_of(const backends::task_status& what);
std::string words_of(const backends::evidence& what);
std::string words_of(backends::cancel_outcome what);

}  // namespace cloned::testing
