#pragma once

#include "backends/make_backend.hpp"
#include "tests/backends/fake_client.hpp"
#include "tests/support/virtual_time.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::testing {

// One of the upstreams, which answers everything as it usually does, but for one question.
class golden_upstream {
public:
    // vcenter_api, vcenter_rest, snapservice, vijson or zstack.
    explicit golden_upstream(const std::string& name);
    ~golden_upstream();
    golden_upstream(const golden_upstream&) = delete;
    golden_upstream& operator=(const golden_upstream&) = delete;

    struct reply {
        std::string line;  // the beginning of "VERB target"
        backends::http::response says;
    };
    // `turn`: only when this is asked for the n-th time; 0: always.
    void answer_to(std::string line, backends::http::response says, int turn = 0);

    // Asks for something by the name of a backend's call, such as "submit clone", and tells what
    // came of it in one line for each thing that was asked for: first what a program sees of it,
    // then, behind a colon, the words for an operator.
    std::string ask(const std::string& call);

    // Requests that nobody answers here; they get a 500.
    std::vector<std::string> unexpected;
    // Beginnings of lines that were asked for.
    bool was_asked(std::string_view line) const;
    const std::vector<backends::http::request>& sent() const { return client_->seen; }

private:
    result<backends::http::response> find(const backends::http::request& what);
    std::string submit(const std::string& what);
    std::string poll(const std::string& what);
    std::string look(const std::string& what);

    class no_vms;

    world world_;
    random_source random_{11};
    std::vector<reply> usual_;
    reply special_;
    int turn_ = 0;
    int asked_ = 0;
    std::unique_ptr<no_vms> vms_;
    std::unique_ptr<backends::backend> backend_;
    fake_client* client_ = nullptr;
};

}  // namespace cloned::testing
