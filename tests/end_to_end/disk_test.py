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


if __name__ == "__main__":
    unittest.main()
