#include "tests/simulator/zstack_client.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = zstack_client;

namespace {

config with(const std::function<void(zstack_config&)>& change) {
    config c = client::quick_zstack();
    change(c.zstack);
    return c;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        char three[4];
        std::snprintf(three, sizeof three, "%%%02X",
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += three;
    }
    return out;
}

}  // namespace

// Steps of the vendor's without a rollback: the job fails, and what it made stays.
TEST(ZstackReadings, Reading21AFailedJobMayLeaveItsVm) {
    for (const auto& [word, states] : std::vector<std::pair<std::string, std::string>>{
             {"no", ""}, {"stopped", "Stopped"}, {"running", "Running"}}) {
        client c(with([&](zstack_config& z) { z.failed_leaves_vm = word; }));
        c.sim("POST", "rules", R"([{"fault":"task_fail"}])");

        c.clone_there(R"("a")", R"(,"strategy":"CreateStopped")");
        c.pass(1s);

        EXPECT_EQ(c.job().status, 503) << word;
        EXPECT_EQ(c.code(), "SYS.1006") << word;
        EXPECT_EQ(c.states("q=name=a"), states) << word;
    }
}

// Something in front of the node answers for it.
TEST(ZstackReadings, Reading22APollOfALiveJobMayBeAnsweredByAnother) {
    struct row {
        std::string as;
        int status;
        std::string words;
    };
    for (const row& r : std::vector<row>{{"id_1001", 503, R"("code":"ID.1001")"},
                                         {"id_1001_404", 404, R"("code":"ID.1001")"},
                                         {"expired", 404, "the job has been expired"}}) {
        client c(with([&](zstack_config& z) {
            z.poll_unknown = 1;
            z.poll_unknown_as = r.as;
        }));
        c.clone_there(R"("a")");

        EXPECT_EQ(c.job().status, r.status) << r.as;
        EXPECT_NE(c.job().body.find(r.words), std::string::npos) << c.job().body;
        c.pass(1s);
        EXPECT_EQ(c.job().status, 200) << "its end is told by the node: " << r.as;
        EXPECT_EQ(c.count("q=name=a"), 1U) << r.as;
    }
}

TEST(ZstackReadings, Reading22HitsThePartOfThePollsThatIsSet) {
    client c(with([](zstack_config& z) { z.poll_unknown = 0.5; }));
    c.clone_there(R"("a")");
    int hit = 0;
    for (int i = 0; i < 100; ++i) {
        hit += c.job().status == 503 ? 1 : 0;
    }

    EXPECT_GT(hit, 25);
    EXPECT_LT(hit, 75);
}

TEST(ZstackReadings, Reading24NamesOfAnyScriptAreMadeAndFound) {
    for (const std::string& name :
         std::vector<std::string>{"\xE4\xB8\xAD\xE6\x96\x87-1", "web(01)", "a:b", "a=b", "a b",
                                  "a+b", "a&b", "a%b", "b@c/d", "\xD0\xB2\xD0\xB5\xD0\xB1"}) {
        client c;
        ASSERT_EQ(c.clone_there("\"" + name + "\"").status, 202) << name;
        c.pass(1s);

        EXPECT_EQ(c.count("q=name%3D" + percent_encoded(name)), 1U) << name;
        EXPECT_EQ(c.count("q=" + percent_encoded("name=" + name + "x")), 0U) << name;
    }
}

// The first operator of a fixed order that stands anywhere in the condition splits it.
TEST(ZstackReadings, Reading24AnOperatorWithinANameSplitsTheCondition) {
    client c;
    for (const char* op : {"!=", ">=", "<=", "!?=", "!~=", "~=", "?="}) {
        const std::string name = "a" + std::string(op) + "b";
        c.clone_there("\"" + name + "\"", "", {});
        const answer a = c.zstack("GET", "vm-instances?q=" + percent_encoded("name=" + name));
        EXPECT_EQ(a.status, 503) << name << ": it asks for a field called 'name=a'";
    }
    c.clone_there(R"("a>b","a<b","is null")", "", {});
    c.pass(1s);
    for (const char* name : {"a>b", "a<b", "is null"}) {
        EXPECT_EQ(c.count("q=" + percent_encoded("name=" + std::string(name))), 1U)
            << name << ": '=' comes before in the order";
    }
}

// A list in some builds, a string that holds one in others.
TEST(ZstackReadings, Reading29TheFormOfNicParamsDependsOnTheBuild) {
    const std::string list = R"(,"vmNicParams":[{"l3NetworkUuid":"u"}])";
    const std::string text = R"(,"vmNicParams":"[{\"l3NetworkUuid\":\"u\"}]")";
    struct row {
        std::string form;
        int by_list;
        int by_text;
    };
    for (const row& r :
         std::vector<row>{{"list", 202, 500}, {"string", 500, 202}, {"both", 202, 202}}) {
        client c(with([&](zstack_config& z) { z.nic_params = r.form; }));

        EXPECT_EQ(c.clone_there(R"("a")", list, {}).status, r.by_list) << r.form;
        EXPECT_EQ(c.clone_there(R"("a")", text, {}).status, r.by_text) << r.form;
        EXPECT_EQ(c.clone_there(R"("a")", R"(,"vmNicParams":null)", {}).status, 202) << r.form;
    }
    client c(with([](zstack_config& z) { z.nic_params = "string"; }));
    c.clone_there(R"("a")", R"(,"vmNicParams":"no list")");
    EXPECT_EQ(c.code(), "SYS.1007");
}

TEST(ZstackReadings, WordsThatNoSettingHasAreRefused) {
    for (const config& wrong : {with([](zstack_config& z) { z.failed_leaves_vm = "half"; }),
                                with([](zstack_config& z) { z.nic_params = "map"; }),
                                with([](zstack_config& z) { z.poll_unknown_as = "418"; }),
                                with([](zstack_config& z) { z.poll_unknown = 2; })}) {
        EXPECT_FALSE(check_config(wrong));
    }
}
