"""I1, I2, I4: SIGKILL at each named crash point of a job's life, on each kind of job.

    crash_points_test.py [KIND]

The upstream makes a second VM of a name if it is asked to (--names allow) and lets two customize a
guest at once, so that only the daemon stands between a crash and a double. After the crash the daemon
starts again and finishes; then the ledger must show every VM that was asked for, each made once.
"""
import concurrent.futures
import sys
import unittest

from harness import Stage, customization, names_of, wait_for

KINDS = ["vcenter_clone", "linked_clone", "restore", "power_on", "zstack_clone", "customize_guest"]
JOBS = 6
AT_ONCE = 4  # stages; they wait most of the time


def passages(name, *numbers):
    return [name if n == 1 else f"{name}:{n}" for n in numbers]


# A later passage dies with other jobs in other states. Of the HTTP exchanges the first is the login,
# the second the lookup of names; for the snapshot service another login follows.
SMOOTH = [
    *passages("store.accept.before_commit", 1), *passages("store.accept.after_commit", 1),
    *passages("submit.after_accept", 1), *passages("load.after_queue", 1),
    *passages("dispatch.after_pick", 1), *passages("send.before_intent", 1, 4),
    *passages("store.intent.before_commit", 1, 3), *passages("store.intent.after_commit", 1, 3),
    *passages("record.submitting", 1, 3, 6), *passages("send.after_intent", 1, 3, 6),
    *passages("http.before_connect", 1, 2), *passages("http.connected", 1, 2),
    *passages("http.before_write", 1, 2, 3, 4, 5), *passages("http.half_written", 1, 2, 3, 4, 5),
    *passages("http.after_write", 1, 2, 3, 4, 6), *passages("http.answer_begins", 1, 2, 3, 4, 5),
    *passages("http.after_answer", 1, 2, 3, 4, 5, 7), *passages("session.after_login", 1),
    *passages("send.after_answer", 1, 2, 4), *passages("store.task.before_commit", 1, 2),
    *passages("store.task.after_commit", 1, 2), *passages("record.running", 1, 3, 5),
    *passages("send.after_record", 1, 3, 6), *passages("poll.before_request", 1, 2),
    *passages("poll.after_answer", 1, 2, 3), *passages("store.change_all.before_commit", 1),
    *passages("store.change_all.after_commit", 1), *passages("record.succeeded", 1, 4, 6),
    *passages("store.before_commit", 2, 3, 4), *passages("store.after_commit", 2, 3, 4),
    *passages("store.before_checkpoint", 1, 2), *passages("store.after_checkpoint", 1, 2),
]

# The first answers are lost, with and without effect, and one call is put off.
ROUGH = [
    *passages("store.change.before_commit", 1, 2), *passages("store.change.after_commit", 1, 2),
    *passages("record.in_doubt", 1, 2), *passages("settle.before_look", 1, 2, 4),
    *passages("settle.after_look", 1, 2, 4), *passages("record.queued", 1),
    *passages("send.after_record", 4, 7),
]
REQUESTS = {"vcenter_clone": ("POST", "*?*action=clone*"), "linked_clone": ("POST", "*?*linked-clone*"),
            "restore": ("POST", "*?*action=restore*"), "power_on": ("POST", "*?*action=clone*"),
            "zstack_clone": ("PUT", "*/vm-instances/*/actions"),
            "customize_guest": ("POST", "*CustomizeGuest_Task")}

# A start that has jobs to take up dies as well.
TWICE = [*passages("take_up.before_record", 1), *passages("take_up.after_record", 1),
         *passages("settle.before_look", 1), *passages("settle.after_look", 1, 2)]


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


def check_power(stage, wanted):
    on = {(vm["folder"], vm["name"]) for vm in stage.upstream.inventory(vms=1)["vms"]
          if vm["power_state"] == "POWERED_ON"}
    if not set(wanted) <= on:
        raise AssertionError(f"not powered on: {set(wanted) - on}")


