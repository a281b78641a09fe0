"""Chains over several endpoints, ZStack and guest customization with real programs; the ledger judges."""
import json
import random
import time
import unittest

from harness import (PATIENCE, ZSTACK_ZONE, Stage, customization, names_of, wait_for)

FAST = ["--clone-ms", "200", "--zstack-clone-ms", "200", "--tools-ms", "100", "--customize-ms", "200",
        "--guest-ms", "200", "--vi-power-ms", "50", "--customize-allow-overlap", "1"]


def count(batch, state):
    return int(batch["counts"].get(state, 0))


def job_of(stage, batch, key):
    return json.loads(stage.ctl("get", f"{batch}/jobs/{key}", "--output", "json").stdout)


class World(unittest.TestCase):
    def assert_made_once(self, stage, jobs):
        self.assertEqual(stage.upstream.made(), {name: 1 for name in names_of(jobs)})
        ledger = stage.upstream.ledger()
        self.assertEqual(ledger["doubles_ever"], 0)
        self.assertEqual(ledger["violations"], 0)

    def assert_customized(self, stage, host_names):
        guests = stage.upstream.ledger()["customizations"]["vms"]
        self.assertEqual(sorted(g["host_name"] for g in guests), sorted(host_names))
        self.assertEqual([g for g in guests if g["overlapping"]], [])


class Chains(World):
    def test_a_chain_clones_powers_on_and_customizes_over_two_endpoints(self):
        with Stage(FAST) as stage:
            stage.start()
            jobs = stage.customize_jobs(8)
            batch = stage.submit(jobs)
            self.assertEqual(count(stage.wait_done(batch), "succeeded"), 24)
            self.assert_made_once(stage, jobs)
            self.assert_customized(stage, [f"guest-{i}" for i in range(8)])
            clone = job_of(stage, batch, "full-3")
            guest = job_of(stage, batch, "guest-3")
            self.assertEqual(guest["givenVm"], clone["vm"])

    def test_a_failed_link_fails_what_waits_on_it_and_a_retry_resumes_there(self):
        with Stage(FAST, record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"method": "POST", "path": "*power?action=start", "max": 1, "fault": "status",
                 "status": 400, "error_type": "UNSUPPORTED", "message": "Not on a Tuesday."}]})
            stage.start()
            jobs = stage.customize_jobs(1)
            batch = stage.submit(jobs)
            self.assertEqual(count(stage.wait_done(batch), "failed"), 2)
            for key in ("on-0", "guest-0"):
                self.assertIn("Not on a Tuesday.", job_of(stage, batch, key)["error"]["message"])
            stage.ctl("retry", batch)
            wait_for(lambda: count(stage.batch(batch), "succeeded") == 3, "the retry")
            self.assert_made_once(stage, jobs)
            self.assert_customized(stage, ["guest-0"])

    def test_no_guest_is_customized_by_two_at_once(self):
        with Stage(FAST) as stage:
            stage.start()
            prepared = stage.submit(stage.power_on_jobs(1, tools=True))
            stage.wait_done(prepared)
            vm = job_of(stage, prepared, "full-0")["vm"]
            batch = stage.submit([{"key": f"c{i}", "customizeGuest": {"vm": vm, **customization(f"h{i}")}}
                                  for i in range(4)])
            self.assertEqual(count(stage.wait_done(batch), "succeeded"), 4)
            guest, = stage.upstream.ledger()["customizations"]["vms"]
            self.assertEqual((guest["begun"], guest["overlapping"]), (4, 0))

    def test_kills_at_random_moments_lose_and_double_nothing(self):
        seed = int(time.time())
        print(f"seed {seed}")
        rng = random.Random(seed)
        with Stage([*FAST, "--names", "allow"], zstack_settings="names_per_call = 4") as stage:
            stage.start()
            jobs = stage.customize_jobs(20) + stage.zstack_jobs(30)
            batch = stage.submit(jobs)
            for _ in range(6):
                time.sleep(rng.uniform(0.05, 0.8) * PATIENCE)
                stage.daemon.kill()
                stage.start()
            self.assertEqual(count(stage.wait_done(batch, 120), "succeeded"), 90)
            self.assert_made_once(stage, jobs)
            self.assert_customized(stage, [f"guest-{i}" for i in range(20)])

    def test_a_lost_answer_never_customizes_a_guest_by_two_at_once(self):
        with Stage(FAST, record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"method": "POST", "path": "*CustomizeGuest_Task", "max": 3, "fault": "drop_after"},
                {"method": "POST", "path": "*CustomizeGuest_Task", "max": 3, "fault": "drop_before"},
                {"method": "POST", "path": "*CustomizeGuest_Task", "max": 2, "fault": "truncate"}]})
            stage.start()
            jobs = stage.customize_jobs(12)
            batch = stage.submit(jobs)
            self.assertEqual(count(stage.wait_done(batch, 90), "succeeded"), 36)
            self.assertEqual([r["hits"] for r in stage.upstream.ask("rules")["rules"]], [3, 3, 2])
            self.assert_made_once(stage, jobs)
            self.assert_customized(stage, [f"guest-{i}" for i in range(12)])


