#!/usr/bin/python3
"""Prints the targets that the tests whose names match a regular expression need, one a line.

Usage: programs_of.py BUILD REGEX

Reads what CMake says of its targets (the file API; run.sh asks for it) and the sources of the test
programs. Prints "all" if it cannot tell.
"""

import glob
import json
import os
import re
import sys

PROGRAMS = ["cloned", "clonectl", "cloned-simulator"]  # which the tests over real sockets start
_TEST = re.compile(r"^\s*(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)", re.M)
_INSTANCE = re.compile(r"^\s*INSTANTIATE_TEST_SUITE_P\(\s*(\w+),\s*(\w+)", re.M)
_ADDED = re.compile(r"^add_test\(\[=\[(.*?)\]=\] (.*)\)$", re.M)


def executables(build):
    """Name -> sources, from the newest reply of CMake's file API."""
    replies = os.path.join(build, ".cmake/api/v1/reply")
    indexes = sorted(glob.glob(os.path.join(replies, "index-*.json")))
    if not indexes:
        return {}

    def read(name):
        with open(os.path.join(replies, name), encoding="utf-8") as file:
            return json.load(file)

    model = read(read(os.path.basename(indexes[-1]))["reply"]["codemodel-v2"]["jsonFile"])
    found = {}
    for target in model["configurations"][0]["targets"]:
        about = read(target["jsonFile"])
        if about["type"] == "EXECUTABLE":
            found[about["name"]] = [source["path"] for source in about["sources"]]
    return found


def names_in(path):
    """Names of the tests in a source, as GoogleTest says them, without parameters."""
    with open(path, encoding="utf-8") as source:
        text = source.read()
    instances = {}
    for prefix, suite in _INSTANCE.findall(text):
        instances.setdefault(suite, []).append(prefix + "/")
    return [f"{prefix}{suite}.{name}" for suite, name in _TEST.findall(text)
            for prefix in [""] + instances.get(suite, [])]


def commands(build):
    """(name, command with properties) of each test that is not GoogleTest's."""
    for place, folders, files in os.walk(os.path.join(build, "tests")):
        folders[:] = [folder for folder in folders if not folder.endswith(".dir")]
        if "CTestTestfile.cmake" in files:
            with open(os.path.join(place, "CTestTestfile.cmake"), encoding="utf-8") as file:
                text = file.read()
            for name, command in _ADDED.findall(text):
                properties = re.search(r"^set_tests_properties\(\[=\[" + re.escape(name) + r"\]=\] (.*)\)$", text, re.M)
                yield name, command + (properties.group(1) if properties else "")


def needed(build, regex):
    programs, wanted, known = executables(build), re.compile(regex), False
    out = set()
    for program, sources in programs.items():
        names = [name for source in sources if source.endswith("_test.cpp") or "conformance" in source
                 for name in (names_in(source) if os.path.exists(source) else [])]
        if any(wanted.search(name) for name in names):
            out.add(program)
    for name, command in commands(build):
        if wanted.search(name):
            known = True
            out |= {program for program in programs if re.search(r"/" + re.escape(program) + r'"', command)}
            out |= set(PROGRAMS) if "CLONED_BIN_DIR=" in command else set()
    return out if out or known else None


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    targets = needed(sys.argv[1], sys.argv[2])
    print("".join(target + "\n" for target in sorted(["all"] if targets is None else targets)), end="")
