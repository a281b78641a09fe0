#include "backends/vijson/customize_body.hpp"
#include "backends/vijson/wire.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/validate_guest.hpp"
#include "simulator/vijson/types.hpp"
#include "tests/backends/golden_file.hpp"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
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

// --- against the vendor's schema, as the simulated upstream has it

// Has the vendor's type a member of that name that must be given?
bool vendor_requires(const pb::FieldDescriptor& field) {
    const auto* type = simulator::vi_find_type(field.containing_type()->name());
    if (type == nullptr) return false;
    const auto members = simulator::vi_required(*type);
    return std::any_of(members.begin(), members.end(),
                       [&](const auto* member) { return member->name == field.json_name(); });
}

// Takes one required member after the other out of `part`, which stands at `path` in `whole`, and
// expects it to be missed. What has no presence is always sent.
void expect_missed(v1::CustomizeGuest& whole, pb::Message& part, const std::string& path) {
    const auto* r = part.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;
    r->ListFields(part, &fields);
    for (const auto* field : fields) {
        const bool is_message = field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
        const auto here = path + (path.empty() ? "" : ".") + field->name();
        for (int i = 0; is_message && field->is_repeated() && i < r->FieldSize(part, field); ++i)
            expect_missed(whole, *r->MutableRepeatedMessage(&part, field, i),
                          here + "[" + std::to_string(i) + "]");
        if (is_message && !field->is_repeated())
            expect_missed(whole, *r->MutableMessage(&part, field), here);
        if (!vendor_requires(*field)) continue;
        const std::unique_ptr<pb::Message> kept(part.New());
        kept->CopyFrom(part);
        r->ClearField(&part, field);
        problem_list problems;
        check_guest(whole, nullptr, field_place(problems));
        const auto wrong = problems.kept();
        const bool missed = std::any_of(wrong.begin(), wrong.end(),
                                        [&](const auto& one) { return one.field == here; });
        const bool is_sent = !field->has_presence() && !field->is_repeated() &&
                             field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING;
        EXPECT_NE(missed, is_sent) << here;
        part.CopyFrom(*kept);
    }
}

TEST(GuestSchema, EveryMemberThatTheVendorRequiresIsMissed) {
    for (const auto& path : golden_files(folder, ending)) {
        SCOPED_TRACE(path);
        auto job = job_in(path);
        problem_list problems;
        check_guest(job, nullptr, field_place(problems));
        EXPECT_TRUE(problems.kept().empty());
        expect_missed(job, *job.mutable_auth(), "auth");
        expect_missed(job, *job.mutable_spec(), "spec");
    }
}

TEST(GuestSchema, EveryMemberThatTheVendorHasCanBeAskedForAndNoOther) {
    const auto* types = v1::CustomizationSpec::descriptor()->file();
    for (int t = 0; t < types->message_type_count(); ++t) {
        const auto& message = *types->message_type(t);
        const auto* type = simulator::vi_find_type(message.name());
        if (type == nullptr || type->abstract) continue;
        for (int f = 0; f < message.field_count(); ++f)
            EXPECT_NE(simulator::vi_find_member(*type, message.field(f)->json_name()), nullptr)
                << message.field(f)->full_name();
        for (const auto* from = type; from != nullptr; from = simulator::vi_find_type(from->base))
            for (const auto& member : from->members) {
                bool known = false;
                for (int f = 0; f < message.field_count(); ++f)
                    known = known || message.field(f)->json_name() == member.name;
                EXPECT_TRUE(known) << message.name() << "." << member.name;
            }
    }
}

}  // namespace
}  // namespace cloned::rpc
