#include "storage/disk_room.hpp"

#include <gtest/gtest.h>

namespace cloned::storage {
namespace {

using namespace std::chrono_literals;

class hand_set_clock final : public clock {
public:
    steady_time now() const override { return steady_time(passed); }
    wall_time wall() const override {
        return wall_time(1'700'000'000s) + std::chrono::floor<milliseconds>(passed);
    }
    std::unique_ptr<alarm> make_alarm() override { return nullptr; }

    steady_time::duration passed = 1h;
};

class DiskRoom : public ::testing::Test {
public:
    // How often it was said meanwhile that the disk is full.
    int said_in(std::chrono::seconds span) {
        ::testing::internal::CaptureStderr();
        for (auto left = span; left > 0s; left -= 1s) {
            room.note_full("no space");
            time.passed += 1s;
        }
        const auto text = ::testing::internal::GetCapturedStderr();
        int times = 0;
        for (auto at = text.find("disk.full"); at != text.npos; at = text.find("disk.full", at + 1))
            ++times;
        return times;
    }

    hand_set_clock time;
    disk_room room{time};
};

TEST_F(DiskRoom, ThatIsFullIsSaidOnceAndAgainEachMinute) {
    EXPECT_EQ(said_in(60s), 1);
    EXPECT_EQ(said_in(60s), 1);
    EXPECT_EQ(said_in(600s), 10);
    room.note_room();
    EXPECT_EQ(said_in(1s), 1) << "a new time";
}

TEST_F(DiskRoom, IsFullSinceTheFirstFailure) {
    EXPECT_TRUE(room.words().empty());
    said_in(100s);

    EXPECT_TRUE(room.is_full());
    EXPECT_EQ(room.words(),
              "the disk of the database is full since 2023-11-14T23:13:20.000Z, so "
              "that nothing can be recorded or sent (no space)");

    room.note_room();
    EXPECT_FALSE(room.is_full());
    EXPECT_TRUE(room.words().empty());
}

}  // namespace
}  // namespace cloned::storage
