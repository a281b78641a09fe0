#!/usr/bin/python3
"""Shows that the rules find what they are for, and leave the rest alone."""

import unittest

import check_sources
import commit_rule
import coroutine_rule
import include_rule
import size_rule
import text_rule

HEAD = "task<void> f(int a) {\n"

# Each of these was seen to be miscompiled by GCC 12.2, or to make it fail.
BAD = {
    "capture, no parameters": "co_await run([cap] { use(cap); });",
    "capture into an initiation": "co_await async_initiate<T, void()>([cap](auto h) { h(cap); }, token);",
    "capturing coroutine lambda": "co_await co_spawn(ex, [cap]() -> task<void> { co_return; }, token);",
    "capturing lambda called at once": "co_await [cap]() -> task<int> { co_return 1; }();",
    "aggregate without a type": "co_await f({name, pointer});",
    "aggregate with a type": "co_await f(options{.a = name});",
    "empty braces": "auto r = co_await f({});",
    "list of texts": 'co_await f({"a", "b"});',
    "conditional operator": "auto r = co_await load(cached ? id : make_id());",
    "co_await within braces": "request x{.a = co_await f()};",
    "many lines": "auto r =\n    co_await\n        f(a,\n          request{\n              .b = c});",
    "returned": "co_return co_await f({name});",
    "in a condition": "if (auto r = co_await f({name}); r) {\n    g();\n}",
    "after a condition": "if (a) co_await f(T{1});",
    "all captured": "co_await run([&] { return 1; });",
    "within a lambda": "auto g = [](int b) -> task<void> {\n    co_await f({b});\n};",
    "mutable lambda": "co_await run([x = std::move(y)]() mutable { x.go(); });",
}

GOOD = {
    "names and calls": "auto r = co_await backend_.submit(std::move(request));",
    "structured binding": "auto [ec, n] = co_await read(socket, buffer(data), no_throw);",
    "named before": "submit_request request{.vm = vm};\nauto r = co_await submit(std::move(request));",
    "no captures": "co_await run([](int x) { return x; });",
    "subscript": "co_await queues[i](a);",
    "subscript of a call": "co_await f(list[n]);",
    "choice before": "auto id = cached ? a : b;\nauto r = co_await load(id);",
    "braces in a string": 'co_await log("{[x]()} ? :");',
    "braces in a comment": "co_await f(a);  // not f({})",
    "raw string": 'auto s = R"({"a": [1]})";\nco_await f(s);',
    "block behind": "if (co_await f()) {\n    g({1});\n}",
    "loop over a list": "for (auto x : {1, 2}) co_await f(x);",
    "spawned, not awaited": "co_spawn(ex, [job] { return drive(job); }, token);",
    "named lambda": "auto fn = [job] { return job; };\nco_await run(std::move(fn));",
    "switch": "switch (x) {\n    case 1: co_await f(a); break;\n    default: g({});\n}",
    "attribute": "[[maybe_unused]] auto r = co_await f(a);",
    "digits with separators": "co_await f(1'000'000);\ng({2});",
    "preprocessor": "#define x {\nco_await f(a);\n",
}


class CoroutineRule(unittest.TestCase):
    def test_finds_every_bad_form(self):
        for name, code in BAD.items():
            with self.subTest(name):
                self.assertTrue(coroutine_rule.findings(HEAD + code + "\n}\n"), code)

    def test_leaves_good_forms_alone(self):
        for name, code in GOOD.items():
            with self.subTest(name):
                self.assertEqual(coroutine_rule.findings(HEAD + code + "\n}\n"), [], code)

    def test_tells_the_line_of_the_statement(self):
        found = coroutine_rule.findings("\n\n" + HEAD + "g();\n\nco_await\n  f({});\n}\n")
        self.assertEqual([line for line, _ in found], [6])

    def test_finds_each_of_several(self):
        code = HEAD + "".join(c + "\n" for c in BAD.values()) + "}\n"
        self.assertEqual(len(coroutine_rule.findings(code)), len(BAD))

    def test_sees_through_classes_and_namespaces(self):
        code = "namespace a {\nstruct b : c<d> {\n  task<int> e() const override { co_await f({}); }\n};\n}\n"
        self.assertEqual([line for line, _ in coroutine_rule.findings(code)], [3])


