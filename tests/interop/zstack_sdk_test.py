"""ZStack's own Go SDK against the simulated ZStack: what it believes is what the ledger says."""
import json
import os
import subprocess
import unittest

from upstream_case import PATIENCE, UpstreamCase

SDK_CLIENT = os.environ["ZSTACK_SDK_CLIENT"]
ACCOUNT = ("-secret", "password")
KEY = ("-key", "composedKeyId012345", "-secret", "composedKeySecret0123456789abcdef")
CLONE = "PUT /zstack/v1/vm-instances/{uuid}/actions"
JOB = "GET /zstack/v1/api-jobs/{uuid}"
LOGIN = "PUT /zstack/v1/accounts/login"


class SdkCase(UpstreamCase):
    # Longer than the first wait of the SDK, so that it meets a job that is still at work.
    OPTIONS = ("--clone-ms", "500")

    def source(self):
        return self.upstream.inventory()["zstack"]["vms"][0]

    def run_client(self, login, *names, source=None, zone="UTC"):
        command = [SDK_CLIENT, "-address", self.upstream.zstack, *login,
                   "-source", source or self.source()["vm"], "-names", ",".join(names)]
        return subprocess.run(command, capture_output=True, text=True, check=False,
                              env={"TZ": zone}, stdin=subprocess.DEVNULL, timeout=60 * PATIENCE)

    def clone(self, login, *names, **options):
        got = self.run_client(login, *names, **options)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        return json.loads(got.stdout)

    def check_made(self, believed, *names):
        """The SDK's clones, those that it finds by name, and those of the ledger are the same."""
        cloned = [i["inventory"] for i in believed["cloned"]["inventories"]]
        self.assertEqual([i["error"] for i in believed["cloned"]["inventories"]], [None] * len(names))
        self.assertEqual(believed["cloned"]["numberOfClonedVm"], len(names))
        made = {(vm["name"], vm["vm"]) for vm in self.upstream.ledger(vms=1)["vms"]
                if vm["server"] == "zstack" and vm["state"] == "made"}
        self.assertEqual({name for name, _ in made}, set(names))
        self.assertEqual({(vm["name"], vm["uuid"]) for vm in cloned}, made)
        self.assertEqual({(vm["name"], vm["uuid"]) for vm in believed["found"]}, made)
        self.assertEqual({vm["state"] for vm in believed["found"]}, {"Stopped"})
        self.assertEqual({vm["clusterUuid"] for vm in believed["found"]}, {self.source()["cluster"]})

    def fail_with(self, text, login, *names, **options):
        got = self.run_client(login, *names, **options)
        self.assertNotEqual(got.returncode, 0, got.stdout)
        self.assertIn(text, got.stderr)
        self.assertEqual(self.upstream.ledger(vms=1)["vms"], [])


class ZstackSdk(SdkCase):
    def test_an_account_logs_in_clones_and_polls(self):
        self.check_made(self.clone(ACCOUNT, "sdk-1"), "sdk-1")
        self.assertEqual(self.requests(CLONE, "zstack"), {"202": 1})
        polls = self.requests(JOB, "zstack")
        self.assertEqual(polls["200"], 1)
        self.assertGreater(polls["202"], 0)
        self.assertEqual(self.sessions("zstack"), (1, 0))

    def test_an_access_key_signs_every_request(self):
        self.check_made(self.clone(KEY, "sdk-key"), "sdk-key")
        self.assertEqual(self.requests(LOGIN, "zstack"), {})

    def test_several_names_in_one_call(self):
        names = ("sdk-a", "sdk-b", "sdk-c")
        self.check_made(self.clone(ACCOUNT, *names), *names)
        self.assertEqual(self.requests(CLONE, "zstack"), {"202": 1})

    def test_a_wrong_password_is_refused(self):
        self.fail_with("ID.1000", ("-secret", "wrong"), "sdk-1")

    def test_a_wrong_secret_is_refused(self):
        self.fail_with("wrong accessKey signature", (*KEY[:3], "wrong"), "sdk-1")

    def test_a_clock_of_another_zone_is_refused(self):
        self.fail_with("requestTimeTooSkewed", KEY, "sdk-1", zone="Asia/Tokyo")

    def test_an_unknown_source_is_told_by_the_job(self):
        self.fail_with("SYS.1003", ACCOUNT, "sdk-1", source="f" * 12 + "4" + "f" * 3 + "8" + "f" * 15)
        self.assertEqual(self.requests(CLONE, "zstack"), {"202": 1})

    def test_an_item_that_fails_carries_its_error(self):
        self.break_calls(server="zstack", path="*/actions", fault="zstack_item_fail",
                         error_type="HOST_ALLOCATION.1000", message="no host is left")
        believed = self.clone(ACCOUNT, "sdk-1")
        self.assertEqual([i["error"]["code"] for i in believed["cloned"]["inventories"]],
                         ["HOST_ALLOCATION.1000"])
        self.assertEqual((believed["found"], self.upstream.ledger(vms=1)["vms"]), (None, []))


class ZstackSdkInJapan(SdkCase):
    """A node whose clock is nine hours ahead takes the keys of clients of its own zone alone."""
    OPTIONS = (*SdkCase.OPTIONS, "--zstack-utc-offset-min", "540")

    def test_an_access_key_of_its_zone_is_taken(self):
        self.check_made(self.clone(KEY, "sdk-key", zone="Asia/Tokyo"), "sdk-key")

    def test_a_clock_of_another_zone_is_refused(self):
        self.fail_with("requestTimeTooSkewed", KEY, "sdk-1", zone="UTC")


if __name__ == "__main__":
    unittest.main(verbosity=2)
