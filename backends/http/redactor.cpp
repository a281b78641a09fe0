#include "backends/http/redactor.hpp"

#include "backends/http/unescaped.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace cloned::backends::http {
namespace {

using form = redactor::form;

constexpr std::string_view mark = "(redacted)";
constexpr std::size_t noted_max = 64;
constexpr std::size_t word_only_below = 4;
constexpr std::size_t piece_bytes = 12;
constexpr std::size_t pieces_from = 16;  // shorter ones are known whole
constexpr std::size_t shortest_cut = 4;  // of a beginning
constexpr int escapes_max = 3;           // one within the other

// Alike for the eye of whoever looks for a secret: the case, the two alphabets of Base64, and what
// becomes of blanks in forms and on lines.
char canonical(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c + 32);
    if (c == '_') return '/';
    return c == '+' || c == '-' || static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
}

std::string canonical(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = canonical(c);
    return out;
}

std::vector<std::uint64_t> pieces_of(std::string_view text) {
    std::vector<std::uint64_t> out;
    for (std::size_t at = 0; at + piece_bytes <= text.size(); ++at)
        out.push_back(std::hash<std::string_view>()(text.substr(at, piece_bytes)));
    return out;
}

form form_of(std::string secret) {
    form out{std::move(secret), {}};
    if (out.text.size() >= pieces_from) out.pieces = pieces_of(out.text);
    std::sort(out.pieces.begin(), out.pieces.end());
    return out;
}

bool holds(const std::deque<form>& all, const std::string& secret) {
    return std::any_of(all.begin(), all.end(),
                       [&](const form& each) { return each.text == secret; });
}

// What Base64 makes of the secret behind so many other bytes: without the characters that its
// neighbours have a part in.
std::string base64_within(std::string_view secret, std::size_t before) {
    std::string padded(before, '\0');
    padded += secret;
    const auto first = (before * 8 + 5) / 6;
    return to_base64(padded).substr(first, padded.size() * 8 / 6 - first);
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Which bytes of a text are to be hidden, as they are found in one of its views.
class search {
public:
    search(const unescaped& view, std::vector<bool>& hidden)
        : view_(view), chars_(canonical(view.chars)), pieces_(pieces_of(chars_)), hidden_(hidden) {}

    void for_form(const form& what) {
        const auto size = what.text.size();
        if (what.pieces.empty())
            each_place(what.text, [&](std::size_t at) {
                if (size >= word_only_below || is_word(at, size)) hide(at, size);
            });
        else
            for (std::size_t at = 0; at < pieces_.size(); ++at)
                if (std::binary_search(what.pieces.begin(), what.pieces.end(), pieces_[at]))
                    hide(at, piece_bytes);
        const auto beginning = [&](std::size_t end) { hide_beginning(what.text, end); };
        beginning(chars_.size());
        each_place("…", beginning);
        each_place("...", beginning);
    }

private:
    template <class Found>
    void each_place(std::string_view what, const Found& found) const {
        for (auto at = chars_.find(what); at != std::string::npos; at = chars_.find(what, at + 1))
            found(at);
    }

    bool is_word(std::size_t at, std::size_t size) const {
        const auto end = at + size;
        return (at == 0 || !is_word_character(chars_[at - 1])) &&
               (end == chars_.size() || !is_word_character(chars_[end]));
    }

    // The text was cut at `end`, perhaps within a secret; what is left of a long one has pieces.
    void hide_beginning(std::string_view secret, std::size_t end) {
        for (auto n = std::min({secret.size(), end, pieces_from}); n >= shortest_cut; --n) {
            if (chars_.compare(end - n, n, secret, 0, n) != 0) continue;
            hide(end - n, n);
            return;
        }
    }

    void hide(std::size_t at, std::size_t size) {
        std::fill(hidden_.begin() + static_cast<std::ptrdiff_t>(view_.from[at]),
                  hidden_.begin() + static_cast<std::ptrdiff_t>(view_.from[at + size]), true);
    }

    const unescaped& view_;
    std::string chars_;
    std::vector<std::uint64_t> pieces_;
    std::vector<bool>& hidden_;
};

// Fields of a request whose value is a secret, also one of a life before this one, which nobody
// here remembers.
constexpr std::array carriers{"vmware-api-session-id", "vmware-soap-session", "authorization",
                              "cookie"};
constexpr std::array schemes{"basic ", "bearer ", "digest ", "oauth ", "sign token=", "zstack "};
constexpr std::size_t shortest_carried = 8;

void hide_carried(std::string_view text, std::vector<bool>& hidden) {
    constexpr std::string_view around = "\"' \\";
    const auto lower = lower_case(text);
    for (const std::string_view name : carriers)
        for (auto at = lower.find(name); at != std::string::npos; at = lower.find(name, at + 1)) {
            const auto sign = text.find_first_not_of(around, at + name.size());
            if (sign == std::string::npos || (text[sign] != ':' && text[sign] != '=')) continue;
            auto from = text.find_first_not_of(around, sign + 1);
            if (from == std::string::npos) continue;
            for (const std::string_view scheme : schemes)
                if (lower.compare(from, scheme.size(), scheme) == 0) from += scheme.size();
            from = std::min(text.find_first_not_of(around, from), text.size());
            const auto to = std::min(text.find_first_of(" \r\n\t{}<>\",", from), text.size());
            if (to - from < shortest_carried) continue;
            std::fill(hidden.begin() + static_cast<std::ptrdiff_t>(from),
                      hidden.begin() + static_cast<std::ptrdiff_t>(to), true);
        }
}

}  // namespace

void redactor::add(std::string_view secret) {
    if (secret.empty()) return;
    auto as_it_is = canonical(secret);
    if (holds(kept_, as_it_is)) return;
    kept_.push_back(form_of(std::move(as_it_is)));
    if (secret.size() < word_only_below) return;
    kept_.push_back(form_of(canonical(to_hex(secret))));
    for (std::size_t before = 0; before < 3; ++before)
        kept_.push_back(form_of(canonical(base64_within(secret, before))));
}

void redactor::note(std::string_view secret) {
    if (secret.empty()) return;
    auto as_it_is = canonical(secret);
    if (holds(noted_, as_it_is)) return;
    noted_.push_back(form_of(std::move(as_it_is)));
    if (noted_.size() > noted_max) noted_.pop_front();
}

std::string redactor::redact(std::string_view text) const {
    std::vector<bool> hidden(text.size());
    hide_carried(text, hidden);
    unescaped view(text);
    for (int depth = 0; depth <= escapes_max; ++depth) {
        search find(view, hidden);
        for (const auto& each : kept_) find.for_form(each);
        for (const auto& each : noted_) find.for_form(each);
        if (!view.unescape()) break;
    }
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!hidden[i]) out += text[i];
        if (hidden[i] && (i == 0 || !hidden[i - 1])) out += mark;
    }
    return out;
}

}  // namespace cloned::backends::http
