#include "tests/simulator/zstack_client.hpp"

#include <gtest/gtest.h>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = zstack_client;

namespace {

const std::string clone_body = R"({"cloneVmInstance":{"names":["a"]}})";
const std::string clone_path = "/zstack/v1/vm-instances/a0000000000040008000000000000042/actions";

}  // namespace

TEST(Zstack, AcceptsACloneWithAnAbsoluteLocationAndTellsItsEndByTheJob) {
    client c;

    const answer accepted = c.clone_there(R"("web-1")");

    EXPECT_EQ(accepted.status, 202);
    EXPECT_EQ(client::text(client::parse(accepted), "location"),
              "http://10.0.0.5:8080/zstack/v1/api-jobs/4d89929b96374b318af338577e77faec");
    EXPECT_EQ(c.job().status, 202);
    EXPECT_EQ(c.job().body, "{}");
    c.pass(1s);
    const auto ended = client::parse(c.job());
    EXPECT_EQ(c.job().status, 200);
    const auto& item = ended.at("result").at("inventories").at(0);
    EXPECT_EQ(client::text(item.at("inventory"), "name"), "web-1");
    EXPECT_EQ(client::text(item.at("inventory"), "description"),
              "cloned from vm[uuid:a0000000000040008000000000000042]");
}

TEST(Zstack, ItemsDoNotComeInTheOrderOfTheNames) {
    client c;
    c.clone_there(R"("a","b")");
    c.pass(1s);

    const auto items = client::parse(c.job()).at("result").at("inventories").as_array();

    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(client::text(items.at(0).at("inventory"), "name"), "b");
}

TEST(Zstack, TheStrategyDecidesTheStateOfTheVm) {
    client c;
    const auto state = [&](const std::string& strategy) {
        c.clone_there("\"" + strategy + "\"", R"(,"strategy":")" + strategy + "\"", {});
        c.pass(1s);
        return c.states("q=name=" + strategy);
    };

    EXPECT_EQ(state("InstantStart"), "Running");
    EXPECT_EQ(state("CreateStopped"), "Stopped");
    EXPECT_EQ(state("JustCreate"), "Created");
}

TEST(Zstack, KnowsTheActionByItsExactKeyOnly) {
    client c;

    const answer a = c.zstack("PUT", "vm-instances/" + std::string(client::source_1) + "/actions",
                              R"({"clonevminstance":{"names":["a"]}})");

    EXPECT_EQ(a.status, 400);
    EXPECT_NE(a.body.front(), '{');
}

TEST(Zstack, RefusesWrongTypesBeforeTheApiSeesThem) {
    client c;

    EXPECT_EQ(c.clone_there(R"("a")", R"(,"full":"yes")").status, 400);
    EXPECT_EQ(c.clone_there("7").status, 500);
    EXPECT_EQ(c.clone_there(R"("a")", R"(,"vmNicParams":"[]")").status, 500);
    EXPECT_EQ(c.clone_there(R"("a")", R"(,"rootVolumeSystemTags":[1])").status, 500);
    EXPECT_EQ(c.job().status, 404);
}

TEST(Zstack, TellsMistakesOfArgumentsByTheJob) {
    client c;
    const auto code = [&](const answer& accepted) {
        EXPECT_EQ(accepted.status, 202);
        const std::string location = client::text(client::parse(accepted), "location");
        return c.code(location.substr(location.size() - 32));
    };

    EXPECT_EQ(code(c.clone_there("", "", {})), "SYS.1007");
    EXPECT_EQ(code(c.clone_there(R"("a")", R"(,"strategy":"Now")", {})), "SYS.1007");
    EXPECT_EQ(code(c.clone_there(R"("a")", "", {}, "nobody")), "SYS.1003");
    EXPECT_EQ(code(c.clone_there(R"("a")", R"(,"clusterUuid":"nowhere")", {})), "SYS.1003");
    EXPECT_EQ(c.count("q=name=a"), 0U);
}

