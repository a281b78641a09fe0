#!/usr/bin/python3
"""The quickstart's judge must see what is wrong, not only what is right."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy"))
sys.dont_write_bytecode = True
import quickstart_verdict  # noqa: E402

def clone(key, kind, name, folder, **more):
    return {"key": key, "cluster": "domain-c8",
            kind: {"name": name, "placement": {"folder": folder}}, **more}


JOBS = {"jobs": [
    clone("a", "vcenterClone", "one", "group-v3"), clone("b", "linkedClone", "two", "group-v4"),
    {"key": "z", "cluster": "zc", "zstackClone": {"name": "four"}},
    {"key": "a-on", "after": "a", "cluster": "domain-c8", "powerOn": {}},
    {"key": "a-guest", "after": "a-on", "cluster": "domain-c8", "customizeGuest": {}}]}


def lane(kind, limit, **changes):
    return {"cluster": "domain-c8", "kind": kind, "limit": limit, "accepted": 1, "succeeded": 1,
            "refused": 0, "peak": 1, **changes}


def vm(name, folder, state="made", server="vcenter"):
    return {"name": name, "folder": folder, "state": state, "server": server}


def guests(overlapping=0, host_name="one"):
    return {"overlapping": overlapping, "vms": [{"vm": "vm-1", "host_name": host_name}]}


def good_book():
    return {"requests": 10, "in_progress": 0, "violations": 0, "doubles_ever": 0,
            "lanes": [lane("clone", -1), lane("linked_clone", 4), lane("restore", 2, accepted=0),
                      lane("zstack_clone", -1, cluster="zc")],
            "vms": [vm("one", "group-v3"), vm("two", "group-v4"), vm("four", "zone", server="zstack")],
            "customizations": guests(), "power": "POWERED_ON"}


class Verdict(unittest.TestCase):
    def judge(self, book):
        there = {"vms": [{"vm": "vm-1", "name": "one", "power_state": book["power"]}]}
        quickstart_verdict.ask = lambda control, path: book if path.startswith("ledger") else there
        with tempfile.NamedTemporaryFile("w", suffix=".json") as jobs:
            json.dump(JOBS, jobs)
            jobs.flush()
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                code = quickstart_verdict.judge("", jobs.name, {"clone": 10, "zstack_clone": 10})
            return code, said.getvalue()

    def test_accepts_what_is_right(self):
        code, said = self.judge(good_book())
        self.assertEqual(code, 0, said)
        self.assertNotIn("FAIL", said)

    def test_sees_everything_that_is_wrong(self):
        def change(**members):
            book = good_book()
            book.update(members)
            return book

        wrong = {
            "lost": change(vms=[*good_book()["vms"][:2], vm("four", "zone", "failed", "zstack")]),
            "twice": change(vms=good_book()["vms"] + [vm("one", "group-v3")]),
            "twice for a while": change(doubles_ever=1),
            "in another folder": change(vms=[vm("one", "group-v3"), vm("two", "group-v3"),
                                            good_book()["vms"][2]]),
            "never asked for": change(vms=good_book()["vms"] + [vm("three", "group-v3")]),
            "unfinished": change(in_progress=1),
            "above a hidden limit": change(lanes=[lane("linked_clone", 4, peak=5)]),
            "above the configured limit": change(lanes=[lane("clone", -1, peak=11)]),
            "a violation": change(violations=1),
            "left off": change(power="POWERED_OFF"),
            "not customized": change(customizations={"overlapping": 0, "vms": []}),
            "customized as another": change(customizations=guests(host_name="two")),
            "customized by two": change(customizations=guests(overlapping=1)),
        }
        for what, book in wrong.items():
            with self.subTest(what):
                code, said = self.judge(book)
                self.assertEqual(code, 1)
                self.assertIn("FAIL", said)


if __name__ == "__main__":
    unittest.main()
