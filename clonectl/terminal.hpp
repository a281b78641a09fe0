#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cloned::clonectl {

// In cells; unlimited_width if stdout is no terminal.
std::size_t terminal_width();

// Lines at the lower end of the terminal that replace their predecessors.
class live_screen {
public:
    static bool available();  // stdout is a terminal that can do it

    void show(const std::vector<std::string>& lines);

private:
    std::size_t shown_ = 0;
};

}  // namespace cloned::clonectl
