#include "backends/snapservice/wire.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::backends::snapservice {
namespace {

const wire snap;

TEST(SnapserviceWire, BatchesFitAUrl) {
    const std::vector<std::string> ids(2000, "b3d6b7e2-3c6e-4a54-9a58-0c1b7a3d9f10");

    const auto n = snap.batch_size(ids);

    EXPECT_GT(n, 100U);
    EXPECT_LT(snap.list_tasks(std::span(ids).first(n)).target.size(), 7100U);
}

TEST(SnapserviceWire, ListsOfAnotherShapeAreNoLists) {
    for (const auto* body : {"[]", "{}", R"({"items":{}})", R"({"items":[{"task":"a"}]})",
                             R"({"items":[{"task":1,"info":{}}]})"})
        EXPECT_FALSE(snap.read_list(body)) << body;
}

}  // namespace
}  // namespace cloned::backends::snapservice
