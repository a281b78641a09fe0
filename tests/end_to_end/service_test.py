"""The daemon as a service and clonectl as a tool: starting, stopping, controlling, watching."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import uuid

from harness import CLONED, CLONECTL, FOLDER, PATIENCE, Stage, names_of, wait_for


def tasks_asked_for(record):
    """The tasks in the polls of the snapshot service so far, in order."""
    targets = (json.loads(line)["target"] for line in pathlib.Path(record).read_text().splitlines(True)
               if line.endswith("\n"))
    return [task for target in targets if "/snapservice/tasks?" in target
            for task in urllib.parse.parse_qs(target.partition("?")[2])["tasks"]]


class Service(unittest.TestCase):
    def test_ends_in_seconds_at_sigterm_while_jobs_run_and_takes_them_up_again(self):
        with Stage(["--clone-ms", "2500"]) as stage:
            stage.start()
            batch = stage.submit(stage.clone_jobs(5))
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) == 5, "all to run")
            before = time.monotonic()
            self.assertEqual(stage.daemon.terminate(), 0)
            self.assertLess(time.monotonic() - before, 5 * PATIENCE)
            stage.start()
            self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 5)
            self.assertEqual(len(stage.upstream.made()), 5)

    def test_tells_systemd_when_it_is_ready_and_feeds_the_watchdog(self):
        with Stage() as stage, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
                notified.bind(path)
                notified.settimeout(20 * PATIENCE)
                os.environ["NOTIFY_SOCKET"] = path
                os.environ["WATCHDOG_USEC"] = "400000"
                try:
                    stage.start()
                finally:
                    del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
                self.assertIn(b"READY=1", notified.recv(4096))
                wait_for(lambda: b"WATCHDOG=1" in notified.recv(4096), "the watchdog's food")

    def test_a_second_daemon_on_the_same_database_is_refused(self):
        with Stage() as stage:
            stage.start()
            second = subprocess.run([CLONED, "--config", stage.config], capture_output=True,
                                    text=True, timeout=60 * PATIENCE, check=False)
            self.assertEqual(second.returncode, 1)
            self.assertIn("another", second.stderr.lower())

    def test_two_thousand_running_jobs_are_adopted_at_a_start(self):
        # They must all be sent before the first one ends; sanitized programs send fewer in that time.
        count = int(2000 / PATIENCE)
        with tempfile.TemporaryDirectory() as folder, \
                Stage(["--linked-clone-ms", str(int(25_000 * PATIENCE)), "--linked-clone-limit", "-1",
                       "--record", f"{folder}/exchanges"], record=False,
                      snap_limit=count, endpoint_settings="max_in_flight = 5000\n") as stage:
            stage.start()
            batch = stage.submit(stage.linked_jobs(count))
            wait_for(lambda: stage.upstream.ledger()["in_progress"] == count, "all to run")
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) == count, "all shown")
            stage.daemon.kill()
            before = len(tasks_asked_for(f"{folder}/exchanges"))
            stage.start()
            self.assertIn(f"event=jobs.taken_up in_flight={count} in_doubt=0", stage.daemon.text())
            self.assertEqual(int(stage.batch(batch)["counts"]["running"]), count)
            # All are asked for before any is asked for again: one turn of polls adopts them all.
            def first_asked():
                asked = tasks_asked_for(f"{folder}/exchanges")[before:]
                return asked[:count] if len(asked) >= count else None
            self.assertEqual(len(set(wait_for(first_asked, "the first polls"))), count)
            ended = stage.wait_done(batch, 90)
            self.assertEqual(int(ended["counts"]["succeeded"]), count)
            self.assertEqual(len(stage.upstream.made()), count)
            self.assertEqual(stage.upstream.ledger()["accepted"], count)

    def test_a_backup_taken_at_work_and_restored_makes_nothing_twice(self):
        with Stage(["--clone-ms", "300", "--names", "allow"], vcenter_limit=3) as stage:
            stage.start()
            jobs = stage.clone_jobs(15)
            batch = stage.submit(jobs)
            wait_for(lambda: len(stage.upstream.made()) >= 3, "three VMs")
            backup = stage.folder / "backup.db"
            command = [CLONED, "--config", stage.config, "backup", backup]
            subprocess.run(command, check=True, timeout=60 * PATIENCE)
            again = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
            self.assertEqual(again.returncode, 1)
            self.assertIn("already", again.stderr)
            stage.wait_done(batch)
            stage.daemon.kill()
            for file in stage.folder.glob("cloned.db-*"):
                file.unlink()
            stage.database.write_bytes(backup.read_bytes())
            stage.start()
            wait_for(lambda: sum(int(stage.batch(batch)["counts"].get(s, 0))
                                 for s in ("succeeded", "needsOperator")) == 15, "all to be looked at")
            self.assertEqual(stage.upstream.made(), {name: 1 for name in names_of(jobs)})
            self.assertEqual(stage.upstream.ledger()["doubles_ever"], 0)
            self.assertIn("event=store.behind", stage.daemon.text())

    def test_check_config_reports_every_mistake_with_its_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write('[daemon]\nlog_levl = "info"\n\n[[endpoint]]\nname = "vc"\nkind = "vsphere"\n')
            file.flush()
            got = subprocess.run([CLONED, "--config", file.name, "--check-config"], text=True,
                                 capture_output=True, timeout=60, check=False)
            self.assertEqual(got.returncode, 2)
            self.assertIn(":2:", got.stderr)
            self.assertIn("log_level", got.stderr)
            self.assertIn(":6:", got.stderr)

    def test_cancel_ends_waiting_jobs_and_asks_for_running_ones(self):
        with Stage(["--clone-ms", "30000", "--clone-limit", "-1", "--cancel", "served"],
                   vcenter_limit=3) as stage:
            stage.start()
            batch = stage.submit(stage.clone_jobs(10))
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) == 3, "three to run")
            stage.ctl("cancel", batch)
            ended = stage.wait_done(batch)
            self.assertEqual(int(ended["counts"].get("cancelled", 0)), 10)

    def test_retry_runs_what_failed_again(self):
        with Stage(["--clone-ms", "100"], record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"method": "POST", "path": "*?*action=clone*", "max": 2, "fault": "status",
                 "status": 400, "error_type": "INVALID_ARGUMENT", "message": "No."}]})
            stage.start()
            batch = stage.submit(stage.clone_jobs(5))
            self.assertEqual(int(stage.wait_done(batch)["counts"]["failed"]), 2)
            stage.ctl("retry", batch)
            wait_for(lambda: int(stage.batch(batch)["counts"].get("succeeded", 0)) == 5, "the retry")
            self.assertEqual(len(stage.upstream.made()), 5)

    def test_what_evidence_cannot_settle_an_operator_does(self):
        with Stage(["--clone-ms", "3000", "--names", "allow"], record=False) as stage:
            stage.upstream.ask("rules", {"rules": [
                {"method": "POST", "path": "*?*action=clone*", "max": 3, "fault": "drop_after"}]})
            stage.start()
            jobs = stage.clone_jobs(3)
            jobs.append({"key": "on", "after": "full-0", "powerOn": {}})
            batch = stage.submit(jobs)
            wait_for(lambda: int(stage.batch(batch)["counts"].get("inDoubt", 0)) == 3,
                     "three in doubt")
            # While they are being made, others use their names.
            for i in range(3):
                stage.upstream.ask("vms", {"name": f"full-{i}", "folder": FOLDER})
            wait_for(lambda: int(stage.batch(batch)["counts"].get("needsOperator", 0)) == 3,
                     "three to need an operator", 60)
            shown = stage.ctl("get", f"{batch}/jobs/full-0").stdout
            for words in ("2 VMs named full-0", "--adopt", "--abandon", "--look-again"):
                self.assertIn(words, shown)

            made = {v["name"]: v["vm"] for v in stage.upstream.ledger(vms=1)["vms"]
                    if v["state"] == "made"}
            self.assertIn(made["full-0"], shown)
            stage.ctl("resolve", f"{batch}/jobs/full-0", "--adopt", made["full-0"])
            stage.ctl("resolve", f"{batch}/jobs/full-1", "--abandon", "not wanted any more")
            stage.ctl("resolve", f"{batch}/jobs/full-2", "--look-again")
            wait_for(lambda: int(stage.batch(batch)["counts"].get("succeeded", 0)) == 2,
                     "the adopted job and its chain")
            job = json.loads(stage.ctl("get", f"{batch}/jobs/full-1", "--output", "json").stdout)
            self.assertEqual(job["state"], "JOB_STATE_FAILED")
            self.assertIn("not wanted any more", job["error"]["message"])
            wait_for(lambda: int(stage.batch(batch)["counts"].get("needsOperator", 0)) == 1,
                     "the third to come back", 60)

            again = stage.ctl("resolve", f"{batch}/jobs/full-0", "--abandon", check=None)
            self.assertNotEqual(again.returncode, 0)
            self.assertIn("succeeded", again.stderr)
            source = jobs[2]["vcenterClone"]["source"]
            wrong = stage.ctl("resolve", f"{batch}/jobs/full-2", "--adopt", source, check=None)
            self.assertEqual(wrong.returncode, 2)
            self.assertIn("adopt.vm", wrong.stderr)
            other = stage.ctl("--tenant", "other", "resolve", f"{batch}/jobs/full-2",
                              "--look-again", check=None)
            self.assertIn("there is no job", other.stderr)
            self.assertEqual(len(stage.upstream.made()), 3)
            self.assertEqual(stage.upstream.ledger()["accepted"], 3)

    def test_a_vm_that_was_there_before_is_left_alone(self):
        with Stage(["--clone-ms", "200", "--names", "allow"], record=False) as stage:
            stage.upstream.ask("vms", {"name": "full-1", "folder": "group-v3",
                                       "cluster": "domain-c8"})
            stage.upstream.ask("vms", {"name": "linked-1", "folder": "group-v3",
                                       "cluster": "domain-c8"})
            stage.start()
            batch = stage.submit(stage.clone_jobs(3) + stage.linked_jobs(3))
            counts = stage.wait_done(batch)["counts"]
            self.assertEqual((int(counts["succeeded"]), int(counts["failed"])), (4, 2))
            for key in ("full-1", "linked-1"):
                job = json.loads(stage.ctl("get", f"{batch}/jobs/{key}", "--output", "json").stdout)
                self.assertIn("the name is taken", job["error"]["message"])
                self.assertNotIn("vm", job)
            ledger = stage.upstream.ledger()
            self.assertEqual(ledger["accepted"], 4)

    def test_a_watch_survives_a_restart_and_reports_the_end(self):
        with Stage(["--clone-ms", "1500"]) as stage:
            stage.start()
            batch = stage.submit(stage.clone_jobs(30))
            watch = subprocess.Popen([CLONECTL, "--address", stage.address, "watch", batch],
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) > 0, "a start")
            stage.daemon.kill()
            stage.start()
            out, _ = watch.communicate(timeout=90 * PATIENCE)
            self.assertEqual(watch.returncode, 0, out)

    def test_pause_and_limit_survive_a_restart(self):
        with Stage(["--clone-ms", "200"]) as stage:
            stage.start()
            first = stage.submit(stage.clone_jobs(1, "first"))
            stage.wait_done(first)
            lane = json.loads(stage.ctl("lanes", "--output", "json").stdout)["lanes"][0]["name"]
            stage.ctl("lanes", "pause", lane, "--reason", "maintenance")
            stage.ctl("lanes", "limit", lane, "2")
            stage.daemon.kill()
            stage.start()
            second = stage.submit(stage.clone_jobs(4, "second"))
            job = json.loads(stage.ctl("get", f"{second}/jobs/second-0", "--output", "json").stdout)
            self.assertIn("maintenance", job["waitingReason"])
            stage.ctl("lanes", "resume", lane)
            stage.wait_done(second)
            lanes = stage.upstream.ledger()["lanes"]
            self.assertLessEqual(max(l["peak"] for l in lanes), 2)

    def test_both_flavours_of_vcenter_work(self):
        for flavour in ("api", "rest"):
            with self.subTest(flavour), Stage(["--clone-ms", "200"], flavour=flavour) as stage:
                stage.start()
                batch = stage.submit(stage.clone_jobs(10))
                self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 10)
                vm = json.loads(stage.ctl("get", f"{batch}/jobs/full-0", "--output",
                                          "json").stdout)["vm"]
                power = stage.submit([{"key": "on", "powerOn": {"vm": vm, "waitForTools": True}}])
                self.assertEqual(int(stage.wait_done(power)["counts"]["succeeded"]), 1)

    def test_a_lost_session_is_renewed_without_harm(self):
        with Stage(["--clone-ms", "1000"]) as stage:
            stage.start()
            batch = stage.submit(stage.clone_jobs(10) + stage.linked_jobs(10))
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) > 0, "a start")
            stage.upstream.ask("expire-sessions", {})
            self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 20)

    def test_a_password_that_was_put_right_is_used_after_a_reload(self):
        with Stage(["--clone-ms", "200"]) as stage:
            stage.secret("password", "wrong")
            stage.start()
            batch = stage.submit(stage.clone_jobs(2))
            wait_for(lambda: "tried twice" in stage.ctl("endpoints").stdout, "two refused logins")
            asked = stage.ctl("endpoints", "login", "vc", check=(4,))
            self.assertRegex(asked.stderr, r"login refused \(.*\), tried 3 times; next try at 20")
            stage.secret("password", "secret")
            before = time.monotonic()
            stage.daemon.process.send_signal(signal.SIGHUP)
            wait_for(lambda: stage.upstream.ledger()["accepted"] == 2, "the clones to be sent")
            self.assertLess(time.monotonic() - before, 5 * PATIENCE)
            self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 2)
            self.assertIn("logged in", stage.ctl("endpoints", "login", "vc").stdout)
            self.assertNotIn("wrong", stage.daemon.text())

    def test_every_mistake_of_a_batch_is_reported_at_once_and_nothing_is_kept(self):
        with Stage() as stage:
            stage.start()
            got = stage.ctl("submit", "-", stdin=json.dumps({"jobs": [
                {"vcenterClone": {"name": "a/b", "source": "vm-42"}},
                {"linkedClone": {"name": "x", "vm": ""}},
                {"key": "k", "endpoint": "nowhere", "powerOn": {"vm": "vm-42"}}]}), check=None)
            self.assertEqual(got.returncode, 2)
            for path in ("jobs[0].vcenter_clone.name", "jobs[1].linked_clone.vm",
                         "jobs[1].linked_clone.snapshot", "jobs[2].endpoint"):
                self.assertIn(path, got.stderr)
            self.assertEqual(stage.upstream.ledger()["accepted"], 0)

    def test_upstream_nonsense_ends_with_a_clear_error_and_no_other_harm(self):
        for fault in ("garbage", "truncate", "endless", "huge"):
            with self.subTest(fault), Stage(["--clone-ms", "200", "--names", "allow"],
                                            record=False) as stage:
                stage.upstream.ask("rules", {"rules": [
                    {"method": "POST", "path": "*/cis/tasks", "max": 2, "fault": fault},
                    {"method": "POST", "path": "*?*action=clone*", "max": 1, "fault": fault}]})
                stage.start()
                batch = stage.submit(stage.clone_jobs(5))
                self.assertEqual(int(stage.wait_done(batch, 90)["counts"]["succeeded"]), 5)
                self.assertEqual([r["hits"] for r in stage.upstream.ask("rules")["rules"]], [2, 1])
                self.assertEqual(stage.upstream.ledger()["doubles_ever"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
