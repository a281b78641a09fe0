"""The daemon while its disk is full: what it says, what goes on, how it ends."""
import json
import time
import unittest

from harness import BIN, PATIENCE, Stage, wait_for

FULL = "the disk of the database is full since "


class FullDisk(unittest.TestCase):
    def stage(self, clone_ms, min_free_mib=0):
        return Stage(["--clone-ms", str(clone_ms)], vcenter_limit=3, record=False,
                     daemon_settings=f"min_free_mib = {min_free_mib}\n")

    def start(self, stage):
        self.sign = stage.folder / "full"
        stage.start(env={"LD_PRELOAD": BIN / "tests" / "end_to_end" / "libfull_disk.so",
                         "CLONED_FULL_DISK": self.sign})

    def fill(self, stage):
        self.sign.touch()
        wait_for(lambda: "event=disk.full" in stage.daemon.text(), "the full disk to be noticed")

    def reason(self, stage, job):
        return json.loads(stage.ctl("get", job, "--output", "json").stdout).get("waitingReason", "")

    def test_is_said_everywhere_and_what_runs_ends_when_there_is_room(self):
        with self.stage(1000) as stage:
            self.start(stage)
            batch = stage.submit(stage.clone_jobs(8))
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) == 3, "three to run")
            self.fill(stage)
            refused = stage.ctl("submit", "-", stdin=json.dumps({"jobs": stage.clone_jobs(1, "late")}),
                                check=None)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("full", refused.stderr)
            for key in ("full-0", "full-7"):
                self.assertIn(FULL, self.reason(stage, f"{batch}/{key}"))
            for table in ("lanes", "endpoints"):
                self.assertIn(FULL, stage.ctl(table, "--output", "json").stdout)
            self.assertEqual(stage.daemon.text().count("event=disk.full"), 1)

            self.sign.unlink()
            wait_for(lambda: "event=disk.has_room" in stage.daemon.text(), "the room to be noticed")
            self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 8)
            self.assertEqual(stage.upstream.ledger()["doubles_ever"], 0)
            self.assertEqual(len(stage.upstream.made()), 8)

    def test_is_noticed_by_a_daemon_that_has_nothing_to_write(self):
        with self.stage(100, min_free_mib=1) as stage:
            self.start(stage)
            self.fill(stage)
            self.assertIn("event=disk.low", stage.daemon.text())
            refused = stage.ctl("submit", "-", stdin=json.dumps({"jobs": stage.clone_jobs(1)}), check=None)
            self.assertIn("0 MiB free of the 1 MiB", refused.stderr)

    def test_room_is_noticed_by_a_daemon_that_has_nothing_to_write(self):
        with self.stage(100) as stage:
            self.start(stage)
            self.sign.touch()
            stage.ctl("submit", "-", stdin=json.dumps({"jobs": stage.clone_jobs(1)}), check=None)
            self.assertIn("event=disk.full", stage.daemon.text())
            self.sign.unlink()
            wait_for(lambda: "event=disk.has_room" in stage.daemon.text(), "the room to be noticed", 10)

    def test_a_start_shows_what_there_is_and_goes_on_when_there_is_room(self):
        with self.stage(300) as stage:
            self.sign = stage.folder / "full"
            stage.start(crash_at="store.intent.after_commit")
            stage.submit(stage.clone_jobs(2), check=None)
            stage.daemon.wait()
            self.sign.touch()
            self.start(stage)
            batch = stage.batches()[0]["name"]
            wait_for(lambda: "event=disk.full" in stage.daemon.text(), "the full disk to be noticed")
            self.assertIn(FULL, self.reason(stage, f"{batch}/full-0"))
            self.sign.unlink()
            self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 2)
            self.assertEqual(stage.upstream.ledger()["doubles_ever"], 0)

    def test_a_stop_ends_all_the_same_and_the_next_start_loses_nothing(self):
        with self.stage(1500) as stage:
            self.start(stage)
            batch = stage.submit(stage.clone_jobs(8))
            wait_for(lambda: int(stage.batch(batch)["counts"].get("running", 0)) == 3, "three to run")
            self.fill(stage)
            # A client that wants to cancel is told why not, and holds nothing up.
            wanted = stage.ctl("cancel", f"{batch}/full-0", check=None)
            self.assertNotEqual(wanted.returncode, 0)
            self.assertIn("full", wanted.stderr)
            wait_for(lambda: len(stage.upstream.made()) >= 3, "the running clones to end")
            before = time.monotonic()
            self.assertEqual(stage.daemon.terminate(), 0)
            self.assertLess(time.monotonic() - before, 10 * PATIENCE)
            self.sign.unlink()
            stage.start()
            self.assertEqual(int(stage.wait_done(batch)["counts"]["succeeded"]), 8)
            self.assertEqual(stage.upstream.ledger()["doubles_ever"], 0)
            self.assertEqual(len(stage.upstream.made()), 8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
