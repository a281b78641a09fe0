#include "daemon/rpc/api/validate.hpp"
#include "tests/rpc/requests.hpp"

#include <gtest/gtest.h>

namespace cloned::rpc::test {
namespace {

// A job of each kind that makes a VM, with that name.
std::vector<v1::JobSpec> jobs_named(const std::string& name) {
    std::vector<v1::JobSpec> out;
    out.push_back(good_vcenter_clone());
    out.back().mutable_vcenter_clone()->set_name(name);
    out.push_back(good_linked_clone());
    out.back().mutable_linked_clone()->set_name(name);
    out.push_back(good_restore());
    out.back().mutable_restore()->set_name(name);
    out.emplace_back().mutable_zstack_clone()->set_name(name);
    return out;
}

// What is wrong with its name.
std::string said_of(const v1::JobSpec& job) {
    static const endpoint_directory endpoints(some_endpoints());
    problem_list problems;
    const field_place root(problems);
    check_job(job, endpoints, some_time(), root.in("jobs", 3));
    for (const auto& one : problems.kept())
        if (one.field.ends_with(".name")) return one.description;
    return {};
}

TEST(VmName, WithWhatAServerMayTrimOrNobodySeesIsRefusedForEveryKind) {
    for (const auto* name : {"web-1 ", " web-1", "web-1\u00a0", "\u3000web-1", "web-1\u2003",
                             "web-1\u202f", "\u1680web-1", "web-1\u205f", "web-1\u2009"})
        for (const auto& job : jobs_named(name))
            EXPECT_NE(said_of(job).find("take the blank out"), std::string::npos)
                << name << ": " << said_of(job);
    for (const auto* name : {"web\u200b-1", "web-1\ufeff", "\u202eweb", "web\u2066-1", "w\u00adeb",
                             "web\u2060", "web\u200e", "web\u180e", "web\u2028", "web\U000e0041"})
        for (const auto& job : jobs_named(name))
            EXPECT_NE(said_of(job).find("cannot be seen"), std::string::npos)
                << name << ": " << said_of(job);
    for (const auto* name : {"web 1", "web\u00a0\u00a01", "虚拟机", "web(01)", "a:b", "café",
                             "cafe\u0301", "WEB-1", "a>b", "a,b", "x is null", "~web", "!?"})
        for (const auto& job : jobs_named(name)) EXPECT_EQ(said_of(job), "") << name;
}

TEST(VmName, WithAnOperatorOfZstacksQueryIsRefusedForZstackAlone) {
    for (const auto* name : {"a=b", "a>=b", "a!=b", "a~=b", "a!?=b", "=", "a==b"}) {
        for (const auto& job : jobs_named(name))
            EXPECT_EQ(said_of(job).find("takes for an operator") != std::string::npos,
                      job.has_zstack_clone())
                << name << ": " << said_of(job);
    }
}

}  // namespace
}  // namespace cloned::rpc::test
