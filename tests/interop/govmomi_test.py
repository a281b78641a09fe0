"""VMware's Go library customizes guests of the simulated vCenter over VI JSON."""
import json
import os
import subprocess
import unittest
import urllib.parse

from upstream_case import PASSWORD, PATIENCE, USER, UpstreamCase

CLIENT = os.environ["GOVMOMI_CLIENT"]
CALL = "VI CustomizeGuest_Task"


class Govmomi(UpstreamCase):
    OPTIONS = ("--vi-wrapped-errors", "1", "--tools-ms", "200", "--customize-ms", "200",
               "--guest-ms", "200", "--vi-power-ms", "100")

    def run_client(self, *words, password="guest-secret"):
        login = f"{urllib.parse.quote(USER, safe='')}:{PASSWORD}"
        command = [CLIENT, "-url", f"http://{login}@{self.upstream.vcenter}/sdk",
                   "-vm", self.template()["vm"], "-guest-password", password, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=60 * PATIENCE)

    def customize(self, *words):
        """What the library believes, and the ledger's line of the VM."""
        got = self.run_client(*words)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        book = self.upstream.ledger()["customizations"]
        self.assertEqual((book["accepted"], book["succeeded"], book["refused"], book["violations"]),
                         (1, 1, 0, 0), book)
        self.assertEqual([vm["vm"] for vm in book["vms"]], [self.template()["vm"]])
        self.assertEqual(self.open_sessions(), 0)
        return json.loads(got.stdout), book["vms"][0]

    def fail_with(self, text, *words, **options):
        got = self.run_client(*words, **options)
        self.assertNotEqual(got.returncode, 0, got.stdout)
        self.assertIn(text, got.stderr)
        self.assertEqual(self.upstream.ledger()["customizations"]["succeeded"], 0)

    def test_customizes_a_guest_with_a_fixed_address(self):
        believed, guest = self.customize("-host-name", "web-1", "-address", "10.0.1.21")
        self.assertEqual((believed["state"], believed["guest"]), ("success", "TOOLSDEPLOYPKG_SUCCEEDED"))
        self.assertEqual((guest["host_name"], guest["begun"], guest["live"]), ("web-1", 1, 0))
        self.assertEqual(self.requests(CALL), {"200": 1})

    def test_customizes_a_guest_by_dhcp(self):
        believed, guest = self.customize("-host-name", "web-2")
        self.assertEqual((believed["guest"], guest["host_name"]), ("TOOLSDEPLOYPKG_SUCCEEDED", "web-2"))

    def test_a_guest_that_fails_is_told(self):
        self.upstream.ask("vi", {"guest_fails": True})
        believed, _ = self.customize("-host-name", "web-3")
        self.assertEqual((believed["state"], believed["guest"]), ("success", "TOOLSDEPLOYPKG_FAILED"))

    def test_a_wrong_login_of_the_guest_is_a_fault(self):
        self.fail_with("Failed to authenticate with the guest operating system.",
                       "-host-name", "web-4", password="wrong")
        self.assertEqual(self.requests(CALL), {"500": 1})

    def test_a_wrong_login_of_the_guest_is_an_error_of_the_task(self):
        self.upstream.ask("vi", {"customize_faults_in_task": True})
        self.fail_with("Failed to authenticate with the guest operating system.",
                       "-host-name", "web-5", password="wrong")
        self.assertEqual(self.requests(CALL), {"200": 1})

    def test_a_vm_that_is_off_is_refused(self):
        self.fail_with("cannot be performed in the current state",
                       "-host-name", "web-6", "-power-on=false")


if __name__ == "__main__":
    unittest.main(verbosity=2)
