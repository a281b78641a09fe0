#include "base/date_time.hpp"

namespace cloned {
namespace {

// Takes its pieces from the front of a text; one mistake spoils all that follows.
class scanner {
public:
    explicit scanner(std::string_view text) : rest_(text) {}

    int number(std::size_t digits) {
        int out = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char c = i < rest_.size() ? rest_[i] : ' ';
            if (c < '0' || c > '9') return spoil();
            out = out * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return out;
    }
    bool accept(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted)) spoil();
    }
    int fraction_ms() {
        int out = 0;
        int weight = 100;
        std::size_t n = 0;
        for (; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n) {
            out += (rest_[n] - '0') * weight;
            weight /= 10;
        }
        if (n == 0) return spoil();
        rest_.remove_prefix(n);
        return out;
    }
    int spoil() {
        sound_ = false;
        return 0;
    }
    bool is_done() const { return sound_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool sound_ = true;
};

}  // namespace

std::optional<wall_time> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    scanner in(text);
    const year y(in.number(4));
    in.expect('-');
    const month m(static_cast<unsigned>(in.number(2)));
    in.expect('-');
    const day d(static_cast<unsigned>(in.number(2)));
    in.expect('T');
    const int hour = in.number(2);
    in.expect(':');
    const int minute = in.number(2);
    in.expect(':');
    const int second = in.number(2);
    const int ms = in.accept('.') ? in.fraction_ms() : 0;
    minutes ahead(0);
    if (!in.accept('Z')) {
        const bool west = in.accept('-');
        if (!west) in.expect('+');
        const int h = in.number(2);
        in.expect(':');
        ahead = minutes(h * 60 + in.number(2));
        if (west) ahead = -ahead;
    }
    const year_month_day date(y, m, d);
    if (!in.is_done() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return wall_time(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) +
           milliseconds(ms) - ahead;
}

}  // namespace cloned
