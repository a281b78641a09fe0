#!/usr/bin/python3
"""Runs clang-tidy on the sources that the last commits changed, the latest first.

Usage: tidy_changed.py BUILD [--most N] [--commits N]
  BUILD        a build folder that is configured with clang (preset tidy)
  --most N     so many sources at most (default 20)
  --commits N  so many commits back (default 20); those in .git-blame-ignore-revs do not count

What clang-tidy calls an error fails; the rest is told.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def ignored():
    """Revisions that only moved text."""
    try:
        with open(os.path.join(ROOT, ".git-blame-ignore-revs"), encoding="utf-8") as file:
            return set(re.findall(r"^[0-9a-f]{40}$", file.read(), re.M))
    except OSError:
        return set()


def changed(commits):
    """Paths that the last commits changed, the latest first; of a header, the source beside it."""
    log = subprocess.run(
        ["git", "-C", ROOT, "log", f"-{commits}", "--no-merges", "--no-renames", "--format=commit %H", "--name-only"],
        capture_output=True, text=True, check=True)
    skip, seen, revision = ignored(), {}, ""
    for line in log.stdout.splitlines():
        if line.startswith("commit "):
            revision = line.split()[1]
        elif revision not in skip and line.endswith((".cpp", ".hpp")):
            seen.setdefault(line[:-4] + ".cpp")
    return list(seen)


def compiled(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        return {os.path.relpath(entry["file"], ROOT) for entry in json.load(file)}


def check(build, path):
    done = subprocess.run(["clang-tidy-19", "-p", build, "--quiet", os.path.join(ROOT, path)],
                          capture_output=True, text=True, check=False)
    return path, done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--most", type=int, default=20)
    parser.add_argument("--commits", type=int, default=20)
    given = parser.parse_args()
    known = compiled(given.build)
    paths = [path for path in changed(given.commits) if path in known]
    print(f"{len(paths)} sources changed in {given.commits} commits; clang-tidy on {min(len(paths), given.most)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, code, said in pool.map(lambda path: check(given.build, path), paths[:given.most]):
            if said.strip():
                print(said.strip())
            failed += code != 0
            print(f"{path}: {'FAILED' if code else 'ok'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
