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
        cls.stage = Stage(["--clone-ms", "200"], listen=["127.0.0.1:0"], record=False)
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
                self.assertIn("grpc.health.v1.Health", services)

    def test_describes_the_methods(self):
        for name, target in self.targets():
            with self.subTest(name):
                self.assertIn("SubmitBatch", self.call(target, "describe", "cloned.v1.JobService"))
                self.assertIn("source", self.call(target, "describe", "cloned.v1.VcenterClone"))

    def test_asks_whether_it_serves(self):
        for name, target in self.targets():
            for service in ("", "cloned.v1.JobService", "cloned.v1.LaneService"):
                with self.subTest(name, service=service):
                    answer = self.call(target, "grpc.health.v1.Health/Check",
                                       data={"service": service})
                    self.assertEqual(json.loads(answer), {"status": "SERVING"})

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

    def submit(self, *words, stdin=None, check=0):
        """Runs the script, which finds grpcurl by the environment as a user's would."""
        got = subprocess.run([SUBMIT, *words], capture_output=True, text=True, input=stdin or "",
                             timeout=90 * PATIENCE, check=False)
        self.assertEqual(got.returncode, check, got.stdout + got.stderr)
        return got

    def made_as(self, prefix):
        """The names that begin so, and how often each was made, as the upstream has it."""
        return {name: count for (_, name), count in self.stage.upstream.made().items()
                if name.startswith(prefix)}

    def write_jobs(self, name, jobs):
        file = self.stage.folder / f"{name}.json"
        file.write_text(json.dumps({"jobs": jobs}))
        return file

    def test_the_script_submits_and_watches(self):
        for name, address in (("tcp", self.tcp), ("unix", self.stage.address)):
            with self.subTest(name):
                prefix = f"script-{name}"
                file = self.write_jobs(name, self.stage.clone_jobs(4, prefix))
                got = self.submit("--address", address, "--watch", file)
                self.assertRegex(got.stdout, r"\Abatches/[^/\s]+\n\Z")
                self.assertEqual(got.stderr.splitlines()[-1], "4 jobs: 4 succeeded")
                self.assertEqual(self.made_as(prefix), {f"{prefix}-{i}": 1 for i in range(4)})

    def test_the_script_repeats_a_request_without_doing_it_twice(self):
        jobs = json.dumps({"jobs": self.stage.clone_jobs(2, "again")})
        words = ("--address", self.tcp, "--request-id", str(uuid.uuid4()), "--watch", "-")
        first, second = (self.submit(*words, stdin=jobs) for _ in range(2))
        self.assertEqual(first.stdout, second.stdout)
        self.assertEqual(self.made_as("again"), {"again-0": 1, "again-1": 1})

    def test_the_script_tells_of_a_job_that_failed(self):
        self.stage.upstream.ask("rules", [{"object": "unlucky-0", "fault": "task_fail",
                                           "error_type": "INVALID_ARGUMENT"}])
        self.addCleanup(self.stage.upstream.ask, "rules", [])
        file = self.write_jobs("unlucky", self.stage.clone_jobs(2, "unlucky"))
        got = self.submit("--address", self.tcp, "--watch", file, check=1)
        self.assertEqual(got.stderr.splitlines()[-1], "2 jobs: 1 succeeded, 1 failed")
        self.assertEqual(self.made_as("unlucky"), {"unlucky-1": 1})

    def test_the_script_tells_of_a_refusal_and_of_wrong_use(self):
        file = self.write_jobs("refused", [{"key": "a", "vcenterClone": {"name": "a/b"}}])
        self.assertIn("jobs[0].vcenter_clone.name",
                      self.submit("--address", self.tcp, file, check=3).stderr)
        self.submit("--address", f"unix:{self.stage.folder}/nobody", file, check=3)
        self.submit("--address", self.tcp, file, "more", check=2)

    def refused(self, method, data):
        """The words of the error, and its details by their type."""
        got = subprocess.run([GRPCURL, "-plaintext", "-d", json.dumps(data), self.tcp, method],
                             capture_output=True, text=True, timeout=60 * PATIENCE, check=False)
        self.assertNotEqual(got.returncode, 0, got.stdout)
        words, _, listed = got.stderr.partition("Details:")
        found = {}
        while (begin := listed.find("{")) >= 0:
            detail, end = json.JSONDecoder().raw_decode(listed, begin)
            found[detail.pop("@type").removeprefix("type.googleapis.com/")] = detail
            listed = listed[end:]
        return words, found

    def test_a_refused_batch_names_the_field_in_message_and_details(self):
        words, details = self.refused(
            "cloned.v1.JobService/SubmitBatch",
            {"request_id": str(uuid.uuid4()),
             "jobs": [{"key": "a", "vcenterClone": {"source": "vm-1", "name": "a/b"}}]})
        self.assertIn("InvalidArgument", words)
        self.assertIn("jobs[0].vcenter_clone.name", words)
        violations = details["google.rpc.BadRequest"]["field_violations"]
        name, = (v for v in violations if v["field"] == "jobs[0].vcenter_clone.name")
        self.assertIn("must not contain", name["description"])
        count = str(len(violations))
        self.assertEqual(details["google.rpc.ErrorInfo"],
                         {"reason": "INVALID_FIELDS", "domain": "cloned",
                          "metadata": {"problems": count, "listed": count}})

    def test_every_error_has_a_reason(self):
        for method, data, reason in (
                ("cloned.v1.JobService/GetBatch", {"name": f"batches/{uuid.uuid4()}"}, "NOT_FOUND"),
                ("cloned.v1.LaneService/GetLane", {"name": "nonsense"}, "INVALID_FIELDS"),
                ("grpc.health.v1.Health/Check", {"service": "none"}, "NOT_FOUND")):
            with self.subTest(method):
                info = self.refused(method, data)[1]["google.rpc.ErrorInfo"]
                self.assertEqual((info["reason"], info["domain"]), (reason, "cloned"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
