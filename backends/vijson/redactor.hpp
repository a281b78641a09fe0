#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloned::backends::vijson {

// Keeps secrets out of what upstreams say: a server, or a guest's script, may well repeat what it
// was sent. Pure.
class redactor {
public:
    void add(std::string_view secret);

    // The text with *** where a secret stood: as it is, on one line, or as JSON writes it. The
    // beginning of a secret at the very end of the text is redacted as well: the text may have been
    // cut there.
    std::string redact(std::string text) const;

private:
    std::vector<std::string> hidden_;  // the longest first, so that none hides a part of another
};

}  // namespace cloned::backends::vijson
