#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cloned::clonectl {

// Lines at the lower end of the terminal that replace their predecessors.
class live_screen {
public:
    static bool available();     // stdout is a terminal that can do it
    static std::size_t width();  // in characters

    void show(const std::vector<std::string>& lines);

private:
    std::size_t shown_ = 0;
};

}  // namespace cloned::clonectl
