#include "backends/redaction.hpp"

#include "backends/inventory.hpp"
#include "backends/zstack/access_key.hpp"
#include "base/text.hpp"

#include <utility>

namespace cloned::backends {
namespace {

constexpr std::size_t max_words = 1000;
constexpr std::size_t max_read = std::size_t{16} << 10U;

class plain_words {
public:
    explicit plain_words(std::shared_ptr<http::redactor> secrets) : secrets_(std::move(secrets)) {}

    std::string of(std::string_view text) const {
        if (text.empty()) return {};
        return one_line(secrets_->redact(text.substr(0, max_read)), max_words);
    }
    error of(const error& why) const { return {why.code(), of(why.message())}; }
    void in(error& why) const { why = of(why); }

    void in(task_status& status) const {
        in(status.said);
        if (status.in_vain) in(*status.in_vain);
        // As if it had not told it: then it is looked for.
        if (!is_plain(status.vm)) status.vm.clear();
    }
    // It cannot be told which VM it is.
    static void in_seen(evidence::vm_presence& presence, std::string& vm) {
        if (is_plain(vm)) return;
        presence = evidence::vm_presence::ambiguous;
        vm.clear();
    }
    void in(occupant& by) const {
        if (!is_plain(by.vm)) by.vm = several_vms;
        // A clause keeps the blank before it.
        if (!by.where.empty()) by.where = concat(" ", of(std::string_view(by.where).substr(1)));
    }
    void in(evidence& seen) const {
        in_seen(seen.presence, seen.vm);
        seen.seen = of(std::string_view(seen.seen));
        if (seen.tasks_refused) in(*seen.tasks_refused);
        if (seen.failure) in(*seen.failure);
        if (seen.own_task) in(*seen.own_task);
    }
    void in(vm_sighting& seen) const {
        in_seen(seen.presence, seen.vm);
        seen.seen = of(std::string_view(seen.seen));
    }
    void in(submit_outcome& outcome) const {
        if (auto* no = std::get_if<refused>(&outcome)) in(no->said);
        if (auto* no = std::get_if<failed>(&outcome)) in(no->said);
        if (auto* perhaps = std::get_if<uncertain>(&outcome)) in(perhaps->said);
        const auto* begun = std::get_if<started>(&outcome);
        const auto* done = std::get_if<finished>(&outcome);
        const bool deceives = (begun != nullptr && !is_plain(begun->task_id)) ||
                              (done != nullptr && !is_plain(done->vm));
        if (deceives)
            outcome = uncertain{
                error(errc::in_doubt, "accepted, but with an id that holds control characters")};
    }

    template <class T>
    void in(std::vector<T>& all) const {
        for (auto& one : all) in(one);
    }
    void learn(std::string_view secret) const { add_password(*secrets_, secret); }

    void in(bool) const {}
    void in(cancel_outcome) const {}

    // Of an answer, or of why there is none.
    template <class T>
    result<T> of(result<T> answer) const {
        if (!answer) return fail(of(answer.error()));
        if constexpr (!std::is_void_v<T>) in(*answer);
        return answer;
    }

private:
    std::shared_ptr<http::redactor> secrets_;
};

// Passes every function of the interface on, those that have a default as well.
class redacting_backend : public backend {
public:
    redacting_backend(std::unique_ptr<backend> of, plain_words words)
        : words_(std::move(words)), of_(std::move(of)) {}

    task<submit_outcome> submit(submission what) override {
        auto outcome = co_await of_->submit(std::move(what));
        words_.in(outcome);
        co_return outcome;
    }
    task<std::vector<submit_outcome>> submit_together(std::vector<submission> what) override {
        auto outcomes = co_await of_->submit_together(std::move(what));
        words_.in(outcomes);
        co_return outcomes;
    }
    task<result<std::vector<task_status>>> poll(std::vector<std::string> tasks) override {
        auto answer = co_await of_->poll(std::move(tasks));
        co_return words_.of(std::move(answer));
    }
    task<result<evidence>> look(evidence_query query) override {
        auto answer = co_await of_->look(std::move(query));
        co_return words_.of(std::move(answer));
    }
    std::size_t looks_together_max() const override { return of_->looks_together_max(); }
    task<result<std::vector<evidence>>> look_together(
        std::vector<evidence_query> queries) override {
        auto answer = co_await of_->look_together(std::move(queries));
        co_return words_.of(std::move(answer));
    }
    bool has_unique_names(job_kind kind) const override { return of_->has_unique_names(kind); }
    task<result<std::vector<occupant>>> find_by_name(std::vector<vm_identity> names) override {
        auto answer = co_await of_->find_by_name(std::move(names));
        co_return words_.of(std::move(answer));
    }
    task<result<cancel_outcome>> cancel(std::string task_id) override {
        auto answer = co_await of_->cancel(std::move(task_id));
        co_return words_.of(std::move(answer));
    }
    task<result<bool>> anyone_at_work(job_kind kind) override {
        auto answer = co_await of_->anyone_at_work(kind);
        co_return words_.of(std::move(answer));
    }
    task<result<void>> probe() override {
        auto answer = co_await of_->probe();
        co_return words_.of(std::move(answer));
    }
    task<result<void>> log_in() override {
        auto answer = co_await of_->log_in();
        co_return words_.of(std::move(answer));
    }
    void use_secret(std::string secret) override {
        words_.learn(secret);
        of_->use_secret(std::move(secret));
    }
    task<void> close() override { return of_->close(); }
    std::int64_t requests_sent() const override { return of_->requests_sent(); }

protected:
    plain_words words_;

private:
    std::unique_ptr<backend> of_;
};

class redacting_inventory final : public redacting_backend, public inventory {
public:
    redacting_inventory(std::unique_ptr<backend> of,
                        inventory& vms,
                        std::shared_ptr<http::redactor> secrets)
        : redacting_backend(std::move(of), plain_words(secrets)),
          vms_(vms),
          secrets_(std::move(secrets)) {}

    task<result<std::vector<vm_sighting>>> find_vms(std::vector<vm_identity> wanted,
                                                    steady_time deadline) override {
        auto answer = co_await vms_.find_vms(std::move(wanted), deadline);
        co_return words_.of(std::move(answer));
    }
    task<result<std::map<std::string, std::string, std::less<>>>> names_of(
        std::vector<std::string> vms, steady_time deadline) override {
        auto answer = co_await vms_.names_of(std::move(vms), deadline);
        if (!answer) co_return fail(words_.of(answer.error()));
        co_return answer;
    }
    http::token_source& session() override { return vms_.session(); }
    http::client& transport() override { return vms_.transport(); }
    std::shared_ptr<http::redactor> secrets() const override { return secrets_; }

private:
    inventory& vms_;  // the backend itself
    std::shared_ptr<http::redactor> secrets_;
};

}  // namespace

void add_password(http::redactor& to, std::string_view password) {
    if (password.empty()) return;
    to.add(password);
    to.add(zstack::password_digest(password));
}

std::unique_ptr<backend> redact_words(std::unique_ptr<backend> of,
                                      std::shared_ptr<http::redactor> secrets) {
    if (auto* vms = dynamic_cast<inventory*>(of.get()))
        return std::make_unique<redacting_inventory>(std::move(of), *vms, std::move(secrets));
    return std::make_unique<redacting_backend>(std::move(of), plain_words(std::move(secrets)));
}

}  // namespace cloned::backends
