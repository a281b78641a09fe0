#!/usr/bin/python3
"""Shows that the simulation would notice: a guard is taken out, and a world must fail.

Usage: guards_test.py PROGRAM GUARD SEEDS [OPTION...], or PROGRAM determinism SEEDS [OPTION...], which runs
the worlds twice and compares the hashes of their courses. OPTIONs are the program's.
"""

import os
import subprocess
import sys


def run(program, *options, without=None):
    environment = dict(os.environ)
    environment.pop("CLONED_WITHOUT_GUARD", None)
    if without:
        environment["CLONED_WITHOUT_GUARD"] = without
    done = subprocess.run([program, *options], env=environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def main(program, what, seeds, *options):
    if what == "determinism":
        first = run(program, "--seeds", seeds, "--hashes", *options)
        second = run(program, "--seeds", seeds, "--hashes", *options)
        hashes = first[1].count(" hash ")
        print(f"{hashes} worlds lived through twice")
        return 0 if first == second and first[0] == 0 and hashes == int(seeds) else 1
    code, output = run(program, "--seeds", seeds, "--jobs", "2", "--no-shrink", *options, without=what)
    print(output)
    # A daemon that ends itself by a failed check has noticed as well; one that did not start has not.
    noticed = code == 1 and ("failed; replay" in output or "ended the process" in output)
    if not noticed:
        print(f"nobody noticed that {what} was missing in {seeds} worlds")
    return 0 if noticed else 1


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
