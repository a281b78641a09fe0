#include "clonectl/resource_names.hpp"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

TEST(ClonectlNames, ShortAndFullFormsMeanTheSame) {
    for (const auto* text : {"u-1", "batches/u-1"}) {
        ASSERT_TRUE(parse_target(text)) << text;
        EXPECT_EQ(parse_target(text)->batch, "batches/u-1");
        EXPECT_EQ(parse_target(text)->job, "");
    }
    for (const auto* text :
         {"u-1/k.2", "u-1/jobs/k.2", "batches/u-1/k.2", "batches/u-1/jobs/k.2"}) {
        ASSERT_TRUE(parse_target(text)) << text;
        EXPECT_EQ(parse_target(text)->job, "batches/u-1/jobs/k.2");
    }
}

TEST(ClonectlNames, WhatNamesNothingIsRefused) {
    for (const auto* text :
         {"", "/", "a/", "/a", "batches/", "batches/a/b/c", "a/b/c", "batches/a/jobs/"}) {
        EXPECT_FALSE(parse_target(text)) << text;
    }
}

TEST(ClonectlNames, LanesAreNumbers) {
    EXPECT_EQ(parse_lane("7"), "lanes/7");
    EXPECT_EQ(parse_lane("lanes/12"), "lanes/12");
    EXPECT_FALSE(parse_lane("vc/domain-c8/restore"));
    EXPECT_FALSE(parse_lane(""));
}

TEST(ClonectlNames, AreShortenedForPeople) {
    EXPECT_EQ(short_job("batches/u/jobs/k"), "u/k");
    EXPECT_EQ(short_job("odd"), "odd");
    EXPECT_EQ(last_part("lanes/3"), "3");
}

}  // namespace
}  // namespace cloned::clonectl
