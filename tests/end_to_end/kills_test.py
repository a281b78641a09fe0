"""SIGKILL at random moments under load, as often as one likes; the upstream's ledger is the judge.

    kills_test.py [--kills N] [--seed S] [--worlds-at-once N] [--keep-going]

A world is one simulated vCenter, snapservice and ZStack with hidden limits that move, rules that lose
answers, and one daemon that is killed KILLS_IN_A_WORLD times while a client submits batches of every
kind of job. The client keeps a list of the batches that it got an OK for. Then the daemon finishes,
and the ledger is compared with that list. The seed gives workload, faults and moments; what the
machine makes of the moments differs from run to run. Closes with one line of totals.
"""
import argparse
import concurrent.futures
import json
import random
import sys
import time
import uuid

from harness import CLUSTER, PATIENCE, READINGS, Stage, customization, names_of, wait_for

KILLS_IN_A_WORLD = 50
JOBS_IN_A_BATCH = 12
WAITING_MAX = 150  # jobs that the client leaves waiting
LIMITS = {"clone": 8, "zstack_clone": 6}
CHECKPOINT_KIB = [64, 250, 1000]  # of log; a life writes about 700
OPTIONS = ["--names", "allow", "--customize-allow-overlap", "1", "--clone-ms", "250", "--clone-spread", "0.8",
           "--linked-clone-ms", "250", "--linked-clone-spread", "0.8", "--restore-ms", "250",
           "--zstack-clone-ms", "250", "--zstack-clone-spread", "0.8", "--tools-ms", "50",
           "--customize-ms", "100", "--guest-ms", "100", "--vi-power-ms", "30",
           "--deleted-vms", "600", "--templates", "4"]


def lossy_rules(rng):
    """Requests that get lost on the way there and on the way back."""
    rules = []
    for method, path in (("POST", "*linked-clone*"), ("POST", "*action=restore*"), ("POST", "*action=clone*"),
                         ("PUT", "*/vm-instances/*/actions"), ("POST", "*CustomizeGuest_Task")):
        for fault in ("drop_after", "drop_before", "truncate"):
            rules.append({"method": method, "path": path, "fault": fault,
                          "probability": rng.uniform(0, 0.03)})
    rules.append({"method": "GET", "fault": "drop_after", "probability": 0.01})
    return rules


