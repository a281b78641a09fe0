#include "storage/spec_codec.hpp"

#include <gtest/gtest.h>

namespace cloned::storage {
namespace {

const placement everywhere{"group-v1", "resgroup-2", "host-3", "domain-c4", "datastore-5"};

std::vector<job_spec> full_specs() {
    return {
        vcenter_clone_spec{"vm-1",
                           "web",
                           everywhere,
                           {"2000", "2001"},
                           {{"2002", "datastore-6"}, {"2003", "datastore-7"}},
                           false,
                           "linux"},
        linked_clone_spec{"domain-c1", "vm-1", "snapshot-9", "web", everywhere},
        restore_spec{"domain-c1", "vm-1", "snapshot-9", "web", everywhere},
        power_on_spec{"vm-1", true},
    };
}

TEST(SpecCodec, KeepsEveryFieldOfEveryKind) {
    for (const auto& spec : full_specs()) {
        const auto back = decode_spec(kind_of(spec), encode_spec(spec));

        ASSERT_TRUE(back) << back.error().message();
        EXPECT_EQ(*back, spec) << to_string(kind_of(spec));
    }
}

TEST(SpecCodec, KeepsSpecsThatHaveNothingSet) {
    const std::vector<job_spec> empty{vcenter_clone_spec(), linked_clone_spec(), restore_spec(),
                                      power_on_spec()};
    for (const auto& spec : empty) {
        EXPECT_EQ(encode_spec(spec), "{}");
        const auto back = decode_spec(kind_of(spec), "{}");

        ASSERT_TRUE(back);
        EXPECT_EQ(*back, spec);
    }
}

TEST(SpecCodec, TellsUnsetFromFalse) {
    vcenter_clone_spec spec;
    spec.power_on = false;

    const auto back = decode_spec(job_kind::vcenter_clone, encode_spec(spec));

    ASSERT_TRUE(back);
    EXPECT_EQ(std::get<vcenter_clone_spec>(*back).power_on, false);
}

TEST(SpecCodec, KeepsEveryByte) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    const job_spec spec = power_on_spec{bytes, false};

    const auto back = decode_spec(job_kind::power_on, encode_spec(spec));

    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, spec);
}

TEST(SpecCodec, RefusesWhatItDoesNotKnow) {
    for (const auto* text : {R"({"vm":"a","novel":1})", R"({"vm":3})",
                             R"({"wait_for_tools":"yes"})", "[]", "", "3", R"({"vm":"a"} x)"})
        EXPECT_FALSE(decode_spec(job_kind::power_on, text)) << text;
    for (const auto* text : {R"({"where":{"novel":"x"}})", R"({"where":[]})",
                             R"({"disks_to_remove":"2000"})", R"({"disks_to_update":[["2000"]]})",
                             R"({"disks_to_update":[["1","2","3"]]})", R"({"power_on":"true"})"})
        EXPECT_FALSE(decode_spec(job_kind::vcenter_clone, text)) << text;
}

TEST(SpecCodec, NamesThePlaceOfAMistake) {
    const auto wrong = decode_spec(job_kind::vcenter_clone, R"({"where":{"folder":7}})");

    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().message().find("'where'"), std::string::npos);
    EXPECT_NE(wrong.error().message().find("'folder'"), std::string::npos);
}

TEST(SpecCodec, RefusesATextThatWasCutAnywhere) {
    for (const auto& spec : full_specs()) {
        const auto text = encode_spec(spec);
        for (std::size_t length = 0; length < text.size(); ++length)
            EXPECT_FALSE(decode_spec(kind_of(spec), std::string_view(text).substr(0, length)));
    }
}

TEST(SpecCodec, KeepsLabels) {
    const std::map<std::string, std::string> labels{
        {"owner", "team \"x\""}, {"", "empty name"}, {"line\n", "\t\\"}};

    const auto back = decode_labels(encode_labels(labels));

    ASSERT_TRUE(back);
    EXPECT_EQ(*back, labels);
    EXPECT_EQ(decode_labels(encode_labels({})), (std::map<std::string, std::string>()));
    EXPECT_FALSE(decode_labels(R"({"a":1})"));
}

}  // namespace
}  // namespace cloned::storage
