#include "tests/simulation/totals.hpp"

#include "base/text.hpp"

#include <cstdio>
#include <sstream>

namespace cloned::simulation {
namespace {

std::string with_digits(double value, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

double percentile(const std::map<std::int64_t, std::int64_t>& tenths, double share) {
    std::int64_t all = 0;
    for (const auto& [tenth, count] : tenths) all += count;
    std::int64_t below = 0;
    for (const auto& [tenth, count] : tenths) {
        below += count;
        if (static_cast<double>(below) >= share * static_cast<double>(all))
            return static_cast<double>(tenth) / 10;
    }
    return 0;
}

}  // namespace

void totals::add(const report& world) {
    ++worlds;
    jobs += world.jobs;
    kills += world.kills;
    restored += world.restored;
    resolved += world.resolved;
    doubts += world.doubts.all;
    settled += world.doubts.settled;
    failed_worlds += world.violations.empty() ? 0 : 1;
    for (const auto& violation : world.violations)
        ++wrongs[static_cast<std::size_t>(violation.what)];
    for (const auto& [tenth, count] : world.doubts.tenths) tenths[tenth] += count;
}

void totals::add(const totals& others) {
    worlds += others.worlds;
    jobs += others.jobs;
    kills += others.kills;
    restored += others.restored;
    resolved += others.resolved;
    doubts += others.doubts;
    settled += others.settled;
    failed_worlds += others.failed_worlds;
    for (std::size_t i = 0; i < wrong_kinds; ++i) wrongs[i] += others.wrongs[i];
    for (const auto& [tenth, count] : others.tenths) tenths[tenth] += count;
}

std::string totals::line() const {
    const auto number = [](std::int64_t n) { return std::to_string(n); };
    const auto share =
        doubts == 0 ? 100.0 : 100.0 * static_cast<double>(settled) / static_cast<double>(doubts);
    return concat("worlds=", number(worlds), " jobs=", number(jobs), " kills=", number(kills),
                  " restored=", number(restored), " doubts=", number(doubts),
                  " resolved=", number(resolved), " lost=", number(wrongs[0]),
                  " twice=", number(wrongs[1]), " over_limit=", number(wrongs[2]),
                  " stuck=", number(wrongs[3]), " wrong=", number(wrongs[4]),
                  " settled=", with_digits(share, 2),
                  "% p99=", with_digits(percentile(tenths, 0.99), 1), "s");
}

std::string totals::packed() const {
    std::ostringstream out;
    out << worlds << ' ' << jobs << ' ' << kills << ' ' << restored << ' ' << resolved << ' '
        << doubts << ' ' << settled << ' ' << failed_worlds;
    for (const auto count : wrongs) out << ' ' << count;
    for (const auto& [tenth, count] : tenths) out << ' ' << tenth << ' ' << count;
    return out.str();
}

totals totals::unpack(const std::string& text) {
    totals out;
    std::istringstream in(text);
    in >> out.worlds >> out.jobs >> out.kills >> out.restored >> out.resolved >> out.doubts >>
        out.settled >> out.failed_worlds;
    for (auto& count : out.wrongs) in >> count;
    std::int64_t tenth = 0;
    std::int64_t count = 0;
    while (in >> tenth >> count) out.tenths[tenth] += count;
    return out;
}

}  // namespace cloned::simulation
