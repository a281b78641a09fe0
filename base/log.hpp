#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

// One line an event: event=noun.verb key=value … Event names are stable, values are quoted when
// needed. error: an operator must act; warn: handled but odd; info: the life of the service;
// debug: the rest, among them the life of each job.
//
// Threads: any. Secrets never go in; see base/error.hpp.
namespace cloned::log {

enum class level : std::uint8_t { debug, info, warn, error };

struct field {
    std::string_view key;
    std::string value;
};

inline field kv(std::string_view key, std::string_view value) {
    return {key, std::string(value)};
}
inline field kv(std::string_view key, std::integral auto value) {
    return {key, std::to_string(value)};
}

// Lines go to the journal, with their values as fields, if stderr leads there; else to stderr.
void start(level least);
void set_level(level least);
bool enabled(level at);

void write(level at, std::string_view event, std::initializer_list<field> fields);

template <class... Fields>
void debug(std::string_view event, const Fields&... fields) {
    if (enabled(level::debug)) write(level::debug, event, {fields...});
}
template <class... Fields>
void info(std::string_view event, const Fields&... fields) {
    if (enabled(level::info)) write(level::info, event, {fields...});
}
template <class... Fields>
void warn(std::string_view event, const Fields&... fields) {
    write(level::warn, event, {fields...});
}
template <class... Fields>
void error(std::string_view event, const Fields&... fields) {
    write(level::error, event, {fields...});
}

}  // namespace cloned::log