TEST(Zstack, TakesEmptyValuesForUnsetOnes) {
    client c;

    c.clone_there(R"("a")",
                  R"(,"strategy":"","full":null,"primaryStorageUuidForRootVolume":null,)"
                  R"("rootVolumeSystemTags":null,"dataVolumeSystemTags":[],"clusterUuid":"")");
    c.pass(1s);

    EXPECT_EQ(c.job().status, 200);
}

TEST(Zstack, NeedsAnAuthorizationOfAKnownKind) {
    client c;

    EXPECT_EQ(c.send("PUT", clone_path, clone_body, {}).status, 400);
    EXPECT_EQ(c.send("PUT", clone_path, clone_body, {{"Authorization", "Basic eA=="}}).status, 400);
    EXPECT_EQ(c.send("PUT", clone_path, clone_body, {{"x-session-id", c.session}}).status, 400);
}

TEST(Zstack, ADeadSessionIsToldAtOnceToReadsAndByTheJobToClones) {
    client c;
    c.sim("POST", "expire-sessions");

    const answer read = c.zstack("GET", "vm-instances");
    const answer accepted = c.clone_there(R"("a")");

    EXPECT_EQ(read.status, 503);
    EXPECT_NE(read.body.find("ID.1001"), std::string::npos);
    EXPECT_EQ(accepted.status, 202);
    EXPECT_EQ(c.job().status, 503);
    EXPECT_EQ(c.code(), "ID.1001");
}

TEST(Zstack, ASessionSlidesWithCallsAndNotWithPolls) {
    client c;
    c.clone_there(R"("a")");
    c.pass(5000s);
    EXPECT_EQ(c.zstack("GET", "vm-instances").status, 200);
    c.pass(5000s);
    EXPECT_EQ(c.zstack("GET", "vm-instances").status, 200);
    c.pass(5000s);
    c.job();
    c.pass(5000s);

    EXPECT_EQ(c.zstack("GET", "vm-instances").status, 503);
}

TEST(Zstack, AWrongPasswordIsNo401) {
    client c;

    const answer a =
        c.send("PUT", "/zstack/v1/accounts/login", client::login("admin", "password"), {});

    EXPECT_EQ(a.status, 503);
    EXPECT_NE(a.body.find("ID.1000"), std::string::npos);
}

TEST(Zstack, AJobUuidIsTakenOnce) {
    client c;
    c.clone_there(R"("a")");

    const answer again = c.clone_there(R"("a")");

    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(again.body, "Duplicate job uuid[4d89929b96374b318af338577e77faec]");
    EXPECT_EQ(c.clone_there(R"("a")", "", "short").status, 400);
}

TEST(Zstack, AnOldServerRunsAJobUuidAgain) {
    config settings = client::quick_zstack();
    settings.zstack.refuses_known_jobs = false;
    client c(settings);
    c.clone_there(R"("a")");

    EXPECT_EQ(c.clone_there(R"("a")").status, 202);
    EXPECT_EQ(c.sim("GET", "ledger").at("doubles_ever").to_number<int>(), 1);
}

TEST(Zstack, NamesAreNotUniqueButTheLedgerCountsThem) {
    client c;
    c.clone_there(R"("a")");
    c.clone_there(R"("a")", "", client::job_2);
    c.pass(1s);

    EXPECT_EQ(c.job(client::job_2).status, 200);
    EXPECT_EQ(c.count("q=name=a"), 2U);
    EXPECT_EQ(c.sim("GET", "ledger").at("doubles").to_number<int>(), 1);
}

TEST(Zstack, ClonesAboveTheLimitWaitWithoutAWord) {
    config settings = client::quick_zstack();
    settings.zstack.clone_limit = 2;
    client c(settings);

    EXPECT_EQ(c.clone_there(R"("a","b","c")").status, 202);

    c.pass(1s);
    EXPECT_EQ(c.job().status, 202);
    c.pass(1s);
    EXPECT_EQ(c.job().status, 200);
    const auto ledger = c.sim("GET", "ledger?vms=1");
    EXPECT_EQ(ledger.at("zstack_queues").at(0).at("peak_running").to_number<int>(), 2);
    EXPECT_EQ(ledger.at("vms").as_array().size(), 3U);
    for (const auto& lane : ledger.at("lanes").as_array()) {
        if (client::text(lane, "kind") == "zstack_clone" &&
            client::text(lane, "cluster") == "c0000000000040008000000000000001") {
            EXPECT_EQ(lane.at("peak").to_number<int>(), 3);
            EXPECT_EQ(lane.at("succeeded").to_number<int>(), 3);
        }
    }
}

