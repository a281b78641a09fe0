"""What every test by a foreign client needs: a simulated upstream of its own, judged by its ledger."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

from harness import CLUSTER, FOLDER, PATIENCE, Upstream, wait_for  # noqa: E402, F401

USER = "svc@vsphere.local"
PASSWORD = "secret"


class UpstreamCase(unittest.TestCase):
    """Each test has a new world, so that it may read the whole ledger as its own doing.

    Nothing is recorded: what --record collects is the daemon's own traffic.
    """

    OPTIONS = ("--clone-ms", "200")

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="cloned-interop-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.upstream = Upstream(self.folder, *self.options(), record=False)
        self.addCleanup(self.upstream.terminate)

    def options(self):
        return self.OPTIONS

    def template(self, cluster=CLUSTER):
        return next(v for v in self.upstream.inventory()["templates"] if v["cluster"] == cluster)

    def power_state(self, vm):
        return next(v["power_state"] for v in self.upstream.inventory(vms=1)["vms"] if v["vm"] == vm)

    def the_only_vm(self):
        """The one VM that was made, whose operation ended well and without a violation."""
        book = self.upstream.ledger(vms=1)
        self.assertEqual((book["accepted"], book["succeeded"], book["failed"], book["in_progress"]),
                         (1, 1, 0, 0), book)
        self.assertEqual((book["violations"], book["doubles_ever"]), (0, 0), book)
        self.assertEqual(len(book["vms"]), 1, book["vms"])
        self.assertEqual(book["vms"][0]["state"], "made")
        return book["vms"][0]

    def requests(self, route, server="vcenter"):
        """How often each status was answered on a route."""
        return next((r["by_status"] for r in self.upstream.ledger()["routes"]
                     if (r["server"], r["route"]) == (server, route)), {})

    def sessions(self, server="vcenter"):
        """How many were opened, and how many of these still are."""
        told = self.upstream.ledger()["sessions"][server]
        return told["created"], told["open"]

    def open_sessions(self, server="vcenter"):
        return self.sessions(server)[1]

    def break_calls(self, **rule):
        self.upstream.ask("rules", [rule])
