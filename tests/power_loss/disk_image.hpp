#pragma once

#include "tests/power_loss/random.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::power_loss {

// What of a folder has reached the medium, and what the system has only promised to write. A cut
// leaves the first and any part of the second: calls are lost, torn and reordered by sectors, a
// file's size comes without its content, and a name that was made or removed counts only once the
// directory has been synced. What was synced always stays.
//
// Renaming is not modelled, as neither SQLite nor the store renames files.
class disk_image {
public:
    // --- what is done; names without a folder
    void open(const std::string& name);  // made if it is not there
    void write(const std::string& name, std::int64_t at, std::string_view bytes);
    void truncate(const std::string& name, std::int64_t size);
    void sync(const std::string& name);
    void remove(const std::string& name);
    void sync_directory();
    // A sync that fails: some of what was to be written has been, and the rest is forgotten, as
    // Linux does. Later syncs do not bring it back.
    void fail_sync(const std::string& name, random& chance);

    // Writes one image that a cut at this moment can leave into `folder`. Returns in a few words
    // what has become of what was not synced.
    std::string leave(const std::string& folder, random& chance) const;

    // Bytes that wait for a sync.
    std::int64_t unsynced() const;

private:
    struct call {
        std::uint64_t order = 0;  // over all files
        bool truncates = false;
        std::int64_t at = 0;  // truncate: the new size
        std::string bytes;
    };
    struct stored_file {
        std::string synced;
        std::vector<call> pending;
    };
    struct naming {
        std::string name;
        std::shared_ptr<stored_file> file;  // null: removed
    };
    // Part of a call that reaches the medium as a whole or not at all.
    struct piece {
        const stored_file* file = nullptr;
        const call* of = nullptr;
        std::int64_t from = 0;  // in the call's bytes
        std::int64_t to = 0;
    };
    using names = std::map<std::string, std::shared_ptr<stored_file>>;

    static void apply(std::string& content, const call& done, std::int64_t from, std::int64_t to);
    std::vector<piece> pieces(const names& there, std::int64_t sector) const;
    names surviving_names(random& chance, std::string& words) const;
    static std::vector<piece> surviving(std::vector<piece> all, random& chance, std::string& words);
    static void write_file(const std::string& path,
                           const stored_file& file,
                           std::string content,
                           random& chance);

    std::uint64_t order_ = 0;
    names now_;
    names synced_names_;
    std::vector<naming> pending_names_;
};

}  // namespace cloned::power_loss