TEST(Zstack, TheLimitOfAQueueMayMove) {
    config settings = client::quick_zstack();
    settings.zstack.clone_limit = 0;
    client c(settings);
    c.clone_there(R"("a")");
    c.pass(5s);
    EXPECT_EQ(c.count("q=name=a"), 0U);

    c.sim("POST", "limits", R"({"kind":"zstack_clone","limit":1})");

    EXPECT_EQ(c.count("q=name=a"), 1U);
}

TEST(Zstack, AnEndedJobExpiresFromItsBeginningOn) {
    client c;
    c.clone_there(R"("a")");
    c.pass(10'799s);
    EXPECT_EQ(c.job().status, 200);
    c.pass(1s);

    EXPECT_EQ(c.job().status, 404);
    EXPECT_EQ(c.job().body, "the job has been expired");
}

TEST(Zstack, DestroyedVmsAreStillListed) {
    client c;
    c.clone_there(R"("a")");
    c.pass(1s);
    const auto item = client::parse(c.job()).at("result").at("inventories").at(0);

    c.sim("DELETE", "vms/" + client::text(item.at("inventory"), "uuid"));

    EXPECT_EQ(c.states("q=name=a"), "Destroyed");
    EXPECT_EQ(c.count("q=name=a&q=state!=Destroyed"), 0U);
}

TEST(Zstack, QueriesKnowTheOperators) {
    client c;
    c.clone_there(R"("alpha","beta")", "", {});
    c.pass(1s);

    EXPECT_EQ(c.count("q=name=ALPHA"), 1U) << "the database compares without regard to case";
    EXPECT_EQ(c.count("q=name~=%25a"), 2U);
    EXPECT_EQ(c.count("q=name?=alpha,beta,gamma"), 2U);
    EXPECT_EQ(c.count("q=name!?=alpha,beta"), 4U);
    EXPECT_EQ(c.count("q=name!=alpha"), 5U);
    EXPECT_EQ(c.count("q=cpuNum%20not%20null&limit=3"), 3U);
    EXPECT_EQ(c.count("q=name%20is%20null"), 0U);
}

TEST(Zstack, AnOperatorInTheValueSplitsAtTheWrongPlace) {
    client c;
    c.clone_there(R"("a>=b")", "", {});

    const answer a = c.zstack("GET", "vm-instances?q=name%3Da%3E%3Db");

    EXPECT_EQ(a.status, 503) << "it asks for a field called 'name=a'";
}

TEST(Zstack, AQueryCountsWhereAskedTo) {
    client c;

    const auto counted = client::parse(c.zstack("GET", "vm-instances?limit=1&replyWithCount=true"));

    EXPECT_EQ(counted.at("inventories").as_array().size(), 1U);
    EXPECT_EQ(counted.at("total").to_number<int>(), 4);
    EXPECT_EQ(c.zstack("GET", "vm-instances?limit=many").status, 400);
}

TEST(Zstack, WhatNoApiServesIsPlainText) {
    client c;

    EXPECT_EQ(c.zstack("GET", "volumes").status, 404);
    EXPECT_EQ(c.zstack("DELETE", "api-jobs/" + std::string(client::job_1)).status, 405);
}

TEST(Zstack, DatesAreInTheNodesLocalTime) {
    config settings = client::quick_zstack();
    settings.zstack.utc_offset_min = 480;
    client c(settings);

    const auto listed = client::parse(c.zstack("GET", "vm-instances?limit=1"));

    EXPECT_EQ(client::text(listed.at("inventories").at(0), "createDate"), "Mar 2, 2026 6:15:00 PM");
}

TEST(Zstack, AnAccessKeyMustFitInEachOfItsParts) {
    client c;
    const std::string target = "/zstack/v1/vm-instances";
    const std::string date = "Mon, 02 Mar 2026 10:15:00 GMT";
    // HMAC-SHA1 with the default secret over "GET\n<date>\n/v1/vm-instances".
    const std::string right = "ZStack composedKeyId012345:ZW36NI3uIhUFqc/4uCvejnKASlI=";
    const auto status = [&](const std::string& authorization, const std::string& at) {
        return c.send("GET", target, {}, {{"Authorization", authorization}, {"Date", at}}).status;
    };

    EXPECT_EQ(status(right, date), 200);
    EXPECT_EQ(status(right, "Mon, 02 Mar 2026 10:15:01 GMT"), 403);
    EXPECT_EQ(status(right, "Mon, 02 Mar 2026 10:30:01 GMT"), 403);
    EXPECT_EQ(status(right, "2026-03-02"), 400);
    EXPECT_EQ(status("ZStack someKeyOfNobody:x", date), 403);
    EXPECT_EQ(status("ZStack composedKeyId012345", date), 400);
    EXPECT_EQ(c.send("GET", target, {}, {{"Authorization", right}}).status, 400);
}

TEST(Zstack, RulesMakeNamesFailWithAndWithoutAVm) {
    client c;
    c.sim("POST", "rules",
          R"([{"fault":"zstack_item_fail","object":"b","error_type":"PS.1000","max":1},)"
          R"({"fault":"zstack_item_fail_late","object":"a"}])");

    c.clone_there(R"("a","b")");
    c.clone_there(R"("a")", "", client::job_2);
    c.pass(1s);

    const auto first = client::parse(c.job()).at("result");
    EXPECT_EQ(first.at("numberOfClonedVm").to_number<int>(), 1);
    EXPECT_EQ(client::text(first.at("inventories").at(0).at("error"), "code"), "PS.1000");
    EXPECT_FALSE(first.at("inventories").at(0).as_object().contains("inventory"));
    const auto second = client::parse(c.job(client::job_2)).at("result").at("inventories").at(0);
    EXPECT_TRUE(second.as_object().contains("inventory"));
    EXPECT_TRUE(second.as_object().contains("error"));
}

TEST(Zstack, RulesMakeCallsFailWithAndWithoutOrphans) {
    client c;
    c.sim("POST", "rules",
          R"([{"fault":"task_fail","message_id":"VM.1010","max":1},)"
          R"({"fault":"zstack_call_fail_late","error_type":"SYS.1001"}])");

    c.clone_there(R"("a")");
    c.clone_there(R"("b")", "", client::job_2);
    c.pass(1s);

    EXPECT_EQ(c.code(), "SYS.1006");
    EXPECT_NE(c.job().body.find(R"("cause":{"code":"VM.1010")"), std::string::npos);
    EXPECT_EQ(c.count("q=name=a"), 0U);
    EXPECT_EQ(c.code(client::job_2), "SYS.1001");
    EXPECT_EQ(c.count("q=name=b"), 1U);
}

TEST(Zstack, RulesMakeJobsRunForEverWithAndWithoutVms) {
    client c;
    c.sim("POST", "rules", R"([{"fault":"zstack_node_dies","max":1},{"fault":"task_blocked"}])");

    c.clone_there(R"("a")");
    c.clone_there(R"("b")", "", client::job_2);
    c.pass(100h);

    EXPECT_EQ(c.job().status, 202);
    EXPECT_EQ(c.job(client::job_2).status, 202);
    c.log_in_there();
    EXPECT_EQ(c.count("q=name=a"), 0U);
    EXPECT_EQ(c.states("q=name=b"), "Running");
}

TEST(Zstack, RulesSpeakItsOwnLanguage) {
    client c;
    const auto with = [&](const std::string& rule) {
        c.sim("POST", "rules", "[" + rule + "]");
        return c.zstack("GET", "vm-instances");
    };

    EXPECT_EQ(with(R"({"fault":"status","status":429})").body, "Rate limit exceeded");
    EXPECT_NE(with(R"({"fault":"status","error_type":"SYS.1010"})").body.find("SYS.1010"),
              std::string::npos);
    EXPECT_EQ(with(R"({"fault":"unauthenticated"})").status, 503);
}
