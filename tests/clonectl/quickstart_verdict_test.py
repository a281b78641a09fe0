#!/usr/bin/python3
"""The quickstart's judge must see what is wrong, not only what is right."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy"))
sys.dont_write_bytecode = True
import quickstart_verdict  # noqa: E402

JOBS = """key,kind,endpoint,cluster,source,snapshot,name,folder
a,vcenter_clone,vc,domain-c8,vm-42,,one,group-v3
b,linked_clone,snap,domain-c8,vm-42,s,two,group-v4
"""


def lane(kind, limit, **changes):
    return {"cluster": "domain-c8", "kind": kind, "limit": limit, "accepted": 1, "succeeded": 1,
            "refused": 0, "peak": 1, **changes}


def vm(name, folder, state="made"):
    return {"name": name, "folder": folder, "state": state}


def good_book():
    return {"requests": 10, "succeeded": 2, "in_progress": 0, "violations": 0, "doubles_ever": 0,
            "lanes": [lane("clone", -1), lane("linked_clone", 4), lane("restore", 2, accepted=0)],
            "vms": [vm("one", "group-v3"), vm("two", "group-v4")]}


class Verdict(unittest.TestCase):
    def judge(self, book):
        quickstart_verdict.ledger = lambda control, query="": book
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as jobs:
            jobs.write(JOBS)
            jobs.flush()
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                code = quickstart_verdict.judge("", jobs.name, 10)
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
            "lost": change(vms=[vm("one", "group-v3"), vm("two", "group-v4", "failed")]),
            "twice": change(vms=good_book()["vms"] + [vm("one", "group-v3")]),
            "twice for a while": change(doubles_ever=1),
            "in another folder": change(vms=[vm("one", "group-v3"), vm("two", "group-v3")]),
            "never asked for": change(vms=good_book()["vms"] + [vm("three", "group-v3")]),
            "unfinished": change(in_progress=1),
            "above a hidden limit": change(lanes=[lane("linked_clone", 4, peak=5)]),
            "above the configured limit": change(lanes=[lane("clone", -1, peak=11)]),
            "a violation": change(violations=1),
        }
        for what, book in wrong.items():
            with self.subTest(what):
                code, said = self.judge(book)
                self.assertEqual(code, 1)
                self.assertIn("FAIL", said)


if __name__ == "__main__":
    unittest.main()
