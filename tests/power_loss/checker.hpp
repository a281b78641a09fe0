#pragma once

#include "tests/power_loss/environment.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cloned::power_loss {

enum class verdict : std::uint8_t {
    lost,    // I1, I4: something that was promised or told is not there
    twice,   // I2: a job that was sent may be sent again, or a VM was made twice
    broken,  // the store does not open, contradicts itself, or does not get on
};

struct finding {
    verdict what = verdict::broken;
    std::string words;
};

// Opens the store on the files of `folder` as the next daemon would, and compares what it holds
// with what the world outside knows. Changes the files as any start does.
std::vector<finding> judge_image(const std::string& folder,
                                 const environment& world,
                                 random& chance);

// After a run to the end: every job has ended, and its VM is there once.
std::vector<finding> judge_end(const environment& world);

}  // namespace cloned::power_loss
