#include "clonectl/text_table.hpp"

#include "base/text.hpp"

#include <libsmartcols/libsmartcols.h>
#include <locale.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace cloned::clonectl {
namespace {

constexpr const char* separator = "  ";
constexpr std::size_t max_cell_bytes = 2000;

// libsmartcols reads text in the encoding of the thread's locale; ours is UTF-8, whatever the
// environment says.
class utf8_locale {
public:
    utf8_locale()
        : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(utf8_)) {}
    ~utf8_locale() {
        ::uselocale(before_);
        if (utf8_ != nullptr) ::freelocale(utf8_);
    }
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;

private:
    locale_t utf8_;  // null: there is no such locale; what is not ASCII is shown as \x…
    locale_t before_;
};

// All of libsmartcols' calls fail for want of memory only.
template <class T>
T* made(T* object) {
    if (object == nullptr) throw std::bad_alloc();
    return object;
}

class smart_table {
public:
    explicit smart_table(std::size_t width) : table_(made(scols_new_table())), width_(width) {
        scols_table_set_column_separator(table_.get(), separator);
        const bool limited = width != unlimited_width;
        scols_table_set_termforce(table_.get(),
                                  limited ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
        if (limited) scols_table_set_termwidth(table_.get(), width);
    }

    void hide_titles() { scols_table_enable_noheadings(table_.get(), 1); }

    void add_column(const text_table::column& column) {
        int flags = 0;
        if ((column.style & text_table::number) != 0) flags |= SCOLS_FL_RIGHT;
        if ((column.style & text_table::cut) != 0) flags |= SCOLS_FL_TRUNC;
        columns_.push_back(
            made(scols_table_new_column(table_.get(), column.title.c_str(), 0, flags)));
    }

    void hide_column(std::size_t index) {
        scols_column_set_flags(columns_[index], SCOLS_FL_HIDDEN);
    }

    void add_row(const std::vector<std::string>& cells) {
        auto* line = made(scols_table_new_line(table_.get(), nullptr));
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (scols_line_set_data(line, i, cells[i].c_str()) != 0) throw std::bad_alloc();
        }
    }

    std::string print() {
        char* data = nullptr;
        if (scols_print_table_to_string(table_.get(), &data) != 0) throw std::bad_alloc();
        const std::unique_ptr<char, decltype(&std::free)> owner(data, &std::free);
        return data == nullptr ? std::string() : std::string(data);
    }

    // Known after print().
    bool fits() const {
        std::size_t sum = 0;
        for (const auto* column : columns_) {
            if (scols_column_is_hidden(column) != 0) continue;
            sum +=
                scols_column_get_width(column) + (sum > 0 ? std::string_view(separator).size() : 0);
        }
        return sum <= width_;
    }

private:
    struct unref {
        void operator()(libscols_table* table) const { scols_unref_table(table); }
    };

    std::unique_ptr<libscols_table, unref> table_;
    std::vector<libscols_column*> columns_;  // table_ owns them
    std::size_t width_;
};

std::string without_trailing_blanks(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        out += concat(line.substr(0, line.find_last_not_of(' ') + 1), "\n");
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace

void text_table::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = one_line(cell, max_cell_bytes);
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::string text_table::text(std::size_t width) const {
    const utf8_locale locale;
    smart_table table(width);
    const bool titled = std::any_of(columns_.begin(), columns_.end(),
                                    [](const column& c) { return !c.title.empty(); });
    if (!titled) table.hide_titles();
    for (const column& c : columns_) table.add_column(c);
    // libsmartcols prints nothing for a table without rows.
    if (rows_.empty()) table.add_row(std::vector<std::string>(columns_.size()));
    for (const auto& row : rows_) table.add_row(row);
    std::string out = table.print();
    std::string left_out;
    for (std::size_t i = columns_.size(); i-- > 0 && !table.fits();) {
        if ((columns_[i].style & dispensable) == 0) continue;
        table.hide_column(i);
        left_out = concat(columns_[i].title, left_out.empty() ? "" : ", ", left_out);
        out = table.print();
    }
    out = without_trailing_blanks(out);
    if (rows_.empty()) out.resize(titled ? out.find('\n') + 1 : 0);
    if (!left_out.empty()) out += concat("(a wider terminal also shows ", left_out, ")\n");
    return out;
}

std::string cut_to_width(std::string_view line, std::size_t width) {
    text_table table({{"", text_table::cut}});
    table.add({std::string(line)});
    std::string out = table.text(width);
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

}  // namespace cloned::clonectl
