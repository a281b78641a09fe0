#include "backends/http/noting_client.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cloned::backends::http {
namespace {

bool is_open(std::string_view name) {
    constexpr std::array<std::string_view, 9> open{"accept",
                                                   "content-type",
                                                   "date",
                                                   "soapaction",
                                                   "user-agent",
                                                   "vapi-ctx-opid",
                                                   "vmware-use-header-authn",
                                                   "x-job-uuid",
                                                   "x-request-id"};
    return std::find(open.begin(), open.end(), lower_case(name)) != open.end();
}

// "Basic dXNlcjpwdw==", "ZStack id:signature", R"(SIGN token="…")": the scheme is no secret, nor is
// what stands before a colon.
void note_credentials(std::string_view value, redactor& secrets) {
    value.remove_prefix(std::min(value.find(' ') + 1, value.size()));
    auto open = value.find('"');
    if (open == std::string_view::npos) secrets.note(value.substr(value.find(':') + 1));
    while (open != std::string_view::npos) {
        const auto end = std::min(value.find('"', open + 1), value.size());
        secrets.note(value.substr(open + 1, end - open - 1));
        open = value.find('"', end + 1);
    }
}

class noting_client final : public client {
public:
    noting_client(std::unique_ptr<client> via, std::shared_ptr<redactor> secrets)
        : via_(std::move(via)), secrets_(std::move(secrets)) {}

    task<result<response>> send(request what) override {
        for (const auto& [name, value] : what.headers) {
            if (is_open(name)) continue;
            if (lower_case(name).ends_with("authorization"))
                note_credentials(value, *secrets_);
            else
                secrets_->note(value);
        }
        return via_->send(std::move(what));
    }
    std::int64_t requests_sent() const override { return via_->requests_sent(); }
    void close() override { via_->close(); }

private:
    std::unique_ptr<client> via_;
    std::shared_ptr<redactor> secrets_;
};

}  // namespace

std::unique_ptr<client> note_secrets(std::unique_ptr<client> via,
                                     std::shared_ptr<redactor> secrets) {
    return std::make_unique<noting_client>(std::move(via), std::move(secrets));
}

}  // namespace cloned::backends::http
