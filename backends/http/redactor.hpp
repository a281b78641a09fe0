#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::backends::http {

// Keeps secrets out of what upstreams say: a server, a proxy or a guest's script may well repeat
// what it was sent, in a form of its own and cut where it likes.
//
// Threads: the loop thread only.
class redactor {
public:
    // A secret that is known from the start.
    void add(std::string_view secret);

    // What a request carries as it is, such as a session's id. The latest ones are kept, as many as
    // an upstream may still speak of.
    void note(std::string_view secret);

    // The text with "(redacted)" where a secret stood: whole, or 12 characters of a long one, or
    // its beginning where the text was cut; in whatever case, and with any of its characters
    // escaped as in JSON, URLs or XML, also twice; one that was added also in Base64 and in
    // hexadecimal digits. One of less than 4 characters is known only as a word of its own. Also
    // the value of a header that carries a session or credentials, whosever they are.
    std::string redact(std::string_view text) const;

    // One way in which a secret may be written.
    struct form {
        std::string text;                   // canonical
        std::vector<std::uint64_t> pieces;  // hashes of all pieces of a long one, sorted
    };

private:
    std::deque<form> kept_;
    std::deque<form> noted_;
};

}  // namespace cloned::backends::http