class IncludeRule(unittest.TestCase):
    def judge(self, path, header):
        return include_rule.findings(path, f"#pragma once\n#include {header}\n")

    def test_the_table_has_no_way_up_and_no_circle(self):
        self.assertEqual(include_rule.table_findings(), [])

    def test_a_way_up_in_the_table_is_found(self):
        rooms = dict(include_rule.ROOMS)
        try:
            include_rule.ROOMS["model/"] = ["base/", "storage/"]
            self.assertEqual(len(include_rule.table_findings()), 1)
        finally:
            include_rule.ROOMS.clear()
            include_rule.ROOMS.update(rooms)

    def test_refuses_what_a_folder_may_not_have(self):
        for path, header in [
                ("base/x.cpp", '"model/job.hpp"'),
                ("model/x.hpp", '"storage/job_store.hpp"'),
                ("storage/sqlite/x.cpp", '"daemon/scheduler/planner.hpp"'),
                ("backends/vcenter/x.cpp", '"storage/job_store.hpp"'),
                ("daemon/scheduler/x.cpp", '"storage/sqlite/writer.hpp"'),
                ("daemon/scheduler/x.cpp", '"backends/http/client.hpp"'),
                ("daemon/rpc/api/x.cpp", '"daemon/scheduler/planner.hpp"'),
                ("daemon/rpc/api/x.cpp", '"daemon/rpc/handlers/watch_hub.hpp"'),
                ("daemon/rpc/handlers/x.cpp", "<grpcpp/grpcpp.h>"),
                ("daemon/rpc/handlers/x.cpp", '"storage/queue_store.hpp"'),
                ("storage/calendar.hpp", '"storage/queue_store.hpp"'),
                ("backends/http/x.hpp", '"backends/backend.hpp"'),
                ("backends/vijson/x.cpp", '"backends/vapi/faults.hpp"'),
                ("storage/spec_codec.cpp", '"storage/sqlite/reader.hpp"'),
                ("clonectl/x.cpp", '"model/job.hpp"'),
                ("simulator/model/x.cpp", '"simulator/vcenter/api.hpp"'),
                ("simulator/vcenter/x.cpp", '"model/job.hpp"'),
                ("daemon/scheduler/x.cpp", '"cloned/v1/job.pb.h"'),
                ("daemon/scheduler/x.cpp", "<sqlite3.h>"),
                ("storage/x.hpp", "<SQLiteCpp/SQLiteCpp.h>"),
                ("backends/vcenter/x.cpp", "<boost/beast/http.hpp>"),
                ("base/x.cpp", "<boost/asio/ssl.hpp>"),
                ("daemon/app.cpp", "<grpcpp/grpcpp.h>"),
                ("daemon/app.cpp", "<google/protobuf/message.h>"),
                ("daemon/app.cpp", "<CLI/CLI.hpp>"),
                ("clonectl/tables.cpp", "<libsmartcols/libsmartcols.h>"),
                ("storage/x.cpp", '"tests/support/fake_clock.hpp"'),
                ("base/x.cpp", "<daemon/app.hpp>"),
                ("storage/x.cpp", '"job_store.hpp"')]:
            with self.subTest(path=path, header=header):
                found = self.judge(path, header)
                self.assertEqual([line for line, _ in found], [2])

    def test_allows_what_the_layers_allow(self):
        for path, header in [
                ("model/x.hpp", '"base/error.hpp"'),
                ("storage/sqlite/x.cpp", "<SQLiteCpp/SQLiteCpp.h>"),
                ("backends/http/x.cpp", "<boost/beast/http.hpp>"),
                ("simulator/http/x.cpp", "<boost/asio/ssl.hpp>"),
                ("daemon/scheduler/x.cpp", '"backends/backend.hpp"'),
                ("daemon/rpc/api/x.cpp", '"cloned/v1/job.pb.h"'),
                ("daemon/rpc/transport/x.cpp", "<grpcpp/server.h>"),
                ("clonectl/main.cpp", "<CLI/CLI.hpp>"),
                ("clonectl/text_table.cpp", "<libsmartcols/libsmartcols.h>"),
                ("daemon/app.cpp", '"storage/sqlite/open_store.hpp"'),
                ("daemon/config/load.cpp", "<toml++/toml.h>")]:
            with self.subTest(path=path, header=header):
                self.assertEqual(self.judge(path, header), [])


