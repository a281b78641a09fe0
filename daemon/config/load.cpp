#include "daemon/config/load.hpp"

#include "base/text.hpp"
#include "daemon/config/read_value.hpp"
#include "daemon/config/section.hpp"
#include "daemon/config/sections.hpp"
#include "daemon/config/settings.hpp"
#include "daemon/config/values.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <tuple>

namespace cloned {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{4} << 20U;

file_place place_of(const toml::source_region& source) {
    return {static_cast<std::int64_t>(source.begin.line),
            static_cast<std::int64_t>(source.begin.column)};
}

std::string unknown_name(std::string_view what,
                         std::string_view name,
                         const std::vector<std::string_view>& known) {
    const std::string_view near = closest(name, known);
    return near.empty() ? concat("there is no such ", what)
                        : concat("there is no such ", what, "; did you mean \"", near, "\"?");
}

// `tables` are names within that belong to somebody else.
template <class Section>
config_section<Section> read_section(const toml::table& from,
                                     std::string path,
                                     std::span<const setting<Section>> table,
                                     Section defaults,
                                     config_problems& problems,
                                     std::vector<std::string_view> tables = {}) {
    config_section<Section> out;
    out.path = std::move(path);
    out.where = place_of(from.source());
    out.values = std::move(defaults);
    std::vector<std::string_view> known = tables;
    for (const auto& s : table) known.push_back(s.name);
    for (const auto& [key, node] : from) {
        const std::string_view name = key.str();
        if (std::find(tables.begin(), tables.end(), name) != tables.end()) continue;
        const auto found =
            std::find_if(table.begin(), table.end(), [&](const auto& s) { return s.name == name; });
        const std::string full = concat(out.path, ".", one_line(name, 64));
        if (found == table.end()) {
            std::string renamed = new_name(out.path, name);
            problems.add(
                place_of(key.source()), full,
                renamed.empty() ? unknown_name("setting", name, known) : std::move(renamed));
            continue;
        }
        const file_place where = place_of(key.source());
        out.given.emplace(name, where);
        std::string wrong = read_value(node, found->least, found->most, found->into(out.values));
        if (wrong.empty()) continue;
        out.broken.emplace(name, where);
        problems.add(where, full, std::move(wrong));
    }
    return out;
}

template <class Section>
Section read_table(const toml::table& root,
                   std::string_view name,
                   std::span<const setting<Section>> table,
                   config_problems& problems) {
    const toml::node* node = root.get(name);
    if (node == nullptr) return {};
    if (const toml::table* found = node->as_table()) {
        return read_section<Section>(*found, std::string(name), table, {}, problems).values;
    }
    problems.add(place_of(node->source()), std::string(name),
                 concat("must be a table, written [", name, "]"));
    return {};
}

// Calls `visit(table, path)` for every [[name]].
template <class Visitor>
void each_table(const toml::table& root,
                std::string_view name,
                config_problems& problems,
                Visitor visit) {
    constexpr std::size_t max_tables = 1000;
    const toml::node* node = root.get(name);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr || !list->is_homogeneous(toml::node_type::table) ||
        list->size() > max_tables) {
        problems.add(place_of(node->source()), std::string(name),
                     concat("must be at most 1000 tables, each written [[", name, "]]"));
        return;
    }
    std::size_t number = 0;
    for (const toml::node& entry : *list) {
        visit(*entry.as_table(), concat(name, "[", std::to_string(++number), "]"));
    }
}

config_section<by_kind> read_kinds(const toml::table& endpoint,
                                   std::string_view name,
                                   const std::string& path,
                                   const by_kind& defaults,
                                   config_problems& problems) {
    config_section<by_kind> out;
    out.values = defaults;
    const toml::node* node = endpoint.get(name);
    if (node == nullptr) return out;
    const std::string full = concat(path, ".", name);
    if (const toml::table* found = node->as_table()) {
        return read_section<by_kind>(*found, full, kind_table(), defaults, problems);
    }
    problems.add(place_of(node->source()), full,
                 concat("must be a table, written [endpoint.", name, "]"));
    return out;
}

config_result read_root(const toml::table& root, const config_places& places) {
    config_problems problems;
    const std::vector<std::string_view> sections{"daemon", "limits", "listen", "credential",
                                                 "endpoint"};
    for (const auto& [key, node] : root) {
        if (std::find(sections.begin(), sections.end(), key.str()) != sections.end()) continue;
        problems.add(place_of(key.source()), one_line(key.str(), 64),
                     unknown_name("section", key.str(), sections));
    }
    config out;
    out.daemon = read_table(root, "daemon", daemon_table(), problems);
    out.limits = read_table(root, "limits", limits_table(), problems);
    std::vector<config_section<listen_settings>> listeners;
    each_table(root, "listen", problems, [&](const toml::table& table, std::string path) {
        listeners.push_back(
            read_section<listen_settings>(table, std::move(path), listen_table(), {}, problems));
    });
    out.listen = read_listeners(listeners, places, problems);
    std::vector<config_section<credential_settings>> credentials;
    each_table(root, "credential", problems, [&](const toml::table& table, std::string path) {
        credentials.push_back(read_section<credential_settings>(table, std::move(path),
                                                                credential_table(), {}, problems));
    });
    const auto guests = read_credentials(credentials, places, problems);
    std::vector<endpoint_sections> endpoints;
    each_table(root, "endpoint", problems, [&](const toml::table& table, const std::string& path) {
        endpoint_sections added;
        added.main = read_section<endpoint_settings>(table, path, endpoint_table(), {}, problems,
                                                     {"limit", "cost"});
        added.limit = read_kinds(table, "limit", path, default_limits, problems);
        added.cost = read_kinds(table, "cost", path, default_costs, problems);
        endpoints.push_back(std::move(added));
    });
    out.endpoints = read_endpoints(endpoints, places, guests, problems);
    if (problems.empty()) return out;
    return tl::unexpected(std::move(problems).sorted());
}

config_result whole_file_problem(std::string message) {
    return tl::unexpected(std::vector<config_problem>{{0, 0, "", std::move(message)}});
}

}  // namespace

std::vector<config_problem> config_problems::sorted() && {
    std::stable_sort(list_.begin(), list_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(list_);
}

config_result parse_config(std::string_view text, const config_places& places) {
    try {
        const toml::table root = toml::parse(text);
        return read_root(root, places);
    } catch (const toml::parse_error& wrong) {
        const file_place where = place_of(wrong.source());
        return tl::unexpected(std::vector<config_problem>{
            {where.line, where.column, "", one_line(wrong.description())}});
    }
}

config_result load_config(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        const int code = errno;
        return whole_file_problem(
            concat("cannot read it: ", std::generic_category().message(code)));
    }
    std::string text;
    std::array<char, 16384> part{};
    do {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    } while (in && text.size() <= max_file_bytes);
    if (in.bad()) return whole_file_problem("cannot read it to its end");
    if (text.size() > max_file_bytes) return whole_file_problem("it is larger than 4 MiB");

    config_places places;
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    if (credentials != nullptr) places.credentials = credentials;
    places.directory = std::filesystem::path(path).parent_path().string();
    return parse_config(text, places);
}

std::string to_string(const config_problem& problem, std::string_view file) {
    std::string out(file);
    if (problem.line > 0) {
        out += concat(":", std::to_string(problem.line), ":", std::to_string(problem.column));
    }
    return problem.path.empty() ? concat(out, ": ", problem.message)
                                : concat(out, ": ", problem.path, ": ", problem.message);
}

}  // namespace cloned
