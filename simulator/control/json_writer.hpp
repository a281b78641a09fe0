#pragma once

#include "simulator/model/text.hpp"

#include <concepts>
#include <string>
#include <string_view>

namespace cloned::simulator {

// Appends members and items of one JSON text; knows when a comma is due.
class json_writer {
public:
    explicit json_writer(std::string& out) : out_(out) {}

    void open(char bracket) {
        comma();
        out_ += bracket;
        fresh_ = true;
    }
    void close(char bracket) {
        out_ += bracket;
        fresh_ = false;
    }
    void key(std::string_view name) {
        comma();
        append_json(out_, name);
        out_ += ':';
        fresh_ = true;
    }
    void text(std::string_view value) {
        comma();
        append_json(out_, value);
    }
    void member(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }
    void raw(std::string_view json) {
        comma();
        out_ += json;
    }
    template <std::integral Number>
    void member(std::string_view name, Number value) {
        key(name);
        append_number(out_, value);
        fresh_ = false;
    }

private:
    void comma() {
        if (!fresh_) {
            out_ += ',';
        }
        fresh_ = false;
    }

    std::string& out_;
    bool fresh_ = true;
};

}  // namespace cloned::simulator
