#include "backends/vijson/redactor.hpp"

#include "backends/http/encoding.hpp"
#include "base/text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace cloned::backends::vijson {
namespace {

constexpr std::string_view mark = "***";
constexpr std::size_t shortest_cut = 3;

std::string inner(const std::string& quoted) {
    return quoted.substr(1, quoted.size() - 2);
}

void mask_one(std::string& text, const std::string& secret) {
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + mark.size()))
        text.replace(at, secret.size(), mark);
    const auto most = std::min(secret.size() - 1, text.size());
    for (auto n = most; n >= shortest_cut; --n) {
        if (!text.ends_with(std::string_view(secret).substr(0, n))) continue;
        text.replace(text.size() - n, n, mark);
        return;
    }
}

}  // namespace

void redactor::add(std::string_view secret) {
    if (secret.empty()) return;
    std::string json;
    http::append_json_text(json, secret);
    const boost::json::string_view plain(secret.data(), secret.size());
    const std::string forms[] = {std::string(secret), one_line(secret, secret.size() + 16),
                                 inner(json), inner(boost::json::serialize(plain))};
    for (const auto& form : forms)
        if (!form.empty() && std::find(hidden_.begin(), hidden_.end(), form) == hidden_.end())
            hidden_.push_back(form);
    std::sort(hidden_.begin(), hidden_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
}

std::string redactor::redact(std::string text) const {
    for (const auto& secret : hidden_) mask_one(text, secret);
    return text;
}

}  // namespace cloned::backends::vijson
