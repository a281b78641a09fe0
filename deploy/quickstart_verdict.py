#!/usr/bin/python3
"""Asks the simulated upstream what really happened.

    quickstart_verdict.py made CONTROL
        prints how many VMs have been made so far
    quickstart_verdict.py judge CONTROL JOBS.json KIND=LIMIT...
        compares the ledger with the jobs that were asked for; exit 0 only if everything holds

CONTROL is host:port of the simulated upstream. A KIND with a LIMIT (clone, zstack_clone) is one that
its upstream never refuses for want of room, so that the configured limit is the daemon's own.
"""

import collections
import json
import sys
import urllib.request

KINDS = {"vcenterClone": "clone", "linkedClone": "linked_clone", "restore": "restore",
         "zstackClone": "zstack_clone"}


def ask(control, path):
    with urllib.request.urlopen(f"http://{control}/_sim/{path}", timeout=30) as answer:
        return json.load(answer)


def kind_of(job):
    return next((kind for kind in KINDS if kind in job), None)


def count_asked(jobs):
    """Jobs that make a VM by (cluster, kind in the ledger's words)."""
    return collections.Counter((job["cluster"], KINDS[kind_of(job)]) for job in jobs if kind_of(job))


def lane_rows(book, asked, limits):
    rows = []
    for lane in book["lanes"]:
        key = (lane["cluster"], lane["kind"])
        if asked[key] == 0 and lane["accepted"] == 0:
            continue
        hidden = lane["limit"] >= 0
        limit = lane["limit"] if hidden else limits[lane["kind"]]
        rows.append({"cluster": key[0], "kind": key[1], "asked": asked[key],
                     "made": lane["succeeded"], "refused": lane["refused"], "peak": lane["peak"],
                     "limit": limit, "hidden": hidden})
    return rows


def print_lanes(rows):
    print(f"  {'cluster':<10} {'operation':<13} {'asked':>6} {'made':>6} {'refusals':>9} "
          f"{'peak in flight':>15}   limit")
    for row in rows:
        note = "hidden from the daemon" if row["hidden"] else "configured; nothing is refused"
        cluster = row["cluster"] if len(row["cluster"]) < 11 else f"{row['cluster'][:3]}…{row['cluster'][-4:]}"
        print(f"  {cluster:<10} {row['kind']:<13} {row['asked']:>6} {row['made']:>6} "
              f"{row['refused']:>9} {row['peak']:>15}   {row['limit']} ({note})")


def place_of(job):
    """Where the VM is to be: ZStack has no folders."""
    return job[kind_of(job)].get("placement", {}).get("folder", "zstack")


def judge_vms(book, jobs):
    """Every VM was made, once, and nothing else was."""
    made = collections.Counter(
        ("zstack" if vm["server"] == "zstack" else vm["folder"], vm["name"])
        for vm in book["vms"] if vm["state"] == "made")
    asked = {(place_of(job), job[kind_of(job)]["name"]) for job in jobs if kind_of(job)}
    lost = [name for name in asked if made[name] == 0]
    twice = [name for name in made if made[name] > 1]
    strange = [name for name in made if name not in asked]
    return [
        ("VMs asked for and made", f"{len(asked)} and {sum(made.values())}",
         sum(made.values()) == len(asked) and not strange),
        ("lost", len(lost), not lost),
        ("made twice, at any time", max(len(twice), book["doubles_ever"]),
         not twice and book["doubles_ever"] == 0),
        ("left unfinished upstream", book["in_progress"], book["in_progress"] == 0)]


def judge_chains(book, there, jobs):
    """Each chain's VM is on, and its guest bears its name; nobody worked on a guest beside another."""
    by_name = {vm["name"]: vm for vm in there["vms"]}
    vms = {job["key"]: job[kind_of(job)]["name"] for job in jobs if kind_of(job)}
    before = {job["key"]: job["after"] for job in jobs if "after" in job}
    guests = {guest["vm"]: guest for guest in book["customizations"]["vms"]}
    on = [vms[job["after"]] for job in jobs if "powerOn" in job]
    named = [vms[before[job["after"]]] for job in jobs if "customizeGuest" in job]
    running = sum(by_name[name]["power_state"] == "POWERED_ON" for name in on if name in by_name)
    right = sum(guests.get(by_name[name]["vm"], {}).get("host_name") == name
                for name in named if name in by_name)
    overlapping = book["customizations"]["overlapping"]
    return [
        ("to be powered on, and on", f"{len(on)} and {running}", len(on) == running),
        ("guests to customize, and done", f"{len(named)} and {right}", len(named) == right),
        ("customized by two at once", overlapping, overlapping == 0)]


def judge(control, jobs_file, limits):
    with open(jobs_file, encoding="utf-8") as file:
        jobs = json.load(file)["jobs"]
    book = ask(control, "ledger?vms=1")
    rows = lane_rows(book, count_asked(jobs), limits)
    print_lanes(rows)

    above = [row for row in rows if row["peak"] > row["limit"]]
    checks = judge_vms(book, jobs) + judge_chains(book, ask(control, "inventory?vms=1"), jobs)
    checks.append(("peaks above a limit", len(above) + book["violations"],
                   not above and book["violations"] == 0))
    print()
    for what, value, holds in checks:
        print(f"  {'ok  ' if holds else 'FAIL'}  {what:<30} {value}")
    vms = max(1, sum(row["made"] for row in rows))
    refusals = sum(row["refused"] for row in rows)
    print(f"        {'refusals for capacity':<30} {refusals} "
          f"({1000 * refusals / vms:.0f} per 1,000 VMs)")
    print(f"        {'upstream requests per VM':<30} {book['requests'] / vms:.1f} "
          f"({book['requests']} in all, logins, polls and what follows a clone included)")
    return 0 if all(holds for _, _, holds in checks) else 1


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "made":
        print(sum(lane["succeeded"] for lane in ask(arguments[1], "ledger")["lanes"]))
        return 0
    if len(arguments) >= 3 and arguments[0] == "judge":
        limits = {kind: int(limit) for kind, limit in (word.split("=") for word in arguments[3:])}
        return judge(arguments[1], arguments[2], limits)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
