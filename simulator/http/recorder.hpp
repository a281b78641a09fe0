#pragma once

#include "simulator/model/types.hpp"

#include <fstream>
#include <string>

namespace cloned::simulator {

// Writes each exchange as one JSON line, for checking against the vendors' API descriptions. Left
// out are the control interface and answers that do not leave whole.
class recorder {
public:
    explicit recorder(const std::string& file) : out_(file, std::ios::app) {}

    bool good() const { return out_.good(); }
    void record(const request& in, const answer& a);

private:
    std::ofstream out_;
};

}  // namespace cloned::simulator
