"""One test for each invariant that a user relies on, with real programs; the ledger is the judge."""
import json
import random
import time
import unittest
import uuid

from harness import PATIENCE, READING, Stage, names_of, wait_for

FAST = ["--clone-ms", "200", "--linked-clone-ms", "200", "--restore-ms", "200"]
ALLOW_DOUBLES = ["--names", "allow"]


def succeeded(batch):
    return int(batch["counts"].get("succeeded", 0))


class Invariants(unittest.TestCase):
    def assert_made_once(self, stage, jobs):
        self.assertEqual(stage.upstream.made(), {name: 1 for name in names_of(jobs)})
        self.assertEqual(stage.upstream.ledger()["doubles_ever"], 0)

    def test_i1_what_was_accepted_is_found_after_a_kill(self):
        with Stage(FAST) as stage:
            stage.start()
            jobs = stage.clone_jobs(20) + stage.linked_jobs(20)
            batch = stage.submit(jobs)
            stage.daemon.kill()
            stage.start()
            self.assertEqual(succeeded(stage.wait_done(batch)), 40)
            self.assert_made_once(stage, jobs)

    def test_i1_i2_kills_at_random_moments_lose_and_double_nothing(self):
        seed = int(time.time())
        print(f"seed {seed}")
        rng = random.Random(seed)
        with Stage(["--clone-ms", "400", "--linked-clone-ms", "400", "--restore-ms", "400",
                    "--linked-clone-limit", "6", "--deleted-vms", "40", *ALLOW_DOUBLES]) as stage:
            stage.start()
            jobs = stage.clone_jobs(40) + stage.linked_jobs(40) + stage.restore_jobs(10)
            batch = stage.submit(jobs)
            for _ in range(6):
                time.sleep(rng.uniform(0.05, 0.6) * PATIENCE)
                stage.daemon.kill()
                stage.start()
            self.assertEqual(succeeded(stage.wait_done(batch, 120)), 90)
            self.assert_made_once(stage, jobs)

    def test_i2_lost_answers_are_settled_by_evidence(self):
        with Stage([*FAST, *ALLOW_DOUBLES], record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"method": "POST", "path": "*?*linked-clone*", "max": 4, "fault": "drop_after"},
                {"method": "POST", "path": "*?*linked-clone*", "max": 4, "fault": "drop_before"},
                {"method": "POST", "path": "*?*action=clone*", "max": 3, "fault": "truncate"},
            ]})
            stage.start()
            jobs = stage.linked_jobs(30) + stage.clone_jobs(15)
            batch = stage.submit(jobs)
            self.assertEqual(succeeded(stage.wait_done(batch, 90)), 45)
            self.assertEqual([r["hits"] for r in stage.upstream.ask("rules")["rules"]], [4, 4, 3])
            self.assert_made_once(stage, jobs)

    def test_i3_the_configured_limit_holds_with_jobs_in_doubt(self):
        with Stage(["--linked-clone-limit", "-1", "--linked-clone-ms", "300"], snap_limit=5,
                   record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"method": "POST", "path": "*?*linked-clone*", "max": 3, "fault": "drop_after"}]})
            stage.start()
            batch = stage.submit(stage.linked_jobs(40))
            self.assertEqual(succeeded(stage.wait_done(batch, 90)), 40)
            self.assertEqual(stage.upstream.ask("rules")["rules"][0]["hits"], 3)
            peaks = [l["peak"] for l in stage.upstream.ledger()["lanes"]
                     if l["kind"] == "linked_clone"]
            self.assertEqual(max(peaks), 5)

    def test_i3_a_hidden_limit_is_found_and_kept(self):
        with Stage(["--linked-clone-limit", "7", "--linked-clone-ms", "300"]) as stage:
            stage.start()
            batch = stage.submit(stage.linked_jobs(120))
            self.assertEqual(succeeded(stage.wait_done(batch, 90)), 120)
            lane = next(l for l in stage.upstream.ledger()["lanes"]
                        if l["kind"] == "linked_clone" and l["accepted"])
            self.assertEqual(lane["peak"], 7)
            # In a task the refusal is heard with the next poll, which so short tasks do not wait for.
            self.assertLess(lane["refused"], 30 if READING == 0 else 240)
            shown = stage.ctl("lanes", "--output", "json").stdout
            self.assertIn('"ceiling"', shown)

    def test_i4_a_crash_between_intent_and_answer_leaves_the_intent_on_disk(self):
        with Stage([*FAST, *ALLOW_DOUBLES]) as stage:
            # Before it there are the logins of both servers and the lookup of the name.
            stage.start(crash_at="http.after_write:4")
            jobs = stage.linked_jobs(1)
            request = str(uuid.uuid4())
            stage.submit(jobs, request, check=(0, 3))
            wait_for(lambda: not stage.daemon.alive(), "the crash")
            stage.daemon.wait()
            stage.start()
            batch = stage.submit(jobs, request)
            self.assertEqual(succeeded(stage.wait_done(batch)), 1)
            job = json.loads(stage.ctl("get", f"{batch}/jobs/linked-0", "--output", "json").stdout)
            states = [e.get("state") for e in job["history"]]
            self.assertIn("JOB_STATE_IN_DOUBT", states)
            self.assert_made_once(stage, jobs)

    def test_i5_every_job_ends_with_the_upstreams_words(self):
        with Stage(FAST, record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"object": "full-1", "fault": "task_fail",
                 "error_type": "INVALID_ARGUMENT", "message": "The disk 4711 is cursed."},
                {"object": "full-2", "method": "POST", "fault": "status", "status": 400,
                 "error_type": "UNSUPPORTED", "message": "Not on a Tuesday."}]})
            stage.start()
            batch = stage.submit(stage.clone_jobs(4))
            ended = stage.wait_done(batch)
            self.assertEqual(succeeded(ended), 2)
            self.assertEqual(int(ended["counts"].get("failed", 0)), 2)
            for key, words in (("full-1", "The disk 4711 is cursed."), ("full-2", "Not on a Tuesday.")):
                job = json.loads(stage.ctl("get", f"{batch}/jobs/{key}", "--output", "json").stdout)
                self.assertIn(words, job["error"]["message"])

    def test_i5_a_waiting_job_says_why(self):
        with Stage(["--linked-clone-limit", "2", "--linked-clone-ms", "5000"]) as stage:
            stage.start()
            batch = stage.submit(stage.linked_jobs(10))

            def reason():
                job = json.loads(stage.ctl("get", f"{batch}/jobs/linked-9", "--output", "json").stdout)
                return job.get("waitingReason", "")
            wait_for(lambda: "2 of 2 jobs in flight" in reason(), "a reason that names the limit")
            self.assertIn("ahead", reason())

    def test_i6_a_repeat_gives_the_same_batch_and_other_content_is_refused(self):
        with Stage(FAST) as stage:
            stage.start()
            request = str(uuid.uuid4())
            jobs = stage.clone_jobs(3)
            first = stage.submit(jobs, request)
            self.assertEqual(stage.submit(jobs, request), first)
            other = stage.ctl("submit", "-", "--request-id", request,
                              stdin=json.dumps({"jobs": jobs[:2]}), check=None)
            self.assertEqual(other.returncode, 2)
            stage.wait_done(first)
            self.assert_made_once(stage, jobs)

    def test_i7_a_name_that_a_live_job_aims_at_is_refused(self):
        with Stage(["--clone-ms", "3000"]) as stage:
            stage.start()
            first = stage.submit(stage.clone_jobs(3, "twin"))
            second = stage.ctl("submit", "-", stdin=json.dumps({"jobs": stage.linked_jobs(1, "other")
                               + stage.clone_jobs(1, "twin")}), check=None)
            self.assertEqual(second.returncode, 2)
            self.assertIn("twin-0", second.stderr)
            self.assertEqual(succeeded(stage.wait_done(first)), 3)
            self.assertNotIn(("group-v3", "other-0"), stage.upstream.made())

    def test_i8_an_endpoint_that_is_down_harms_only_its_own_lanes(self):
        with Stage(FAST) as stage:
            text = stage.config.read_text()
            down = text.replace(f"http://{stage.upstream.snapservice}", "http://127.0.0.1:9")
            stage.config.write_text(down)
            stage.start()
            lost = stage.submit(stage.linked_jobs(5))
            good = stage.submit(stage.clone_jobs(20))
            self.assertEqual(succeeded(stage.wait_done(good)), 20)
            self.assertEqual(int(stage.batch(lost)["counts"].get("failed", 0)), 0)
            stage.daemon.terminate()
            stage.config.write_text(text)
            stage.start()
            self.assertEqual(succeeded(stage.wait_done(lost)), 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
