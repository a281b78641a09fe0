"""grpcurl against the daemon: everything by reflection, over TCP and over the Unix socket.

GRPCURL names the program; CMake registers this test only where there is one.
"""
import json
import os
import pathlib
import re
import subprocess
import unittest
import uuid

from harness import PATIENCE, Stage, wait_for

GRPCURL = os.environ["GRPCURL"]
SCRIPT = pathlib.Path(__file__).parents[2] / "deploy" / "submit-batch.sh"
SERVICE = "cloned.v1.JobService"


class Grpcurl(unittest.TestCase):
    def setUp(self):
        folder_socket = f"/tmp/cloned-grpcurl-{uuid.uuid4().hex}.sock"
        self.addCleanup(lambda: pathlib.Path(folder_socket).unlink(missing_ok=True))
        self.stage = Stage(["--clone-ms", "300"],
                           listen=[f"unix:{folder_socket}", "127.0.0.1:0"]).__enter__()
        self.addCleanup(self.stage.__exit__, None, None, None)
        self.stage.address = f"unix:{folder_socket}"
        self.stage.start()
        port = wait_for(lambda: re.search(r"127\.0\.0\.1:(\d+)", self.stage.daemon.text()),
                        "the TCP port in the log").group(1)
        # How each way in is given to grpcurl, and to the script.
        self.ways = {
            "tcp": (["-plaintext", f"127.0.0.1:{port}"], f"127.0.0.1:{port}"),
            "unix": (["-plaintext", "-authority", "localhost", f"unix://{folder_socket}"],
                     f"unix:{folder_socket}"),
        }

    def run_grpcurl(self, way, *words, data=None, check=True):
        options = [] if data is None else ["-d", "@"]
        got = subprocess.run([GRPCURL, *options, *self.ways[way][0], *words], text=True,
                             input="" if data is None else json.dumps(data), capture_output=True,
                             timeout=60 * PATIENCE, check=False)
        if check:
            self.assertEqual(got.returncode, 0, got.stderr)
        return got

    def submit_script(self, way, jobs, *options):
        return subprocess.run([str(SCRIPT), "--address", self.ways[way][1], *options, "-"],
                              text=True, input=json.dumps({"jobs": jobs}), capture_output=True,
                              timeout=120 * PATIENCE, check=False,
                              env={**os.environ, "GRPCURL": GRPCURL})

    def test_lists_and_describes_the_services(self):
        for way in self.ways:
            with self.subTest(way):
                listed = self.run_grpcurl(way, "list").stdout.split()
                self.assertIn(SERVICE, listed)
                self.assertIn("cloned.v1.LaneService", listed)
                described = self.run_grpcurl(way, "describe", f"{SERVICE}.SubmitBatch").stdout
                self.assertIn("rpc SubmitBatch", described)
                message = self.run_grpcurl(way, "describe", "cloned.v1.LinkedClone").stdout
                self.assertIn("string snapshot", message)

    def test_submits_a_batch_once_however_often_it_is_asked(self):
        for way in self.ways:
            with self.subTest(way):
                request = {"requestId": str(uuid.uuid4()),
                           "jobs": self.stage.clone_jobs(3, prefix=way)}
                answers = [json.loads(self.run_grpcurl(way, f"{SERVICE}/SubmitBatch",
                                                       data=request).stdout) for _ in range(2)]
                self.assertEqual(answers[0]["batch"]["name"], answers[1]["batch"]["name"])
                self.assertTrue(answers[0]["created"])
                self.assertFalse(answers[1].get("created", False))
                self.stage.wait_done(answers[0]["batch"]["name"])
        self.assertEqual(len(self.stage.upstream.made()), 6)

    def test_the_script_submits_and_watches(self):
        for way in self.ways:
            with self.subTest(way):
                got = self.submit_script(way, self.stage.clone_jobs(4, prefix=f"script-{way}"),
                                         "--watch")
                self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
                self.assertRegex(got.stdout, r"\Abatches/[0-9a-f-]{36}\n\Z")
                self.assertIn("4 jobs: 4 succeeded", got.stderr)

    def test_the_script_reports_a_refusal(self):
        got = self.submit_script("unix", [{"restore": {"vm": "vm-1"}}])
        self.assertEqual(got.returncode, 3)
        self.assertEqual(got.stdout, "")
        self.assertIn("restore", got.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
