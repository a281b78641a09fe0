#include "backends/vijson/customize_body.hpp"
#include "backends/vijson/wire.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "tests/backends/golden_file.hpp"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <set>

// From what a client sends to what the vendor gets: NAME.job.json in golden/vijson/customize
// becomes the request in NAME.http.
namespace cloned::rpc {
namespace {

namespace pb = google::protobuf;
using testing::golden_files;
using testing::read_golden;
using testing::read_text;

constexpr auto folder = "vijson/customize";
constexpr std::string_view ending = ".job.json";

const backends::vijson::credential_map credentials{{"guest", "gu\"est-secret"},
                                                   {"admin", "admin-secret"},
                                                   {"script", "secret script\n"},
                                                   {"token", "saml-token"}};

v1::CustomizeGuest job_in(const std::string& path) {
    v1::CustomizeGuest out;
    const auto read = pb::util::JsonStringToMessage(read_text(path), &out);
    EXPECT_TRUE(read.ok()) << path << ": " << read.ToString();
    return out;
}

// Fields of guest.proto that the message, or one within it, has.
void collect_fields(const pb::Message& from, std::set<std::string>& into) {
    std::vector<const pb::FieldDescriptor*> fields;
    const auto* r = from.GetReflection();
    r->ListFields(from, &fields);
    for (const auto* field : fields) {
        into.insert(field->full_name());
        if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
        const int count = field->is_repeated() ? r->FieldSize(from, field) : 1;
        for (int i = 0; i < count; ++i)
            collect_fields(field->is_repeated() ? r->GetRepeatedMessage(from, field, i)
                                                : r->GetMessage(from, field),
                           into);
    }
}

TEST(GoldenCustomization, IsWhatTheVendorGets) {
    const backends::vijson::wire speaks("8.0.3.0");
    for (const auto& path : golden_files(folder, ending)) {
        SCOPED_TRACE(path);
        v1::JobSpec sent;
        *sent.mutable_customize_guest() = job_in(path);
        const auto job = read_job(sent, 0);

        auto body =
            backends::vijson::customize_body(std::get<customize_guest_spec>(job.spec), credentials);
        ASSERT_TRUE(body) << body.error().message();
        const auto made = speaks.customize("GuestCustomizationManager", std::move(*body), "op-1");

        const auto name = path.substr(0, path.size() - ending.size());
        testing::expect_golden(made, read_golden(name + ".http"));
    }
}

TEST(GoldenCustomization, HasEveryTypeAndEveryFieldSomewhere) {
    std::set<std::string> given;
    for (const auto& path : golden_files(folder, ending)) collect_fields(job_in(path), given);

    const auto* types = v1::CustomizationSpec::descriptor()->file();
    for (int t = 0; t < types->message_type_count(); ++t)
        for (int f = 0; f < types->message_type(t)->field_count(); ++f) {
            const auto& name = types->message_type(t)->field(f)->full_name();
            EXPECT_TRUE(given.contains(name)) << name;
        }
}

}  // namespace
}  // namespace cloned::rpc
