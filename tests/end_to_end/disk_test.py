"""What becomes of the daemon when its disk, or somebody at it, plays it a trick."""
import os
import subprocess
import time
import unittest

from harness import CLONED, PATIENCE, Stage, wait_for

EXIT_STORE_FAILED = 70


def run_cloned(stage, *words):
    return subprocess.run([CLONED, "--config", stage.config, *map(str, words)], capture_output=True,
                          text=True, timeout=60 * PATIENCE, check=False)


class Files(unittest.TestCase):
    def test_a_daemon_whose_files_are_taken_away_leaves_within_five_seconds(self):
        def rename_the_database(stage):
            stage.database.rename(stage.folder / "aside.db")

        def replace_the_database(stage):
            copy = stage.folder / "copy.db"
            copy.write_bytes(stage.database.read_bytes())
            copy.replace(stage.database)

        tricks = {
            "was deleted": lambda s: s.database.unlink(),
            "cloned.db-wal was deleted": lambda s: (s.folder / "cloned.db-wal").unlink(),
            "cloned.db.lock was deleted": lambda s: (s.folder / "cloned.db.lock").unlink(),
            "or renamed": rename_the_database,
            "was replaced": replace_the_database,
            "has 2 names": lambda s: os.link(s.database, s.folder / "second.db"),
        }
        for words, play in tricks.items():
            with self.subTest(words), Stage(record=False) as stage:
                stage.start()
                play(stage)
                before = time.monotonic()
                self.assertEqual(stage.daemon.wait(), EXIT_STORE_FAILED)
                self.assertLess(time.monotonic() - before, 5 * PATIENCE)
                self.assertIn("event=store.poisoned", stage.daemon.text())
                self.assertIn(words, stage.daemon.text())

    def test_a_second_daemon_that_comes_by_a_link_is_refused(self):
        with Stage(record=False) as stage:
            stage.start()
            link = stage.folder / "link.db"
            link.symlink_to(stage.database)
            stage.config.write_text(stage.config.read_text().replace(str(stage.database), str(link)))
            second = run_cloned(stage)
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"another daemon, process {stage.daemon.process.pid}", second.stderr)
            self.assertTrue(stage.daemon.alive())


class Copies(unittest.TestCase):
    def killed_at_work(self, stage):
        """A copy of three jobs, and a database of five whose daemon was killed."""
        stage.start()
        stage.wait_done(stage.submit(stage.clone_jobs(3, "early")))
        copy = stage.folder / "copy.db"
        made = run_cloned(stage, "backup", "--verify", copy)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("is sound: 3 jobs in 1 batches, 0 of them have not ended", made.stdout)
        stage.wait_done(stage.submit(stage.clone_jobs(2, "late")))
        refused = run_cloned(stage, "restore", copy)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"another daemon, process {stage.daemon.process.pid}", refused.stderr)
        stage.daemon.kill()
        return copy

    def test_a_copy_beside_a_log_that_was_left_is_not_served(self):
        with Stage(record=False) as stage:
            copy = self.killed_at_work(stage)
            stage.database.write_bytes(copy.read_bytes())
            refused = run_cloned(stage)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("cloned.db-wal is the log of another database", refused.stderr)
            self.assertIn("cloned restore FILE", refused.stderr)
            self.assertEqual(stage.database.read_bytes(), copy.read_bytes())

    def test_restore_does_all_steps_and_keeps_what_it_replaces(self):
        with Stage(record=False) as stage:
            copy = self.killed_at_work(stage)
            done = run_cloned(stage, "restore", copy)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"Leave {stage.database}.high-water as it is", done.stdout)
            kept = [line[len("kept: "):] for line in done.stdout.splitlines() if line.startswith("kept: ")]
            self.assertEqual([os.path.exists(file) for file in kept[:2]], [True, True])
            stage.start()
            self.assertEqual(len(stage.batches()), 1)
            self.assertIn("event=store.behind", stage.daemon.text())
            self.assertEqual(stage.daemon.terminate(), 0)

    def test_a_broken_copy_is_told_and_not_restored(self):
        with Stage(record=False) as stage:
            copy = self.killed_at_work(stage)
            content = bytearray(copy.read_bytes())
            for page in range(5, len(content) // 4096):
                content[page * 4096 + 8:page * 4096 + 208] = b"x" * 200
            copy.write_bytes(content)
            before = stage.database.read_bytes()
            for words in (["backup", copy, "--verify"], ["restore", copy]):
                told = run_cloned(stage, *words)
                self.assertEqual(told.returncode, 1)
                self.assertIn("is broken", told.stderr)
            self.assertEqual(stage.database.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
