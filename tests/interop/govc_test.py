"""govc, in its VI JSON mode, against the simulated vCenter: what it believes is what the ledger says."""
import json
import os
import subprocess
import unittest

from upstream_case import FOLDER, PASSWORD, PATIENCE, USER, UpstreamCase

GOVC = os.environ["GOVC"]
POOL = "/DC0/host/cluster-8/Resources"


class Govc(UpstreamCase):
    # govc knows a task's fault only within the wrapper that the SOAP API has.
    OPTIONS = ("--clone-ms", "200", "--vi-wrapped-errors", "1")

    def govc(self, *words, password=PASSWORD):
        """Runs a command; each logs in and out by itself and leaves nothing behind."""
        env = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "GOVC_VI_JSON": "1",
               "GOVC_URL": f"http://{self.upstream.vcenter}/sdk", "GOVC_USERNAME": USER,
               "GOVC_PASSWORD": password, "GOVC_PERSIST_SESSION": "false"}
        return subprocess.run([GOVC, *words], capture_output=True, text=True, env=env, check=False,
                              timeout=60 * PATIENCE, stdin=subprocess.DEVNULL)

    def succeed(self, *words):
        got = self.govc(*words)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        return got.stdout

    def fail_with(self, text, *words, **options):
        got = self.govc(*words, **options)
        self.assertNotEqual(got.returncode, 0, got.stdout)
        self.assertIn(text, got.stderr)

    def clone(self, name, power_on=False):
        return ("vm.clone", "-vm", self.template()["name"], f"-on={str(power_on).lower()}",
                "-folder", "/DC0/vm/folder-3", "-pool", POOL, "-ds", "datastore-11", name)

    def find(self, name):
        """The VM's id and power state as govc sees them."""
        found = json.loads(self.succeed("vm.info", "-json", name))["virtualMachines"]
        self.assertEqual([vm["name"] for vm in found], [name])
        return found[0]["self"]["value"], found[0]["runtime"]["powerState"]

    def test_finds_a_vm_and_leaves_no_session(self):
        template = self.template()
        self.assertIn(f"/DC0/vm/folder-3/{template['name']}",
                      self.succeed("ls", "/DC0/vm/folder-3").split())
        self.assertEqual(self.find(template["name"]), (template["vm"], "poweredOff"))
        self.assertEqual(self.sessions(), (2, 0))

    def test_a_wrong_password_is_refused(self):
        self.fail_with("incorrect user name or password", "ls", password="wrong")
        self.assertEqual(self.requests("VI Login"), {"500": 1})

    def test_clones_and_waits_for_the_task(self):
        self.succeed(*self.clone("govc-clone"))
        made = self.the_only_vm()
        self.assertEqual((made["name"], made["folder"], made["source"], made["kind"]),
                         ("govc-clone", FOLDER, self.template()["vm"], "clone"))
        self.assertEqual(self.find("govc-clone"), (made["vm"], "poweredOff"))
        self.assertGreater(self.requests("VI WaitForUpdatesEx")["200"], 0)
        self.assertEqual(self.open_sessions(), 0)

    def test_clones_and_powers_on_in_one_task(self):
        self.succeed(*self.clone("govc-on", power_on=True))
        made = self.the_only_vm()
        self.assertEqual(self.power_state(made["vm"]), "POWERED_ON")
        self.assertEqual(self.find("govc-on"), (made["vm"], "poweredOn"))

    def test_powers_a_vm_on_and_off(self):
        template = self.template()
        self.succeed("vm.power", "-on", template["name"])
        self.assertEqual(self.power_state(template["vm"]), "POWERED_ON")
        self.assertEqual(self.succeed("object.collect", "-s", f"vm/folder-3/{template['name']}",
                                      "runtime.powerState").strip(), "poweredOn")
        self.fail_with("cannot be performed in the current state",
                       "vm.power", "-on", template["name"])
        self.succeed("vm.power", "-off", template["name"])
        self.assertEqual(self.power_state(template["vm"]), "POWERED_OFF")

    def test_a_taken_name_fails_in_the_task(self):
        self.succeed(*self.clone("govc-twice"))
        self.fail_with("The name 'govc-twice' already exists.", *self.clone("govc-twice"))
        self.assertEqual(self.upstream.made(), {(FOLDER, "govc-twice"): 1})

    def test_a_task_that_fails_is_told(self):
        self.break_calls(path="*/CloneVM_Task", fault="task_fail", error_type="InsufficientResourcesFault",
                         message="There is no host left.")
        self.fail_with("There is no host left.", *self.clone("govc-fails"))
        book = self.upstream.ledger(vms=1)
        self.assertEqual((book["accepted"], book["failed"], self.upstream.made()), (1, 1, {}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