def check_ledger(stage, kind, jobs, before):
    made = stage.upstream.made()
    wanted = {name: 1 for name in names_of(jobs)} | before
    if made != wanted:
        raise AssertionError(f"made {made}, wanted {wanted}")
    if kind == "customize_guest":
        check_guests(stage, jobs)
    if kind == "power_on":
        check_power(stage, wanted)
    ledger = stage.upstream.ledger()
    if ledger["violations"] != 0:
        raise AssertionError(f"above a limit, or two at once: {ledger}")
    if ledger["doubles_ever"] != 0:
        raise AssertionError(f"doubles: {ledger['double_names']}")


def die(stage, point):
    wait_for(lambda: not stage.daemon.alive(), f"the crash at {point}")
    code = stage.daemon.wait()
    if code != -9:
        raise AssertionError(f"the daemon ended with {code} instead of dying at {point}")


def make_rough(stage, kind):
    method, path = REQUESTS[kind]
    stage.upstream.ask("rules", {"rules": [
        {"method": method, "path": path, "max": 2, "fault": "drop_after"},
        {"method": method, "path": path, "max": 2, "fault": "drop_before"}]})


def crash(kind, point, reading, rough=False, again=None):
    """Dies at `point`, and if `again` is given at that point of the next life; then finishes."""
    options = ["--names", "allow", "--clone-ms", "300", "--linked-clone-ms", "300",
               "--restore-ms", "300", "--zstack-clone-ms", "300", "--customize-ms", "200",
               "--guest-ms", "200", "--customize-allow-overlap", "1", "--tools-ms", "100",
               "--linked-clone-limit", "4", "--restore-limit", "4"]
    # A small log, so that it is moved into the database within so short a life.
    with Stage(options, record=not rough, daemon_settings="checkpoint_kib = 64",
               reading=reading) as stage:
        jobs = running_guests(stage) if kind == "customize_guest" else stage.jobs_of(kind, JOBS)
        before = stage.upstream.made()
        if rough:
            make_rough(stage, kind)
        stage.start(crash_at=point)
        request_id = "6f0c1c8e-1c0a-4c8e-9a51-0123456789ab"
        batch = ""
        try:
            batch = stage.submit(jobs, request_id)
        except AssertionError:
            pass  # the daemon died before it could answer: nothing was promised
        die(stage, point)
        if again:
            stage.start(crash_at=again, ready=False)
            die(stage, again)
        stage.start()
        # A client that got no answer asks again with the same request_id (I6).
        repeated = stage.submit(jobs, request_id)
        if batch and repeated != batch:
            raise AssertionError(f"{batch} became {repeated}: an accepted batch was lost")
        counts = stage.wait_done(repeated)["counts"]
        if int(counts.get("succeeded", 0)) != len(jobs):
            raise AssertionError(f"not all succeeded: {counts}")
        check_ledger(stage, kind, jobs, before)


class CrashPoints(unittest.TestCase):
    pass


class Pool:
    """Runs all cases from the first on, some at once; a test waits for its own."""

    def __init__(self):
        self.cases = {}
        self.futures = None
        self.workers = concurrent.futures.ThreadPoolExecutor(AT_ONCE)

    def add(self, name, *arguments, **options):
        self.cases[name] = (arguments, options)
        label = "test_" + name.replace(".", "_").replace(":", "_at_")
        setattr(CrashPoints, label, lambda test: self.result(name))

    def result(self, name):
        if self.futures is None:
            self.futures = {case: self.workers.submit(crash, *arguments, **options)
                            for case, (arguments, options) in sorted(self.cases.items())}
        return self.futures[name].result()


def main():
    pool = Pool()
    only = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1] in KINDS else KINDS
    for kind in only:
        # Each point meets both readings, with one kind or another.
        turn = KINDS.index(kind)
        for number, point in enumerate(SMOOTH):
            pool.add(f"{kind}_{point}", kind, point, (number + turn) % 2)
        for number, point in enumerate(ROUGH):
            pool.add(f"{kind}_rough_{point}", kind, point, (number + turn) % 2, rough=True)
        for number, point in enumerate(TWICE):
            pool.add(f"{kind}_twice_{point}", kind, "http.after_write:5", (number + turn) % 2,
                     again=point)
    selected = sys.argv[2:] if only != KINDS else []
    unittest.main(argv=[sys.argv[0], *selected], verbosity=2)


if __name__ == "__main__":
    main()
