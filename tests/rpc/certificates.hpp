#pragma once

#include <filesystem>
#include <string>

namespace cloned::rpc::test {

// A fresh certificate with its key, as PEM, and in files of a directory where it was asked for.
struct identity {
    std::string certificate;
    std::string key;
};

// An authority of its own for each test; certificates are valid for an hour.
class authority {
public:
    authority();
    ~authority();
    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;

    std::string certificate() const;
    // For that common name, and for the address 127.0.0.1.
    identity issue(const std::string& common_name) const;

private:
    struct state;
    state* state_;
};

void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace cloned::rpc::test
