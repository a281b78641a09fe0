"""The API as a stranger meets it: grpcurl, through reflection alone, over TCP and the Unix socket."""
import json
import os
import pathlib
import subprocess
import unittest
import uuid

from harness import PATIENCE, Stage

GRPCURL = os.environ["GRPCURL"]
SUBMIT = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "submit-batch.sh"


class Grpcurl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(["--clone-ms", "200"], listen=["127.0.0.1:0"])
        text = cls.stage.config.read_text()
        cls.stage.config.write_text(text.replace(
            "[[listen]]", f'[[listen]]\naddress = "{cls.stage.address}"\n[[listen]]', 1))
        cls.stage.start()
        words = cls.stage.daemon.text().split()
        cls.tcp = next(w.strip('"') for w in words if w.strip('"').startswith("127.0.0.1:"))

    @classmethod
    def tearDownClass(cls):
        cls.stage.__exit__(None, None, None)

    def targets(self):
        return (("tcp", [self.tcp]), ("unix", ["-authority", "localhost", self.stage.address]))

    def call(self, target, *words, data=None):
        options = ["-plaintext"] + (["-d", json.dumps(data)] if data is not None else [])
        got = subprocess.run([GRPCURL, *options, *target, *words], capture_output=True, text=True,
                             timeout=60 * PATIENCE, check=False)
        self.assertEqual(got.returncode, 0, got.stderr)
        return got.stdout

    def test_lists_the_services(self):
        for name, target in self.targets():
            with self.subTest(name):
                services = self.call(target, "list").split()
                self.assertIn("cloned.v1.JobService", services)
                self.assertIn("cloned.v1.LaneService", services)

    def test_describes_the_methods(self):
        for name, target in self.targets():
            with self.subTest(name):
                self.assertIn("SubmitBatch", self.call(target, "describe", "cloned.v1.JobService"))
                self.assertIn("source", self.call(target, "describe", "cloned.v1.VcenterClone"))

    def test_submits_a_batch(self):
        for name, target in self.targets():
            with self.subTest(name):
                request = {"request_id": str(uuid.uuid4()),
                           "jobs": self.stage.clone_jobs(3, f"grpcurl-{name}")}
                answer = json.loads(self.call(target, "cloned.v1.JobService/SubmitBatch",
                                              data=request))
                self.assertTrue(answer["created"])
                ended = self.stage.wait_done(answer["batch"]["name"])
                self.assertEqual(int(ended["counts"]["succeeded"]), 3)

    def test_the_script_submits_and_watches(self):
        for name, address in (("tcp", self.tcp), ("unix", self.stage.address)):
            with self.subTest(name):
                file = self.stage.folder / f"{name}.json"
                file.write_text(json.dumps({"jobs": self.stage.clone_jobs(4, f"script-{name}")}))
                got = subprocess.run([SUBMIT, "--address", address, "--watch", file],
                                     capture_output=True, text=True, timeout=90 * PATIENCE,
                                     check=False)
                self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
                self.assertIn("batches/", got.stdout)

    def test_a_refused_batch_names_the_field_in_message_and_details(self):
        data = {"request_id": str(uuid.uuid4()), "jobs": [{"vcenterClone": {"name": "a/b"}}]}
        got = subprocess.run([GRPCURL, "-plaintext", "-d", json.dumps(data), self.tcp,
                              "cloned.v1.JobService/SubmitBatch"], capture_output=True, text=True,
                             timeout=60 * PATIENCE, check=False)
        self.assertIn("InvalidArgument", got.stderr)
        self.assertIn("jobs[0].vcenter_clone.name", got.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
