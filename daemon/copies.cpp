#include "daemon/copies.hpp"

#include "base/text.hpp"
#include "daemon/app.hpp"
#include "storage/sqlite/backup.hpp"
#include "storage/sqlite/restore.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace cloned {
namespace {

int give_up(const error& why) {
    std::fprintf(stderr, "cloned: %s\n", why.message().c_str());
    return exit_failure;
}

void describe(const std::string& file, const storage::copy_report& holds) {
    const auto last = holds.last_change
                          ? concat(", the last change at ", rfc3339(*holds.last_change))
                          : std::string();
    std::printf("%s is sound: %s jobs in %s batches, %s of them have not ended%s\n", file.c_str(),
                std::to_string(holds.jobs).c_str(), std::to_string(holds.batches).c_str(),
                std::to_string(holds.unfinished).c_str(), last.c_str());
}

bool is_there(const std::string& file) {
    std::error_code ec;
    return std::filesystem::exists(file, ec);
}

}  // namespace

int back_up(const daemon_config& settings, const std::string& copy, bool verify) {
    if (verify && is_there(copy)) {
        std::printf("%s is there already: it is checked, not written\n", copy.c_str());
    } else if (const auto copied = storage::back_up(settings.database, copy); !copied) {
        return give_up(copied.error());
    }
    if (!verify) return 0;
    const auto checked = storage::check_copy(copy);
    if (!checked) return give_up(checked.error());
    describe(copy, *checked);
    return 0;
}

int restore(const daemon_config& settings, const std::string& copy) {
    const auto done =
        storage::restore(settings.database, copy,
                         std::chrono::floor<milliseconds>(std::chrono::system_clock::now()));
    if (!done) return give_up(done.error());
    describe(copy, done->copy);
    std::printf("it is the database %s now\n", settings.database.c_str());
    for (const auto& file : done->kept) std::printf("kept: %s\n", file.c_str());
    const auto high_water = settings.high_water_file.empty() ? settings.database + ".high-water"
                                                             : settings.high_water_file;
    if (is_there(high_water))
        std::printf(
            "Leave %s as it is: by it the daemon sees at its start that the copy is older, and\n"
            "looks for each job upstream before it sends it.\n",
            high_water.c_str());
    else
        std::printf(
            "The high-water file %s is missing. Bring it back if it can be found; without it the\n"
            "daemon must be told to look for each job upstream: see `cloned --help`.\n",
            high_water.c_str());
    return 0;
}

}  // namespace cloned
