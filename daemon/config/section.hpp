#pragma once

#include "base/text.hpp"
#include "daemon/config/load.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One table of the configuration file as it was read, with the place of everything in it, so that
// checks on the values need to know nothing of TOML.
namespace cloned {

struct file_place {
    std::int64_t line = 0;
    std::int64_t column = 0;
};

template <class Section>
struct config_section {
    std::string path;  // "endpoint[1]"
    file_place where;
    Section values{};
    std::map<std::string, file_place, std::less<>> given;   // settings that the file names
    std::map<std::string, file_place, std::less<>> broken;  // of these, the unusable ones

    bool has(std::string_view name) const { return given.contains(name); }

    // False also for a setting that has been complained of already: no second complaint is due.
    bool is_sound(std::string_view name) const { return !broken.contains(name); }

    file_place at(std::string_view name) const {
        const auto found = given.find(name);
        return found == given.end() ? where : found->second;
    }
};

class config_problems {
public:
    void add(file_place where, std::string path, std::string message) {
        // A file that is none of ours at all would otherwise bury the reader.
        if (list_.size() >= max_problems) return;
        list_.push_back({where.line, where.column, std::move(path), std::move(message)});
    }

    template <class Section>
    void add(const config_section<Section>& in, std::string_view name, std::string message) {
        add(in.at(name), concat(in.path, ".", name), std::move(message));
    }

    bool empty() const { return list_.empty(); }
    std::vector<config_problem> sorted() &&;

private:
    static constexpr std::size_t max_problems = 200;
    std::vector<config_problem> list_;
};

}  // namespace cloned