class World:
    def __init__(self, seed):
        self.seed = seed
        self.rng = random.Random(seed)
        self.accepted = {}  # batch → jobs: what the client has got an OK for
        self.kills = 0
        self.restored = 0
        self.number = 0

    # --- the client -----------------------------------------------------------------------------

    def make_batch(self, stage):
        self.number += 1
        prefix = f"w{self.number}"
        kind = self.rng.choice(["vcenter", "linked", "restore", "zstack", "chain"])
        count = JOBS_IN_A_BATCH
        if kind == "vcenter":
            return stage.clone_jobs(count, prefix)
        if kind == "linked":
            return stage.linked_jobs(count, prefix)
        if kind == "zstack":
            return stage.zstack_jobs(count, prefix)
        if kind == "restore":
            count = 4
            jobs = stage.restore_jobs(self.restored + count, prefix)[self.restored:]
            self.restored += count
            return jobs
        jobs = []
        for i in range(4):
            jobs += [{"key": f"a{i}", "vcenterClone": {
                          "source": self.source, "name": f"{prefix}-{i}"}},
                     {"key": f"b{i}", "after": f"a{i}", "powerOn": {"waitForTools": True}},
                     {"key": f"c{i}", "after": f"b{i}",
                      "customizeGuest": customization(f"{prefix}-{i}")}]
        return jobs

    def submit(self, stage, jobs, request_id):
        got = stage.ctl("submit", "-", "--request-id", request_id, check=None,
                        stdin=json.dumps({"jobs": jobs}))
        if got.returncode == 0:
            self.accepted[got.stdout.strip()] = jobs
        elif got.returncode != 3:  # 3: no answer
            raise AssertionError(f"seed {self.seed}: the submit ended with {got.returncode}: {got.stderr}")
        return got.returncode == 0

    # --- a life ---------------------------------------------------------------------------------

    def live_and_die(self, stage, pending):
        """One life of the daemon, ended by SIGKILL, sometimes before it is ready."""
        stage.start(ready=self.rng.random() < 0.9)
        end = time.monotonic() + self.rng.uniform(0, 0.7) * PATIENCE
        if self.rng.random() < 0.3:
            stage.upstream.ask("limits", {"cluster": CLUSTER, "kind": "linked_clone",
                                          "limit": self.rng.randint(2, 8)})
        if pending is None and self.waiting(stage) < WAITING_MAX:
            pending = (self.make_batch(stage), str(uuid.UUID(int=self.rng.getrandbits(128), version=4)))
        with concurrent.futures.ThreadPoolExecutor(1) as client:
            answer = client.submit(self.submit, stage, *pending) if pending else None
            time.sleep(max(0.0, end - time.monotonic()))
            stage.daemon.kill()
            self.kills += 1
            if answer is not None and answer.result():
                pending = None
        return pending

    def waiting(self, stage):
        wanted = sum(len(names_of(jobs)) for jobs in self.accepted.values())
        return wanted - sum(lane["succeeded"] for lane in stage.upstream.ledger()["lanes"])

    def run(self, kills):
        with Stage(OPTIONS, record=False, vcenter_limit=LIMITS["clone"],
                   zstack_limit=LIMITS["zstack_clone"], log_level="info",
                   reading=self.rng.randrange(len(READINGS)),
                   daemon_settings=f"checkpoint_kib = {self.rng.choice(CHECKPOINT_KIB)}\n"
                                   "[limits]\nmax_attempts = 20") as stage:
            self.source = stage.inventory_vm("templates")["vm"]
            stage.upstream.ask("rules", {"rules": lossy_rules(self.rng)})
            pending = None
            while self.kills < kills:
                pending = self.live_and_die(stage, pending)
            stage.upstream.ask("rules", {"rules": []})
            stage.start()
            if pending:
                self.submit(stage, *pending)
            return self.judge(stage)

    # --- the judgement --------------------------------------------------------------------------

    def wait_all_done(self, stage):
        """One question for all batches; each question starts a program."""
        batches = {}

        def all_done():
            batches.update((b["name"], b) for b in stage.batches())
            return all(batches.get(name, {}).get("done", False) for name in self.accepted)
        wait_for(all_done, f"seed {self.seed}: all batches to end", 240, every=0.25)
        return batches

    def judge(self, stage):
        batches = self.wait_all_done(stage)
        wanted = set().union(*(names_of(jobs) for jobs in self.accepted.values()))
        made = stage.upstream.made()
        ledger = stage.upstream.ledger()
        lost = sorted(name for name in wanted if name not in made)
        twice = sorted(name for name, count in made.items() if count > 1)
        strange = sorted(name for name in made if name not in wanted)
        above = [lane for lane in ledger["lanes"]
                 if lane["kind"] in LIMITS and lane["peak"] > LIMITS[lane["kind"]]]
        not_ended_well = {name: batches[name]["counts"] for name, jobs in self.accepted.items()
                          if int(batches[name]["counts"].get("succeeded", 0)) != len(jobs)}
        named = {g["host_name"] for g in ledger["customizations"]["vms"]}
        chains = {job["customizeGuest"]["spec"]["identity"]["linuxPrep"]["hostName"]["fixed"]["name"]
                  for jobs in self.accepted.values() for job in jobs if "customizeGuest" in job}
        return {"kills": self.kills, "worlds": 1,
                "jobs": sum(len(jobs) for jobs in self.accepted.values()),
                "lost": len(lost) + len(chains - named) + len(not_ended_well),
                "twice": max(len(twice), ledger["doubles_ever"]) + len(strange),
                "over_limit": len(above) + ledger["violations"],
                "details": {k: v for k, v in (("lost", lost), ("twice", twice), ("strange", strange),
                                              ("above", above), ("not ended well", not_ended_well),
                                              ("guests", sorted(chains - named))) if v}}


def run_world(seed, kills):
    try:
        return seed, World(seed).run(kills)
    except AssertionError as failed:
        return seed, {"kills": 0, "worlds": 1, "jobs": 0, "lost": 1, "twice": 0, "over_limit": 0,
                      "details": {"failed": str(failed)}}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--worlds-at-once", type=int, default=max(2, int(8 / PATIENCE)))
    options.add_argument("--keep-going", action="store_true")
    asked = options.parse_args()
    totals = dict.fromkeys(("worlds", "kills", "jobs", "lost", "twice", "over_limit"), 0)
    shares = [min(KILLS_IN_A_WORLD, asked.kills - done) for done in range(0, asked.kills, KILLS_IN_A_WORLD)]
    began = time.monotonic()
    failed = False
    with concurrent.futures.ThreadPoolExecutor(asked.worlds_at_once) as pool:
        running = [pool.submit(run_world, asked.seed + i, kills) for i, kills in enumerate(shares)]
        for done in concurrent.futures.as_completed(running):
            if done.cancelled():
                continue
            seed, outcome = done.result()
            for name in totals:
                totals[name] += outcome[name]
            if outcome["details"]:
                failed = True
                print(f"seed {seed} (--seed {seed} --kills {shares[seed - asked.seed]}): "
                      f"{json.dumps(outcome['details'])}", flush=True)
                if not asked.keep_going:
                    for other in running:
                        other.cancel()
            elif totals["worlds"] % 5 == 0:
                print(f"{totals['kills']} kills, {time.monotonic() - began:.0f} s", flush=True)
    print(f"kills: {' '.join(f'{name}={value}' for name, value in totals.items())} "
          f"seed={asked.seed} seconds={time.monotonic() - began:.0f}")
    return 1 if failed or totals["kills"] < asked.kills else 0


if __name__ == "__main__":
    sys.exit(main())
