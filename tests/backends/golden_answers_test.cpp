#include "tests/backends/golden_file.hpp"
#include "tests/backends/golden_upstream.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

// Each file in golden/<upstream>/answers is what an upstream may say to one question. Its notes:
//   call   what is asked of the backend
//   asks   the beginning of the request that gets this answer; `turn`: only at the n-th time
//   whole  what comes of it, one note for each line
//   cut    how each line may begin if a part of the body is missing, parted by " | "
//   empty  the same without any body, if that differs
namespace cloned::testing {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& separator) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(separator, from), text.size());
        if (end > from) out.push_back(text.substr(from, end - from));
        from = end + separator.size();
    }
    return out;
}

// Does the line begin with these words?
bool begins(const std::string& line, const std::string& words) {
    if (!line.starts_with(words)) return false;
    return line.size() == words.size() ||
           std::string_view(" :,").find(line[words.size()]) != std::string_view::npos;
}

bool is_one_of(const std::string& outcome, const std::vector<std::string>& allowed) {
    const auto lines = split(outcome, "\n");
    return !lines.empty() && std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return std::any_of(allowed.begin(), allowed.end(),
                           [&](const std::string& words) { return begins(line, words); });
    });
}

// What a program sees of each line.
std::vector<std::string> kinds_of(const std::string& outcome) {
    std::vector<std::string> out;
    for (const auto& line : split(outcome, "\n")) out.push_back(line.substr(0, line.find(": ")));
    return out;
}

bool is_json(const std::string& text) {
    boost::json::error_code ec;
    boost::json::parse(text, ec);
    return !ec;
}

class GoldenAnswers : public ::testing::TestWithParam<const char*> {
protected:
    static std::vector<golden_file> files() {
        std::vector<golden_file> out;
        for (const auto& path : golden_files(std::string(GetParam()) + "/answers"))
            out.push_back(read_golden(path));
        return out;
    }

    static std::unique_ptr<golden_upstream> upstream_with(const golden_file& file,
                                                          const std::string& body) {
        auto out = std::make_unique<golden_upstream>(GetParam());
        auto says = file.as_answer();
        says.body = body;
        const auto turn = file.note("turn");
        out->answer_to(file.note("asks"), std::move(says), turn.empty() ? 0 : std::stoi(turn));
        return out;
    }

    static std::string outcome_with(const golden_file& file, const std::string& body) {
        return upstream_with(file, body)->ask(file.note("call"));
    }
};

std::vector<std::string> allowed(const golden_file& file, bool empty) {
    const auto of_nothing = file.note("empty");
    return split(empty && !of_nothing.empty() ? of_nothing : file.note("cut"), " | ");
}

TEST_P(GoldenAnswers, AreUnderstoodAsDocumented) {
    for (const auto& file : files()) {
        SCOPED_TRACE(file.name);
        const auto upstream = upstream_with(file, file.body);

        EXPECT_EQ(upstream->ask(file.note("call")), file.note("whole"));
        EXPECT_TRUE(upstream->was_asked(file.note("asks")));
        EXPECT_TRUE(upstream->unexpected.empty()) << upstream->unexpected.front();
    }
}

TEST_P(GoldenAnswers, ProveNothingWhereAPartIsMissing) {
    for (const auto& file : files()) {
        SCOPED_TRACE(file.name);
        for (std::size_t n = 0; n < file.body.size(); ++n) {
            const auto part = file.body.substr(0, n);
            if (is_json(part)) continue;
            const auto outcome = outcome_with(file, part);
            if (is_one_of(outcome, allowed(file, n == 0))) continue;
            ADD_FAILURE() << n << " bytes: " << outcome;
            break;
        }
    }
}

TEST_P(GoldenAnswers, AreSurvivedWithAnyByteWrong) {
    constexpr std::array<char, 7> wrong{'"', '}', '\0', 'x', '\xff', '0', '\\'};
    for (const auto& file : files()) {
        SCOPED_TRACE(file.name);
        auto fine = allowed(file, false);
        for (auto& kind : allowed(file, true)) fine.push_back(std::move(kind));
        for (auto& kind : kinds_of(file.note("whole"))) fine.push_back(std::move(kind));
        for (std::size_t n = 0; n < file.body.size(); ++n) {
            auto other = file.body;
            other[n] = wrong[n % wrong.size()];
            const auto outcome = outcome_with(file, other);
            // What is sound may well mean something else now.
            if (is_json(other) || is_one_of(outcome, fine)) continue;
            ADD_FAILURE() << "byte " << n << ": " << outcome;
            break;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Of,
    GoldenAnswers,
    ::testing::Values("vcenter_api", "vcenter_rest", "snapservice", "vijson", "zstack"),
    [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace cloned::testing