class TextRule(unittest.TestCase):
    def test_finds_names_that_say_nothing(self):
        for path in ["daemon/string_util.cpp", "tests/common/x.hpp", "a/job_manager.hpp",
                     "a/Helper.py".lower(), "a/x_impl.hpp"]:
            with self.subTest(path):
                self.assertTrue(text_rule.findings(path, "a\n"))
        self.assertEqual(text_rule.findings("daemon/utility_room.cpp", "a\n"), [])

    def test_finds_words_and_blanks(self):
        for line in ["// TO" + "DO: later", "// FIX" + "ME", "a\tb", "a ", "x(asio::" + "detached);"]:
            with self.subTest(line):
                found = text_rule.findings("daemon/x.cpp", "fine\n" + line + "\n")
                self.assertEqual([number for number, _ in found], [2])
        self.assertEqual(text_rule.findings("daemon/x.cpp", "todos, " + "X" * 6 + "\n"), [])

    def test_wants_a_newline_at_the_end(self):
        self.assertTrue(text_rule.findings("daemon/x.cpp", "a"))


class SizeRule(unittest.TestCase):
    def sizes(self, text):
        return [size for _, size in size_rule.functions(text)]

    def test_finds_files_that_are_too_long(self):
        self.assertTrue(size_rule.findings("daemon/x.cpp", "a\n" * 351))
        self.assertFalse(size_rule.findings("daemon/x.cpp", "a\n" * 350))
        self.assertFalse(size_rule.findings("tests/x.cpp", "a\n" * 600))
        self.assertTrue(size_rule.findings("tests/x.cpp", "a\n" * 601))

    def test_finds_functions_that_are_too_long(self):
        code = "namespace a {\n\nint f(int x) {\n" + "    g();\n" * 59 + "}\n\n}\n"
        self.assertEqual([line for line, _ in size_rule.findings("model/x.cpp", code)], [3])
        self.assertFalse(size_rule.findings("model/x.cpp", code.replace("    g();\n", "", 1)))
        self.assertFalse(size_rule.findings("tests/x.cpp", code))

    def test_knows_where_functions_begin_and_end(self):
        for code, sizes in [
                ("int f() {\n}\n\nint g() {\n    if (a) {\n    }\n}\n", [2, 4]),
                ("class a {\npublic:\n    int f() const {\n    }\n\nprivate:\n    int b{1};\n};\n", [2]),
                ("template <class T>\nint f(T x) {\n}\n", [3]),
                ("a::a(int b)\n    : c(b),\n      d{b} {\n}\n", [4]),
                ("constexpr std::array<int, 2> a{\n    1, 2};\nint f() { return 1; }\n", [1]),
                ("int f(\n    int a) {\n    g(\"}\");  // }\n    h([&] {\n    });\n}\n", [6]),
                ("struct a : b<c> {\n    d e() override {\n\n    }\n};\n", [3]),
                ("int f();\nenum class a { b };\nextern \"C\" {\nint g() {\n}\n}\n", [2])]:
            with self.subTest(code):
                self.assertEqual(self.sizes(code), sizes)


class CommitRule(unittest.TestCase):
    def test_leaves_good_subjects_alone(self):
        for subject in ["scheduler: ask once for many", "tests/lint: sizes are a rule", "README: what it is",
                        "storage, rpc: one name for both", "a: " + "b" * 69, 'Revert "x"']:
            with self.subTest(subject):
                self.assertIsNone(commit_rule.problem(subject))

    def test_finds_bad_subjects(self):
        for subject in ["a: " + "b" * 70, "mend the planner", "scheduler:no blank", "scheduler: done.", "", "a b: c"]:
            with self.subTest(subject):
                self.assertIsNotNone(commit_rule.problem(subject))


class CheckSources(unittest.TestCase):
    def test_applies_all_rules_to_code(self):
        text = '#include "daemon/rpc/transport/server.hpp"\ntask<void> f() { co_await g({}); } \n'
        messages = " ".join(message for _, message in check_sources.check("storage/x.cpp", text))
        for part in ["may include", "braces", "blanks"]:
            self.assertIn(part, messages)


if __name__ == "__main__":
    unittest.main()
