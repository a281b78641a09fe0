#include "clonectl/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace cloned::clonectl {

bool live_screen::available() {
    const char* term = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

std::size_t live_screen::width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col - 1U;  // a full last column would make some terminals wrap
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