class Zstack(World):
    def lose_answers(self, settings, options):
        with Stage([*FAST, *options], zstack_settings=settings, record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"server": "zstack", "method": "PUT", "path": "*/actions", "max": 4, "fault": "drop_after"},
                {"server": "zstack", "method": "PUT", "path": "*/actions", "max": 4, "fault": "drop_before"},
                {"server": "zstack", "method": "PUT", "path": "*/actions", "max": 3, "fault": "truncate"}]})
            stage.start()
            jobs = stage.zstack_jobs(30)
            batch = stage.submit(jobs)
            self.assertEqual(count(stage.wait_done(batch, 180), "succeeded"), 30)
            self.assertEqual([r["hits"] for r in stage.upstream.ask("rules")["rules"]], [4, 4, 3])
            self.assert_made_once(stage, jobs)

    def test_lost_answers_are_settled_by_the_job_uuid(self):
        self.lose_answers("", [])

    def test_lost_answers_are_settled_where_a_known_job_would_run_again(self):
        # What may have been taken is not sent again before it would have been forgotten.
        settings = 'refuses_known_jobs = false\njob_retention = "1min"'
        self.lose_answers(settings, ["--zstack-refuses-known-jobs", "0"])

    def test_jobs_share_calls_where_the_endpoint_allows_it(self):
        with Stage(FAST, zstack_limit=40, zstack_settings="names_per_call = 10") as stage:
            stage.start()
            jobs = stage.zstack_jobs(40)
            batch = stage.submit(jobs)
            self.assertEqual(count(stage.wait_done(batch), "succeeded"), 40)
            self.assert_made_once(stage, jobs)
            calls = sum(r["requests"] for r in stage.upstream.ledger()["routes"]
                        if r["route"] == "PUT /zstack/v1/vm-instances/{uuid}/actions")
            self.assertEqual(calls, 4)

    def test_ambiguous_evidence_ends_with_the_operator_and_harms_no_vm(self):
        with Stage(FAST, record=False) as stage:
            stage.start(crash_at="send.after_answer")
            jobs = stage.zstack_jobs(1, "twin")
            batch = stage.submit(jobs)
            wait_for(lambda: not stage.daemon.alive(), "the crash")
            stage.daemon.wait()
            wait_for(lambda: stage.upstream.made() == {(ZSTACK_ZONE, "twin-0"): 1}, "the VM")
            # The upstream forgets the job, and somebody makes a VM that looks like ours.
            stage.upstream.ask("expire-jobs", {})
            stage.upstream.ask("vms", {"server": "zstack", "name": "twin-0",
                                       "source": jobs[0]["zstackClone"]["vmInstanceUuid"]})
            stage.start()
            wait_for(lambda: count(stage.batch(batch), "needsOperator") == 1, "the operator's turn")
            job = job_of(stage, batch, "twin-0")
            self.assertIn("ambiguous", job["error"]["message"])
            twins = [vm for vm in stage.upstream.inventory(vms=1)["zstack"]["vms"]
                     if vm["name"] == "twin-0"]
            self.assertEqual([vm["state"] for vm in twins], ["Running", "Running"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
