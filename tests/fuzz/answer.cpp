#include "tests/fuzz/answer.hpp"

#include "backends/http/redactor.hpp"
#include "base/check.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace cloned::fuzz {
namespace {

constexpr std::size_t words_max = 1500;

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

// Of three digits, as the parser of HTTP lets through.
int read_status(std::string_view digits) {
    int out = 0;
    for (const char c : digits.substr(0, 3))
        if (c >= '0' && c <= '9') out = out * 10 + (c - '0');
    return out < 200 || out > 999 ? 200 : out;
}

}  // namespace

backends::http::response read_answer(std::string_view text) {
    backends::http::response out;
    out.status = 200;
    while (text.starts_with("# ")) take_line(text);
    constexpr std::string_view mark = "HTTP ";
    if (text.starts_with(mark)) {
        out.status = read_status(take_line(text).substr(mark.size()));
        while (!text.empty()) {
            const auto line = take_line(text);
            if (line.empty()) break;
            const auto colon = line.find(": ");
            if (colon == std::string_view::npos) continue;
            out.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        }
    }
    if (text.ends_with('\n')) text.remove_suffix(1);
    out.body = text;
    return out;
}

bool is_json(std::string_view text) {
    boost::json::error_code ec;
    boost::json::parse({text.data(), text.size()}, ec);
    return !ec;
}

void check_words(const error& said) {
    // What a server might repeat of what it was sent.
    static constexpr std::string_view secret = "S3cret\"word";
    static const auto secrets = [] {
        backends::http::redactor out;
        out.add(secret);
        return out;
    }();
    const auto& words = said.message();
    CLONED_CHECK(secrets.redact(words).find(secret) == std::string::npos, "a secret was shown");
    CLONED_CHECK(!words.empty(), "a fault without words");
    CLONED_CHECK(words.size() <= words_max, "words without a limit");
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    CLONED_CHECK(std::none_of(words.begin(), words.end(), control), "words of more than one line");
}

void check_words(const backends::submit_outcome& outcome) {
    if (const auto* no = std::get_if<backends::refused>(&outcome)) check_words(no->said);
    if (const auto* no = std::get_if<backends::failed>(&outcome)) check_words(no->said);
    if (const auto* doubt = std::get_if<backends::uncertain>(&outcome)) {
        check_words(doubt->said);
        CLONED_CHECK(doubt->said.code() == errc::in_doubt, "a doubt under another name");
    }
}

void check_words(const backends::task_status& status) {
    using enum backends::task_phase;
    if (status.phase == failed || status.phase == refused) check_words(status.said);
}

bool claims_success(const backends::submit_outcome& outcome) {
    return std::holds_alternative<backends::started>(outcome) ||
           std::holds_alternative<backends::finished>(outcome);
}

void check_status(const backends::task_status& status) {
    check_words(status);
    CLONED_CHECK(!status.later || status.phase == backends::task_phase::failed,
                 "only what failed can be begun anew");
    CLONED_CHECK(!status.cancelled || status.phase == backends::task_phase::failed,
                 "only what failed was cancelled");
}

void check_evidence(const result<std::vector<backends::vapi::listed_task>>& read,
                    bool json,
                    std::string_view operation) {
    using namespace backends;
    CLONED_CHECK(json || !read, "a text that is no JSON was understood");
    if (!read) return check_words(read.error());
    evidence_query query;
    vcenter_clone_spec spec;
    spec.source = "vm-42";
    spec.name = "web-1";
    query.spec = spec;
    vapi::task_listing tasks;
    for (const auto& task : *read) {
        const bool ended = task.phase == task_phase::succeeded || task.phase == task_phase::failed;
        (ended ? tasks.ended : tasks.live).push_back(task);
    }
    vm_sighting there;
    there.presence = evidence::vm_presence::present;
    there.vm = "vm-9";
    for (const auto& sighting : {vm_sighting(), there}) {
        evidence seen;
        const auto unnamed = vapi::vms_to_explain(query, sighting, tasks, operation);
        vapi::live_candidates candidates(tasks);
        vapi::judge(query, sighting, tasks, candidates.of(query, operation), operation, {}, seen);
        const bool absent = seen.presence == evidence::vm_presence::absent;
        CLONED_CHECK(!absent || seen.unexplained_tasks >= unnamed.size(), "a VM was forgotten");
        CLONED_CHECK(seen.vm == sighting.vm, "another VM than was seen");
        if (seen.presence == evidence::vm_presence::left_behind)
            CLONED_CHECK(seen.failure.has_value(), "left behind by nothing");
        if (seen.failure) check_words(*seen.failure);
    }
}

}  // namespace cloned::fuzz
