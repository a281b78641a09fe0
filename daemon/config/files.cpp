#include "daemon/config/files.hpp"

#include "base/text.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace cloned {
namespace {

constexpr std::size_t max_secret_bytes = std::size_t{16} << 10U;

std::string reason_of(int code) {
    return std::generic_category().message(code);
}

std::string in_folder(const std::string& folder, const std::string& name) {
    return folder.empty() || name.starts_with('/') ? name : concat(folder, "/", name);
}

result<std::string> check_readable(std::string path, bool secret) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0 || ::access(path.c_str(), R_OK) != 0) {
        const int code = errno;
        return fail(errc::not_found, concat("cannot read ", path, ": ", reason_of(code)));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(errc::invalid_argument, concat(path, " is not a regular file"));
    }
    if (secret && (info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return fail(errc::permission_denied,
                    concat(path, " is open to all users; remove that with chmod o-rwx"));
    }
    return path;
}

// What an editor has put before the text, and the upstream would take for a part of the secret.
std::string_view misread_by_editors(std::string_view content) {
    if (content.starts_with("\xEF\xBB\xBF"))
        return "begins with a byte order mark; save it as UTF-8 without one (BOM)";
    if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF"))
        return "is in UTF-16; save it as UTF-8 without a byte order mark";
    return {};
}

// Blanks as they come along when a password is copied from a page or a mail: also the no-break, the
// zero-width and the ideographic space, and a byte order mark at the end.
bool has_blank_end(std::string_view content) {
    constexpr std::string_view blanks[] = {
        " ", "\t", "\xC2\xA0", "\xE2\x80\x8B", "\xE3\x80\x80", "\xEF\xBB\xBF"};
    return std::any_of(std::begin(blanks), std::end(blanks), [&](std::string_view each) {
        return content.starts_with(each) || content.ends_with(each);
    });
}

}  // namespace

result<std::string> find_file(const config_places& places, const std::string& name) {
    return check_readable(in_folder(places.directory, name), false);
}

result<std::string> find_secret_file(const config_places& places, const std::string& name) {
    if (!places.credentials.empty() && !name.starts_with('/')) {
        std::string credential = in_folder(places.credentials, name);
        if (::access(credential.c_str(), F_OK) == 0) {
            return check_readable(std::move(credential), true);
        }
    }
    return check_readable(in_folder(places.directory, name), true);
}

result<std::string> read_secret(const config_places& places, const std::string& name) {
    auto path = find_secret_file(places, name);
    if (!path) return path;
    std::ifstream in(*path, std::ios::binary);
    std::string content(max_secret_bytes + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (in.bad() || !in.is_open()) {
        return fail(errc::unavailable, concat("cannot read ", *path));
    }
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > max_secret_bytes) {
        return fail(errc::invalid_argument, concat(*path, " is too large for a secret"));
    }
    if (const auto wrong = misread_by_editors(content); !wrong.empty())
        return fail(errc::invalid_argument, concat(*path, " ", wrong));
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    if (content.empty()) return fail(errc::invalid_argument, concat(*path, " is empty"));
    if (content.ends_with('\n') || content.ends_with('\r') || content.starts_with('\n') ||
        content.starts_with('\r'))
        return fail(errc::invalid_argument,
                    concat(*path,
                           " has an empty line before or after the secret; remove it, one "
                           "newline at the end may stay"));
    if (has_blank_end(content))
        return fail(errc::invalid_argument,
                    concat(*path,
                           " has a blank before or after the secret; remove it, as with "
                           "printf %s SECRET > FILE"));
    // A newline within would let one header become two.
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(content.begin(), content.end(), control)) {
        return fail(errc::invalid_argument,
                    concat(*path, " must hold one line without control characters"));
    }
    return content;
}

}  // namespace cloned
