#include "backends/http/redactor.hpp"
#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::backends::http {
namespace {

redactor knowing(std::string_view secret) {
    redactor out;
    out.add(secret);
    return out;
}

TEST(Redactor, HidesASecretInEachOfItsForms) {
    const auto secrets = knowing("pa\"ss/wo&rd\n");
    for (const auto* form :
         {"pa\"ss/wo&rd\n", "pa\"ss/wo&rd ", R"(pa\"ss/wo&rd\n)", R"(pa\"ss\/wo&rd\u000A)",
          R"(\u0070a\u0022ss/wo\u0026rd\n)", "pa%22ss%2Fwo%26rd%0A", "pa%22ss%2fwo%26rd%0a",
          "pa&quot;ss/wo&amp;rd\n", "pa&#34;ss/wo&#x26;rd&#10;", "PA\"SS/WO&RD\n",
          R"(pa\\\"ss/wo&rd\\n)", "pa%2522ss%252Fwo%2526rd%250A"})
        EXPECT_EQ(secrets.redact("a " + std::string(form) + "b"), "a (redacted)b") << form;
    EXPECT_EQ(secrets.redact("nothing of it"), "nothing of it");
}

TEST(Redactor, HidesASecretOfOtherLetters) {
    const auto secrets = knowing("pä密\U0001F600x");
    for (const auto* form : {"pä密\U0001F600x", R"(p\u00e4\u5BC6\ud83d\uDE00x)",
                             "p%C3%A4%E5%AF%86%f0%9f%98%80x", "p&#228;&#x5bc6;&#128512;x"})
        EXPECT_EQ(secrets.redact("a " + std::string(form) + " b"), "a (redacted) b") << form;
}

TEST(Redactor, LeavesHalvesOfPairsAndWhatIsNoEscape) {
    const auto secrets = knowing("hunter2");
    for (const auto* text : {R"(\ud83d)", R"(\ud83d\u0041)", R"(\udc00 \u12 \x \)", "100% %zz %",
                             "&#99999999; &#x110000; &nbsp; &# &", "&amp"})
        EXPECT_EQ(secrets.redact(text), text);
}

TEST(Redactor, HidesWhatBase64MakesOfItWhereverItStands) {
    const auto secrets = knowing("correct horse");
    for (const auto* around : {"", "u:", "user:", "administrator@vsphere.local:"}) {
        const auto plain = std::string(around) + "correct horse";
        for (const auto& coded :
             {to_base64(plain), to_base64url(plain), to_hex(plain), upper_case(to_hex(plain))}) {
            const auto shown = secrets.redact("Basic " + coded);
            EXPECT_NE(shown.find("(redacted)"), std::string::npos) << shown;
            // What is left cannot be read back.
            EXPECT_EQ(shown.find(to_base64("correct horse").substr(0, 12)), std::string::npos);
        }
    }
}

TEST(Redactor, AShortSecretIsKnownAsAWordOfItsOwnOnly) {
    const auto secrets = knowing("abc");

    EXPECT_EQ(secrets.redact("abc: abc, 'abc' abcd xabc"),
              "(redacted): (redacted), '(redacted)' abcd xabc");
}

TEST(Redactor, HidesThePiecesOfALongSecret) {
    const std::string token = "6f1e0c9b7d8a45f3b2c1d0e9f8a7b6c5";
    const auto secrets = knowing(token);

    EXPECT_EQ(secrets.redact("…" + token.substr(10)), "…(redacted)");
    EXPECT_EQ(secrets.redact(token.substr(0, 16) + "\n" + token.substr(16)),
              "(redacted)\n(redacted)");
    EXPECT_EQ(secrets.redact("id " + token.substr(4, 13) + "zz"), "id (redacted)zz");
}

TEST(Redactor, HidesTheBeginningOfASecretWhereTheTextWasCut) {
    const auto secrets = knowing("hunter2-long");

    EXPECT_EQ(secrets.redact("the password hunter2-lo"), "the password (redacted)");
    EXPECT_EQ(secrets.redact("the password hunt… (HTTP 400)"),
              "the password (redacted)… (HTTP 400)");
    EXPECT_EQ(secrets.redact("the password hunter2... / and more"),
              "the password (redacted)... / and more");
    EXPECT_EQ(secrets.redact("hunters have it"), "hunters have it");
}

TEST(Redactor, ForgetsNotedSecretsInTheOrderOfTheirComing) {
    redactor secrets;
    secrets.add("for good");
    for (int i = 0; i < 100; ++i) secrets.note("token-" + std::to_string(1000 + i));

    EXPECT_EQ(secrets.redact("token-1000"), "token-1000");
    EXPECT_EQ(secrets.redact("token-1099 token-1050"), "(redacted) (redacted)");
    EXPECT_EQ(secrets.redact("for good"), "(redacted)");
}

// Such as of a session that a life before this one has begun.
TEST(Redactor, HidesWhatAHeaderCarriesAlsoOfOthers) {
    const redactor nobody;
    EXPECT_EQ(nobody.redact("said: vmware-api-session-id: 016a9810b308e8e9 {\"name\":1}"),
              "said: vmware-api-session-id: (redacted) {\"name\":1}");
    EXPECT_EQ(nobody.redact("{\"Authorization\":\"Basic c3ZjOnNlY3JldA==\",\"a\":1}"),
              "{\"Authorization\":\"Basic (redacted)\",\"a\":1}");
    EXPECT_EQ(nobody.redact("authorization: SIGN token=\"H4sIAAAAAAAA\", next"),
              "authorization: SIGN token=\"(redacted)\", next");
    EXPECT_EQ(nobody.redact("Cookie: vmware_soap_session=52ac9f"), "Cookie: (redacted)");
    EXPECT_EQ(nobody.redact("authorization: denied to all"), "authorization: denied to all");
    EXPECT_EQ(nobody.redact("authorization is required here"), "authorization is required here");
    EXPECT_EQ(nobody.redact("cookie:"), "cookie:");
}

TEST(Redactor, KnowsNothingAtFirst) {
    redactor secrets;
    secrets.add("");

    EXPECT_EQ(secrets.redact("text\\u00"), "text\\u00");
    EXPECT_EQ(secrets.redact(""), "");
}

}  // namespace
}  // namespace cloned::backends::http
