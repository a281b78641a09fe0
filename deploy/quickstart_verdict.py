#!/usr/bin/python3
"""Asks the simulated upstream what really happened.

    quickstart_verdict.py made CONTROL
        prints how many VMs have been made so far
    quickstart_verdict.py judge CONTROL JOBS.csv CLONE_LIMIT
        compares the ledger with the jobs that were asked for; exit 0 only if everything holds

CONTROL is host:port of the simulated upstream. CLONE_LIMIT is the configured limit of vCenter clones in
a cluster: vCenter refuses nothing, so that this limit is the daemon's own.
"""

import collections
import csv
import json
import sys
import urllib.request

KINDS = {"vcenter_clone": "clone", "linked_clone": "linked_clone", "restore": "restore"}


def ledger(control, query=""):
    with urllib.request.urlopen(f"http://{control}/_sim/ledger{query}", timeout=30) as answer:
        return json.load(answer)


def count_asked(jobs):
    """Jobs by (cluster, kind in the ledger's words)."""
    asked = collections.Counter()
    for job in jobs:
        asked[(job["cluster"], KINDS[job["kind"]])] += 1
    return asked


def lane_rows(book, asked, clone_limit):
    rows = []
    for lane in book["lanes"]:
        key = (lane["cluster"], lane["kind"])
        if asked[key] == 0 and lane["accepted"] == 0:
            continue
        hidden = lane["limit"] >= 0
        limit = lane["limit"] if hidden else clone_limit
        rows.append({"cluster": key[0], "kind": key[1], "asked": asked[key],
                     "made": lane["succeeded"], "refused": lane["refused"], "peak": lane["peak"],
                     "limit": limit, "hidden": hidden})
    return rows


def print_lanes(rows):
    print(f"  {'cluster':<10} {'operation':<13} {'asked':>6} {'made':>6} {'refusals':>9} "
          f"{'peak in flight':>15}   limit")
    for row in rows:
        note = "hidden from the daemon" if row["hidden"] else "configured; vCenter refuses nothing"
        print(f"  {row['cluster']:<10} {row['kind']:<13} {row['asked']:>6} {row['made']:>6} "
              f"{row['refused']:>9} {row['peak']:>15}   {row['limit']} ({note})")


def judge(control, jobs_file, clone_limit):
    with open(jobs_file, newline="", encoding="utf-8") as file:
        jobs = list(csv.DictReader(file))
    book = ledger(control, "?vms=1")
    made = collections.Counter((vm["folder"], vm["name"]) for vm in book["vms"]
                               if vm["state"] == "made")
    asked = {(job["folder"], job["name"]) for job in jobs}
    rows = lane_rows(book, count_asked(jobs), clone_limit)
    print_lanes(rows)

    lost = [name for name in asked if made[name] == 0]
    twice = [name for name in made if made[name] > 1]
    strange = [name for name in made if name not in asked]
    above = [row for row in rows if row["peak"] > row["limit"]]
    refusals = sum(row["refused"] for row in rows)
    checks = [
        ("VMs asked for and made", f"{len(asked)} and {sum(made.values())}",
         sum(made.values()) == len(asked) and not strange),
        ("lost", len(lost), not lost),
        ("made twice, at any time", max(len(twice), book["doubles_ever"]),
         not twice and book["doubles_ever"] == 0),
        ("left unfinished upstream", book["in_progress"], book["in_progress"] == 0),
        ("peaks above a limit", len(above) + book["violations"],
         not above and book["violations"] == 0),
    ]
    print()
    for what, value, holds in checks:
        print(f"  {'ok  ' if holds else 'FAIL'}  {what:<28} {value}")
    vms = max(1, sum(made.values()))
    print(f"        {'refusals for capacity':<28} {refusals} "
          f"({1000 * refusals / vms:.0f} per 1,000 VMs)")
    print(f"        {'upstream requests per VM':<28} {book['requests'] / vms:.1f} "
          f"({book['requests']} in all, logins and polls included)")
    return 0 if all(holds for _, _, holds in checks) else 1


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "made":
        print(ledger(arguments[1])["succeeded"])
        return 0
    if len(arguments) == 4 and arguments[0] == "judge":
        return judge(arguments[1], arguments[2], int(arguments[3]))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
