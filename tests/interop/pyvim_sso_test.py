"""pyVim.sso, the client of Broadcom's own samples, gets tokens of the simulated token service.

It insists on HTTPS, so the simulator serves it, with a certificate of the test's own.
"""
import base64
import datetime
import gzip
import ipaddress
import json
import ssl
import unittest
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree
from pyVim.sso import SoapException, SsoAuthenticator

from upstream_case import PASSWORD, USER, UpstreamCase

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
STS = "POST /sts/STSService"


def write_certificate(folder):
    """A key, and a certificate of it for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - day)
            .not_valid_after(now + day).add_extension(address, critical=False)
            .sign(key, hashes.SHA256()))
    (folder / "tls.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class PyVimSso(UpstreamCase):
    def options(self):
        write_certificate(self.folder)
        return ("--tls-cert", self.folder / "tls.crt", "--tls-key", self.folder / "tls.key")

    def setUp(self):
        super().setUp()
        self.trust = ssl.create_default_context(cafile=self.folder / "tls.crt")

    def assertion(self, path="/sts/STSService", password=PASSWORD, **wishes):
        sso = SsoAuthenticator(f"https://{self.upstream.vcenter}{path}")
        return sso.get_bearer_saml_assertion(USER, password, ssl_context=self.trust, **wishes)

    def send(self, method, path, headers):
        request = urllib.request.Request(f"https://{self.upstream.snapservice}/api/snapservice/{path}",
                                         method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30, context=self.trust) as answer:
            return answer.status, json.loads(answer.read())

    @staticmethod
    def signed(assertion):
        token = base64.b64encode(gzip.compress(assertion.encode())).decode()
        return {"Authorization": f'SIGN token="{token}"'}

    def test_a_token_says_whose_it_is_and_for_how_long(self):
        root = etree.fromstring(self.assertion(token_duration=900, delegatable=True))
        conditions = root.find(f"{SAML}Conditions")
        begin, end = (datetime.datetime.fromisoformat(conditions.get(name).replace("Z", "+00:00"))
                      for name in ("NotBefore", "NotOnOrAfter"))
        self.assertEqual((end - begin).total_seconds(), 900)
        self.assertIsNotNone(conditions.find(f"{SAML}ProxyRestriction"))
        self.assertEqual(root.findtext(f"{SAML}Subject/{SAML}NameID"), USER)
        again = etree.fromstring(self.assertion("/sts/STSService/vsphere.local", delegatable=False))
        self.assertIsNone(again.find(f"{SAML}Conditions/{SAML}ProxyRestriction"))
        self.assertEqual(self.requests(STS), {"200": 2})

    def test_a_token_is_taken_as_the_library_hands_it_out(self):
        headers = self.signed(self.assertion())
        self.assertEqual(self.send("GET", "tasks?services=x", headers), (200, {"items": []}))
        status, session = self.send("POST", "sessions", headers)
        self.assertEqual(status, 201)
        self.assertEqual(self.send("GET", "sessions", {"vmware-api-session-id": session})[0], 200)

    def test_an_altered_token_is_refused(self):
        altered = self.assertion().replace(USER, "administrator@vsphere.local")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.send("GET", "tasks?services=x", self.signed(altered))
        self.assertEqual(caught.exception.code, 401)
        caught.exception.close()

    def test_a_wrong_password_is_a_fault(self):
        with self.assertRaisesRegex(SoapException, "FailedAuthentication"):
            self.assertion(password="wrong")
        self.assertEqual(self.requests(STS), {"500": 1})


if __name__ == "__main__":
    # The library leaves its connections to the garbage collector.
    unittest.main(verbosity=2, warnings="ignore")
