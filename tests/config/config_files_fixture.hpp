#pragma once

#include "daemon/config/load.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace cloned {

// A folder with the files that a configuration may name: a secret, certificates, and bad ones.
class config_files : public ::testing::Test {
protected:
    config_files() {
        std::string name =
            (std::filesystem::temp_directory_path() / "cloned-config-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        places_.directory = name;
        write("password", "hunter2\n", 0600);
        write("open-password", "hunter2\n", 0644);
        write("empty", "\n", 0600);
        write("two-lines", "one\ntwo\n", 0600);
        write("ca.pem", "-", 0644);
        write("cert.pem", "-", 0644);
        write("key.pem", "-", 0600);
    }

    ~config_files() override { std::filesystem::remove_all(places_.directory); }

    config_files(const config_files&) = delete;
    config_files& operator=(const config_files&) = delete;

    std::string write(const std::string& name, std::string_view content, mode_t mode) const {
        const std::string path = places_.directory + "/" + name;
        std::ofstream(path) << content;
        ::chmod(path.c_str(), mode);
        return path;
    }

    config_places places_;
};

using Config = config_files;

}  // namespace cloned
