#include "storage/sqlite/file_watch.hpp"

#include "base/text.hpp"
#include "storage/sqlite/sqlite_error.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace cloned::storage {
namespace {

std::string last_words() {
    return std::generic_category().message(errno);
}

[[noreturn]] void refuse(std::string why) {
    throw store_failure(error(errc::failed_precondition, std::move(why)));
}

std::string second_name(const std::string& path, nlink_t names) {
    return concat(path, " has ", std::to_string(names),
                  " names (hard links), and under another name its log is not found; remove the "
                  "other names (find with: find DIR -samefile ",
                  path, ")");
}

}  // namespace

void file_watch::add(std::string path) {
    struct stat is{};
    if (::stat(path.c_str(), &is) != 0) refuse(concat("cannot look at ", path, ": ", last_words()));
    if (is.st_nlink > 1) refuse(second_name(path, is.st_nlink));
    files_.push_back({std::move(path), is.st_dev, is.st_ino});
}

std::optional<std::string> file_watch::trouble() const {
    for (const auto& file : files_) {
        struct stat is{};
        if (::stat(file.path.c_str(), &is) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return concat(file.path, " was deleted or renamed while it was in use");
            return concat("cannot look at ", file.path, " any more: ", last_words());
        }
        if (is.st_dev != file.device || is.st_ino != file.inode)
            return concat(file.path, " was replaced by another file while it was in use");
        if (is.st_nlink > 1) return second_name(file.path, is.st_nlink);
    }
    return std::nullopt;
}

std::string own_path(const std::string& path) {
    std::error_code ec;
    auto own = std::filesystem::canonical(path, ec);
    if (ec) {
        // A new database; but a link may lead to a disk that is not mounted.
        if (std::filesystem::is_symlink(path))
            refuse(concat(path, " is a symbolic link that leads nowhere: ", ec.message()));
        const auto named = std::filesystem::path(path);
        auto folder = named.parent_path();
        if (folder.empty()) folder = ".";
        const auto real_folder = std::filesystem::canonical(folder, ec);
        return ec ? path : (real_folder / named.filename()).string();
    }
    struct stat is{};
    if (::stat(own.c_str(), &is) == 0 && is.st_nlink > 1)
        refuse(second_name(own.string(), is.st_nlink));
    return own.string();
}

}  // namespace cloned::storage
