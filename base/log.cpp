#include "base/log.hpp"

#include "base/journal.hpp"
#include "base/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace cloned::log {
namespace {

spdlog::level::level_enum to_spdlog(level at) {
    switch (at) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            break;
    }
    return spdlog::level::err;
}

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat found{};
    return stream != nullptr && ::fstat(STDERR_FILENO, &found) == 0 &&
           names_file(stream, found.st_dev, found.st_ino);
}

// In another root or in a container the stream may be the journal's, and its socket out of sight.
bool journal_is_in_sight() {
    return ::access("/run/systemd/journal/socket", W_OK) == 0;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "cloned", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");
        made->flush_on(spdlog::level::info);
        made->set_level(spdlog::level::info);
        return made;
    }();
    return *instance;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos ||
           std::any_of(value.begin(), value.end(), is_control);
}

void append_value(std::string& line, std::string_view value) {
    if (!needs_quotes(value)) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') line += '\\';
        line += is_control(c) ? ' ' : c;
    }
    line += '"';
}

}  // namespace

void start(level least) {
    logger().set_level(to_spdlog(least));
}
void set_level(level least) {
    logger().set_level(to_spdlog(least));
}
bool enabled(level at) {
    return logger().should_log(to_spdlog(at));
}

void write(level at, std::string_view event, std::initializer_list<field> fields) {
    if (!enabled(at)) return;
    static const bool journal = stderr_is_journal();
    static const bool in_sight = journal && journal_is_in_sight();
    std::string line = concat("event=", event);
    for (const auto& f : fields) {
        line += ' ';
        line += f.key;
        line += '=';
        append_value(line, f.value);
    }
    if (in_sight && send_to_journal(journal_fields(at, line, event, fields))) return;
    // The journal reads the level of a line of its stream from its beginning.
    if (journal) {
        std::cerr << concat("<", priority(at), ">", line, "\n") << std::flush;
        return;
    }
    logger().log(to_spdlog(at), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace cloned::log
