#include "clonectl/csv.hpp"

#include <utility>

namespace cloned::clonectl {
namespace {

class csv_parser {
public:
    explicit csv_parser(std::string_view text) : text_(text) {}

    tl::expected<std::vector<csv_row>, csv_mistake> run() {
        while (at_ < text_.size()) {
            csv_row row;
            row.line = line_;
            if (!read_row(row)) return tl::unexpected(std::move(mistake_));
            const bool empty = row.cells.size() == 1 && row.cells.front().empty();
            if (!empty) rows_.push_back(std::move(row));
        }
        return std::move(rows_);
    }

private:
    bool read_row(csv_row& row) {
        while (true) {
            std::string cell;
            const bool ok = peek() == '"' ? read_quoted(cell) : read_plain(cell);
            if (!ok) return false;
            row.cells.push_back(std::move(cell));
            if (skip_line_end()) return true;
            if (peek() != ',')
                return fail(line_, "a quoted cell must end at a comma or a line end");
            ++at_;
        }
    }

    bool read_plain(std::string& cell) {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == ',' || c == '\n' || (c == '\r' && peek(1) == '\n')) return true;
            if (c == '"') return fail(line_, "a quote within a cell that does not begin with one");
            cell += c;
            ++at_;
        }
        return true;
    }

    bool read_quoted(std::string& cell) {
        const std::int64_t first_line = line_;
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"' && peek() != '"') return true;
            if (c == '"') ++at_;
            if (c == '\n') ++line_;
            cell += c;
        }
        return fail(first_line, "a quoted cell has no end");
    }

    // True at the end of the text as well.
    bool skip_line_end() {
        if (at_ >= text_.size()) return true;
        if (peek() == '\r' && peek(1) == '\n') ++at_;
        if (peek() != '\n') return false;
        ++at_;
        ++line_;
        return true;
    }

    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    bool fail(std::int64_t line, std::string message) {
        mistake_ = {line, std::move(message)};
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
    std::vector<csv_row> rows_;
    csv_mistake mistake_;
};

}  // namespace

tl::expected<std::vector<csv_row>, csv_mistake> parse_csv(std::string_view text) {
    return csv_parser(text).run();
}

}  // namespace cloned::clonectl
