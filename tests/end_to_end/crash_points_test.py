"""I1, I2, I4: SIGKILL at each named crash point of a job's life, on each kind of job.

The upstream makes a second VM of a name if it is asked to (--names allow), so that only the daemon
stands between a crash and a double. After the crash the daemon starts again and finishes; then the
ledger must show every VM that was asked for, each made once.
"""
import sys
import unittest

from harness import Stage, customization, names_of, wait_for

KINDS = ["vcenter_clone", "linked_clone", "restore", "power_on", "zstack_clone", "customize_guest"]
JOBS = 6

# name:passage; a later passage dies with other jobs in other states.
POINTS = [
    "store.accept.before_commit", "store.accept.after_commit",
    "send.before_intent", "send.before_intent:4",
    "store.intent.before_commit", "store.intent.after_commit", "store.intent.after_commit:3",
    "record.submitting", "record.submitting:3",
    "send.after_intent", "send.after_intent:3",
    # Of the HTTP exchanges the first is the login.
    "http.before_write:2", "http.after_write:2", "http.after_write:4", "http.after_answer:3",
    "send.after_answer", "send.after_answer:4",
    "store.task.before_commit", "store.task.after_commit:2",
    "record.running", "record.running:5",
    "send.after_record", "send.after_record:6",
    "poll.after_answer", "poll.after_answer:3",
    "store.change_all.before_commit", "store.change_all.after_commit",
    "record.succeeded", "record.succeeded:4",
]


def running_guests(stage):
    """Makes VMs and powers them on, without a crash; returns the jobs that customize them."""
    stage.start()
    batch = stage.submit(stage.power_on_jobs(JOBS, tools=True))
    stage.wait_done(batch)
    vms = [job["vm"] for job in stage.jobs(batch)["jobs"] if job["spec"]["key"].startswith("full-")]
    stage.daemon.terminate()
    return [{"key": vm, "customizeGuest": {"vm": vm, **customization(f"host-{vm}")}} for vm in vms]


def check_guests(stage, jobs):
    told = {guest["vm"]: guest for guest in stage.upstream.ledger()["customizations"]["vms"]}
    for job in jobs:
        guest = told.get(job["key"])
        if guest is None or guest["host_name"] != f"host-{job['key']}":
            raise AssertionError(f"{job['key']} was not customized: {guest}")
        if guest["overlapping"]:
            raise AssertionError(f"{job['key']} was customized by two at once: {guest}")


def crash_once(kind, point):
    options = ["--names", "allow", "--clone-ms", "300", "--linked-clone-ms", "300",
               "--restore-ms", "300", "--zstack-clone-ms", "300", "--customize-ms", "200",
               "--guest-ms", "200", "--customize-allow-overlap", "1", "--tools-ms", "100",
               "--linked-clone-limit", "4", "--restore-limit", "4"]
    with Stage(options) as stage:
        jobs = running_guests(stage) if kind == "customize_guest" else stage.jobs_of(kind, JOBS)
        before = stage.upstream.made()
        stage.start(crash_at=point)
        request_id = "6f0c1c8e-1c0a-4c8e-9a51-0123456789ab"
        batch = ""
        try:
            batch = stage.submit(jobs, request_id)
        except AssertionError:
            pass  # the daemon died before it could answer: nothing was promised
        wait_for(lambda: not stage.daemon.alive(), f"the crash at {point}")
        code = stage.daemon.wait()
        if code != -9:
            raise AssertionError(f"the daemon ended with {code} instead of dying at {point}")
        stage.start()
        # A client that got no answer asks again with the same request_id (I6).
        again = stage.submit(jobs, request_id)
        if batch and again != batch:
            raise AssertionError(f"{batch} became {again}: an accepted batch was lost")
        counts = stage.wait_done(again)["counts"]
        if int(counts.get("succeeded", 0)) != len(jobs):
            raise AssertionError(f"not all succeeded: {counts}")
        made = stage.upstream.made()
        wanted = {name: 1 for name in names_of(jobs)} | before
        if made != wanted:
            raise AssertionError(f"made {made}, wanted {wanted}")
        if kind == "customize_guest":
            check_guests(stage, jobs)
        if kind == "power_on":
            on = {(vm["folder"], vm["name"]) for vm in stage.upstream.inventory(vms=1)["vms"]
                  if vm["power_state"] == "POWERED_ON"}
            if not set(wanted) <= on:
                raise AssertionError(f"not powered on: {set(wanted) - on}")
        ledger = stage.upstream.ledger()
        if ledger["violations"] != 0:
            raise AssertionError(f"above a limit, or two at once: {ledger}")
        if ledger["doubles_ever"] != 0:
            raise AssertionError(f"doubles: {ledger['double_names']}")


class CrashPoints(unittest.TestCase):
    pass


def add(kind, point):
    name = f"test_{kind}_{point.replace('.', '_').replace(':', '_at_')}"
    setattr(CrashPoints, name, lambda self: crash_once(kind, point))


only = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1] in KINDS else KINDS
for k in only:
    for p in POINTS:
        add(k, p)

if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
