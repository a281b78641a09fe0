#include "base/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cloned {
namespace {

constexpr int last_code = static_cast<int>(errc::in_doubt);

TEST(Errc, EveryCodeIsFoundAgainByItsName) {
    for (int i = 0; i <= last_code; ++i) {
        const auto code = static_cast<errc>(i);

        EXPECT_EQ(errc_from_string(to_string(code)), code) << to_string(code);
    }
}

TEST(Errc, NamesDiffer) {
    std::set<std::string_view> names;
    for (int i = 0; i <= last_code; ++i) names.insert(to_string(static_cast<errc>(i)));

    EXPECT_EQ(names.size(), static_cast<std::size_t>(last_code) + 1);
}

TEST(Errc, ANameOfANewerDaemonIsInternal) {
    EXPECT_EQ(errc_from_string("invented_later"), errc::internal);
    EXPECT_EQ(errc_from_string(""), errc::internal);
}

}  // namespace
}  // namespace cloned
