#!/usr/bin/python3
"""Checks the subjects of commits: `area: what changes`, at most 72 characters.

Usage: commit_rule.py ROOT. Looks at the commits that came after the rule. Exit 1 if it finds anything,
77 where there is no history to look at.
"""

import re
import subprocess
import sys

FIRST = "74f78cc8d569b6d4e6c56a01eb43681ed2c01ae6"  # the last commit before the rule
NEWEST = 50  # so many at most, and where history does not reach back to FIRST
MAX_LENGTH = 72
_SUBJECT = re.compile(r"[a-zA-Z0-9_./-]+(, [a-zA-Z0-9_./-]+)*: \S")
# Made by git, and gone before they reach anybody else.
_BY_GIT = re.compile(r"(fixup|squash|amend)! |Revert \"|Merge ")


def problem(subject):
    """What is wrong with the subject, or None."""
    if _BY_GIT.match(subject):
        return None
    if len(subject) > MAX_LENGTH:
        return f"{len(subject)} characters, more than {MAX_LENGTH}"
    if not _SUBJECT.match(subject):
        return "not of the form `area: what changes`"
    if subject.endswith("."):
        return "ends with a full stop"
    return None


def _git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)


def main(root):
    if _git(root, "rev-parse", "--verify", "-q", "HEAD").returncode != 0:
        print("no history here")
        return 77
    since = [f"^{FIRST}"] if _git(root, "merge-base", "--is-ancestor", FIRST, "HEAD").returncode == 0 else []
    log = _git(root, "log", f"-{NEWEST}", "--format=%h %s", "HEAD", *since)
    count = 0
    for line in log.stdout.splitlines():
        revision, _, subject = line.partition(" ")
        wrong = problem(subject)
        if wrong:
            print(f"{revision}: {wrong}: {subject}")
            count += 1
    print(f"{len(log.stdout.splitlines())} commits, {count} findings")
    return 1 if count or log.returncode != 0 else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
