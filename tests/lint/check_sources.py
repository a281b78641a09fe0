#!/usr/bin/python3
"""Checks the sources against the rules that no compiler knows.

Usage: check_sources.py ROOT. Prints path:line: message for each finding; exit 1 if there is any.
"""

import os
import sys

import coroutine_rule
import include_rule
import size_rule
import text_rule

FOLDERS = ["base", "model", "clonectl", "simulator", "daemon", "storage", "backends", "proto", "tests", "deploy", "cmake", "docs", ".ci"]
CODE = (".cpp", ".hpp")
TEXT = CODE + (".py", ".sh", ".cmake", ".proto", ".toml", ".txt", ".md", ".service", ".conf")


def sources(root):
    """Paths from the root, of files that are ours to keep in order."""
    for folder in FOLDERS:
        for place, folders, files in os.walk(os.path.join(root, folder)):
            folders[:] = sorted(f for f in folders if f not in ("__pycache__", "golden"))
            for name in sorted(files):
                if name.endswith(TEXT) or name == "run":
                    yield os.path.relpath(os.path.join(place, name), root)
    for name in sorted(os.listdir(root)):
        if name.endswith(TEXT):
            yield name


def check(path, text):
    found = text_rule.findings(path, text) + size_rule.findings(path, text)
    if path.endswith(CODE):
        found += include_rule.findings(path, text)
        found += coroutine_rule.findings(text)
    return found


def main(root):
    count = files = 0
    for path in sources(root):
        files += 1
        with open(os.path.join(root, path), encoding="utf-8") as source:
            text = source.read()
        for line, message in sorted(check(path, text)):
            print(f"{path}:{line}: {message}")
            count += 1
    if files < 50:
        print(f"only {files} files under {root}: is that the right folder?")
        return 1
    print(f"{files} files, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
