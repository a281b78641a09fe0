#pragma once

#include "backends/http/messages.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace cloned::backends::http {

// Turns the bytes of a connection into answers, one after the other. Pure; keeps Beast, which is
// slow to compile, out of every other file.
//
// Errors: a sentence about what is wrong with the answer, without any of its bytes. After an error
//         only reset() may be called.
class response_parser {
public:
    response_parser(std::size_t max_header_bytes, std::size_t max_body_bytes);
    ~response_parser();
    response_parser(const response_parser&) = delete;
    response_parser& operator=(const response_parser&) = delete;

    // Prepares for the next answer.
    void reset();

    // Takes what it can use of `bytes` and returns how many that were. The rest must be given
    // again, with more behind it.
    result<std::size_t> feed(std::string_view bytes);

    // The connection's orderly end, which completes an answer without a length.
    result<void> finish();

    bool complete() const;

    // May the connection carry another request after this answer?
    bool keep_alive() const;

    // The complete answer; once. Fails if its body is compressed: nobody here asked for that.
    result<response> take();

private:
    struct state;
    void begin();

    std::size_t max_header_bytes_;
    std::size_t max_body_bytes_;
    std::unique_ptr<state> state_;
};

}  // namespace cloned::backends::http
