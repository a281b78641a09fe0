"""VMware's Go library gets tokens of the simulated vCenter's token service and signs with them."""
import json
import os
import subprocess
import unittest
import urllib.parse

from upstream_case import PASSWORD, PATIENCE, USER, UpstreamCase

CLIENT = os.environ["GOVMOMI_STS_CLIENT"]
STS = "POST /sts/STSService"


class StsCase(UpstreamCase):
    def run_client(self, *words, password=PASSWORD):
        login = f"{urllib.parse.quote(USER, safe='')}:{password}"
        command = [CLIENT, "-url", f"http://{login}@{self.upstream.vcenter}",
                   "-snapservice", f"http://{self.upstream.snapservice}", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=60 * PATIENCE)

    def believed(self, *words):
        got = self.run_client(*words)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        self.assertEqual(self.requests(STS), {"200": 1})
        return json.loads(got.stdout)


class GovmomiSts(StsCase):
    OPTIONS = ("--sts-lifetime-s", "1800")

    def test_signs_each_call_and_opens_a_session(self):
        self.assertEqual(self.believed("-lifetime", "10m"),
                         {"lifetime_s": 600, "signed": 200, "session": 201, "in_session": 200})
        self.assertEqual(self.open_sessions("snapservice"), 1)

    def test_a_life_that_is_too_long_is_cut(self):
        self.assertEqual(self.believed("-lifetime", "2h")["lifetime_s"], 1800)

    def test_an_expired_token_lets_nobody_in(self):
        self.assertEqual(self.believed("-lifetime", "1s", "-wait", "1s"),
                         {"lifetime_s": 1, "signed": 401, "session": 401, "in_session": 401})
        self.assertEqual(self.open_sessions("snapservice"), 0)

    def test_a_wrong_password_is_a_fault(self):
        got = self.run_client(password="wrong")
        self.assertNotEqual(got.returncode, 0, got.stdout)
        self.assertIn("Invalid credentials", got.stderr)
        self.assertEqual(self.requests(STS), {"500": 1})


class GovmomiStsWithoutSessions(StsCase):
    """An appliance of 8.0.3: it has no sessions, each call carries the token."""
    OPTIONS = ("--snapservice-auth", "saml_each_call")

    def test_each_call_is_signed(self):
        self.assertEqual(self.believed(),
                         {"lifetime_s": 1800, "signed": 200, "session": 404, "in_session": 401})


class GovmomiStsOfAnotherClock(StsCase):
    OPTIONS = ("--sts-clock-skew-s", "600")

    def test_a_request_of_another_time_is_refused(self):
        got = self.run_client()
        self.assertNotEqual(got.returncode, 0, got.stdout)
        self.assertIn("clock skew", got.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
