#pragma once

#include "backends/http/messages.hpp"
#include "base/error.hpp"

#include <string>
#include <string_view>

// Answers that are not the upstream's: of proxies, gateways, balancers and portals before it, which
// RFC 9110 calls intermediaries. Pure.
namespace cloned::backends::http {

// May the body be JSON, which is all that upstreams speak?
bool looks_like_json(std::string_view body);

// Does this status alone say that the request was not carried out? That is so for every
// redirection, for what the client is told to do otherwise (4xx), and for 505 and 511 (RFC 9110,
// RFC 6585 6). Not for those 4xx that tell of a wait that was given up, as the request may have
// been passed on by then: 408, and those of balancers, 460 (AWS) and 499 (nginx).
bool was_not_carried_out(int status);

// The code of such an error. A 500 may be the upstream's all the same, and then be about what was
// asked; a 401 is to be taken at its word. To the rest the upstream has said nothing.
errc code_of_intermediary(int status);

// What there is to know of such an answer, in one sentence: the status, the page's title or the
// first words, and where it sends us.
std::string words_of_intermediary(const response& answer);

}  // namespace cloned::backends::http
