#include "simulator/model/target.hpp"

#include <algorithm>
#include <cstring>

namespace cloned::simulator {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string_view cut(std::string_view& rest, char separator) {
    const auto at = rest.find(separator);
    const auto head = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return head;
}

}  // namespace

bool target_parts::parse(std::string_view target) {
    segments_.clear();
    query_.clear();
    if (target.empty() || target[0] != '/') {
        return false;
    }
    // Decoding never grows a text, so one block of the target's size is enough for all of it.
    storage_ = std::make_unique<char[]>(target.size());
    used_ = 0;
    bool ok = true;
    std::string_view query = target;
    std::string_view path = cut(query, '?').substr(1);
    // A slash at the end makes an empty last segment: "/vm/" is not "/vm".
    for (bool more = !path.empty(); more;) {
        more = path.find('/') != std::string_view::npos;
        segments_.push_back(decode(cut(path, '/'), false, ok));
    }
    while (!query.empty()) {
        std::string_view value = cut(query, '&');
        if (value.empty()) {
            continue;
        }
        const auto name = decode(cut(value, '='), true, ok);
        query_.push_back({name, decode(value, true, ok)});
    }
    return ok;
}

std::string_view target_parts::decode(std::string_view text, bool plus_is_space, bool& ok) {
    char* const begin = storage_.get() + used_;
    char* out = begin;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                ok = false;
                return {};
            }
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        *out++ = c;
    }
    const auto size = static_cast<std::size_t>(out - begin);
    used_ += size;
    return {begin, size};
}

bool target_parts::has(std::string_view name) const {
    return std::any_of(query_.begin(), query_.end(),
                       [&](const parameter& p) { return p.name == name; });
}

std::string_view target_parts::first(std::string_view name) const {
    for (const parameter& p : query_) {
        if (p.name == name) {
            return p.value;
        }
    }
    return {};
}

std::vector<std::string_view> target_parts::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const parameter& p : query_) {
        if (p.name == name) {
            values.push_back(p.value);
        }
    }
    return values;
}

outcome<void> target_parts::allow_only(std::initializer_list<std::string_view> names) const {
    for (const parameter& p : query_) {
        if (std::find(names.begin(), names.end(), p.name) == names.end()) {
            return tl::unexpected(unexpected_input(p.name));
        }
    }
    return {};
}

}  // namespace cloned::simulator
