#include "clonectl/terminal.hpp"

#include "clonectl/text_table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace cloned::clonectl {

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return unlimited_width;
    return size.ws_col < 20 ? 80 : size.ws_col;
}

bool live_screen::available() {
    const char* term = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void live_screen::show(const std::vector<std::string>& lines) {
    std::string out;
    if (shown_ > 0) out += "\x1b[" + std::to_string(shown_) + "A";
    for (const std::string& line : lines) out += "\r\x1b[2K" + line + "\n";
    // What a longer picture left below.
    out += "\x1b[J";
    shown_ = lines.size();
    std::cout << out << std::flush;
}

}  // namespace cloned::clonectl
