// The bytes of a connection, as answers: however they arrive, they are the same answers.
//
// The first byte chooses the limits, the next three the sizes of the pieces; printable ones will
// do.
#include "backends/http/response_parser.hpp"
#include "base/check.hpp"
#include "tests/fuzz/answer.hpp"

#include <array>

namespace {

using namespace cloned;
using namespace cloned::backends;

constexpr std::size_t head_bytes = 4;
constexpr std::size_t answers_max = 8;

struct limits {
    std::size_t header = 8192;
    std::size_t body = 4096;
};

struct reading {
    std::vector<http::response> answers;
    std::vector<bool> kept_alive;
    // It had to be closed, or ended within an answer. Which of the two does depend on the pieces:
    // what is no HTTP from its first line on is told at once only if that line is there.
    bool broken = false;
    // Beast lets a header that comes at once be a few bytes larger than one that comes in pieces.
    bool header_too_large = false;
};

// What a connection makes of its bytes, which come in pieces of these sizes, over and over.
class reader {
public:
    explicit reader(limits at_most) : limits_(at_most), parser_(at_most.header, at_most.body) {}

    reading read(std::string_view bytes, std::array<std::size_t, 3> pieces) {
        std::string waiting;
        for (std::size_t at = 0, turn = 0; at < bytes.size() && open(); ++turn) {
            const auto piece = bytes.substr(at, pieces[turn % pieces.size()]);
            at += piece.size();
            waiting += piece;
            use(waiting);
        }
        if (open()) end(waiting);
        return std::move(out_);
    }

private:
    bool open() const { return !out_.broken && out_.answers.size() < answers_max; }

    void use(std::string& waiting) {
        while (!waiting.empty() && open()) {
            const auto used = parser_.feed(waiting);
            if (!used) {
                fuzz::check_words(used.error());
                out_.broken = true;
                out_.header_too_large =
                    used.error().message().starts_with("the answer's header is larger");
                return;
            }
            CLONED_CHECK(*used <= waiting.size(), "more was used than there was");
            waiting.erase(0, *used);
            if (!parser_.complete()) return;
            keep();
            parser_.reset();
        }
    }

    void end(const std::string& waiting) {
        if (!parser_.finish()) {
            out_.broken = true;
            return;
        }
        CLONED_CHECK(waiting.empty(), "an answer ended before its last bytes");
        CLONED_CHECK(parser_.complete(), "an end that completes nothing");
        keep();
    }

    void keep() {
        out_.kept_alive.push_back(parser_.keep_alive());
        auto taken = parser_.take();
        if (!taken) {
            fuzz::check_words(taken.error());
            out_.broken = true;
            return;
        }
        auto& answer = *taken;
        CLONED_CHECK(answer.status >= 200 && answer.status <= 999, "no status of an answer");
        CLONED_CHECK(answer.body.size() <= limits_.body, "a body above the limit");
        for (const auto& [name, value] : answer.headers) {
            CLONED_CHECK(name.size() + value.size() <= limits_.header, "a header above the limit");
            CLONED_CHECK((name + value).find_first_of("\r\n") == std::string::npos,
                         "a header of more than one line");
        }
        out_.answers.push_back(std::move(answer));
    }

    limits limits_;
    http::response_parser parser_;
    reading out_;
};

void check_same(const reading& whole, const reading& pieces) {
    if (whole.header_too_large || pieces.header_too_large) return;
    CLONED_CHECK(whole.broken == pieces.broken, "soundness depends on how the bytes arrive");
    CLONED_CHECK(whole.answers.size() == pieces.answers.size(), "there are more answers in pieces");
    CLONED_CHECK(whole.kept_alive == pieces.kept_alive,
                 "keep-alive depends on how the bytes arrive");
    for (std::size_t i = 0; i < whole.answers.size(); ++i) {
        CLONED_CHECK(whole.answers[i].status == pieces.answers[i].status, "another status");
        CLONED_CHECK(whole.answers[i].headers == pieces.answers[i].headers, "other headers");
        CLONED_CHECK(whole.answers[i].body == pieces.answers[i].body, "another body");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < head_bytes) return 0;
    limits at_most;
    if ((data[0] & 1U) != 0) at_most.header = 256;
    if ((data[0] & 2U) != 0) at_most.body = 64;
    const auto bytes = fuzz::text_of(data + head_bytes, size - head_bytes);
    const auto whole = reader(at_most).read(bytes, {size, size, size});
    const std::array<std::size_t, 3> pieces{data[1] % 64U + 1U, data[2] % 64U + 1U, data[3] + 1U};
    check_same(whole, reader(at_most).read(bytes, pieces));
    check_same(whole, reader(at_most).read(bytes, {1, 1, 1}));
    return 0;
}
