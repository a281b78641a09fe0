"""A release build of the daemon beside the simulated upstream, and how they are looked at."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "end_to_end"))
import harness  # noqa: E402  (it reads CLONED_BIN_DIR)

BENCH = harness.BIN / "tests" / "bench" / "cloned_bench"
LANE = f"snap/{harness.CLUSTER}/linked_clone"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def bench(subcommand, seconds=300, **options):
    """What a subcommand of cloned_bench measured. An option of True is a flag."""
    words = [str(BENCH), subcommand]
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    got = subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False)
    if got.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} gave {got.returncode}: {got.stderr.strip()}")
    return json.loads(got.stdout)


class Daemon(harness.Program):
    """The daemon as a process of the system sees it."""

    def cpu_seconds(self):
        return self._cpu(pathlib.Path("/proc") / str(self.process.pid))

    def cpu_seconds_by_thread(self):
        out = {}
        for task in (pathlib.Path("/proc") / str(self.process.pid) / "task").iterdir():
            name = (task / "comm").read_text().strip()
            out[name] = out.get(name, 0) + self._cpu(task)
        return out

    @staticmethod
    def _cpu(of):
        # The name in brackets may hold blanks; utime and stime are the 14th and the 15th field.
        words = (of / "stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _TICKS_PER_S

    def memory_mib(self, what):
        text = (pathlib.Path("/proc") / str(self.process.pid) / "status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+) kB", text, re.M).group(1)) / 1024


class Stage:
    """A folder on the disk of the build, with an upstream and a daemon. Ends both when left."""

    def __init__(self, upstream_options=(), endpoint_settings="", limit=1000):
        # Not in /tmp, which may be in memory; only the socket, whose path must be short.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=harness.BIN))
        self._socket_folder = tempfile.TemporaryDirectory(prefix="cloned-bench-")
        self.address = f"unix:{self._socket_folder.name}/cloned.sock"
        self.database = self.folder / "cloned.db"
        self.upstream = harness.Upstream(self.folder, *upstream_options)
        self.source = next(v for v in self.upstream.inventory()["templates"]
                           if v["cluster"] == harness.CLUSTER)
        self.daemon = None
        self._runs = 0
        self._write_config(endpoint_settings, limit)

    def _write_config(self, endpoint_settings, limit):
        password = self.folder / "password"
        password.write_text("secret\n")
        password.chmod(0o600)

        def endpoint(name, kind, address, more):
            return (f'[[endpoint]]\nname = "{name}"\nkind = "{kind}"\naddress = "http://{address}"\n'
                    f'user = "svc@vsphere.local"\npassword_file = "{password}"\n'
                    f'default_cluster = "{harness.CLUSTER}"\n'
                    f'default_folder = "{harness.FOLDER}"\n{more}\n')

        self.config = self.folder / "cloned.toml"
        self.config.write_text(
            f'[daemon]\ndatabase = "{self.database}"\nmax_unfinished_jobs = 2000000\n'
            f'[[listen]]\naddress = "{self.address}"\n'
            + endpoint("vc", "vcenter", self.upstream.vcenter, "")
            + endpoint("snap", "snapservice", self.upstream.snapservice,
                       f'inventory = "vc"\n{endpoint_settings}\n'
                       f'[endpoint.limit]\nlinked_clone = {limit}'))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.daemon and self.daemon.alive():
                self.daemon.kill()
            if self.upstream.alive():
                self.upstream.kill()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._socket_folder.cleanup()

    def start(self, seconds=120):
        """Starts the daemon; returns the seconds from its start until it is ready."""
        self._runs += 1
        begin = time.monotonic()
        self.daemon = Daemon([harness.CLONED, "--config", self.config],
                             self.folder / f"daemon-{self._runs}.log")
        while time.monotonic() - begin < seconds:
            if "event=daemon.ready" in self.daemon.text():
                return time.monotonic() - begin
            if not self.daemon.alive():
                break
            time.sleep(0.002)
        raise RuntimeError(f"the daemon was not ready in time:\n{self.daemon.text()[-2000:]}")

    def ctl(self, *words):
        got = subprocess.run([str(harness.CLONECTL), "--address", self.address, *words],
                             capture_output=True, text=True, timeout=60, check=False)
        if got.returncode != 0:
            raise RuntimeError(f"clonectl {' '.join(words)}: {got.stderr.strip()}")
        return got.stdout

    def sum_of_lanes(self, what):
        lanes = json.loads(self.ctl("lanes", "--output", "json"))
        lanes = lanes.get("lanes", lanes) if isinstance(lanes, dict) else lanes
        return sum(int(lane.get(what, 0)) for lane in lanes)

    def submit(self, count, watch=False):
        options = {"watch": True} if watch else {}
        return bench("submit", address=self.address, vm=self.source["vm"], count=count,
                     snapshot=self.source["snapshots"][0], prefix=fresh_prefix(), **options)

    def start_with_lane(self, paused):
        """A daemon that has logged in and knows its lane, from a single job that has ended."""
        self.start()
        self.submit(1, watch=True)
        if paused:
            self.ctl("lanes", "pause", LANE, "--reason", "a benchmark fills the queue")

    def post(self, count):
        """The same clones without the daemon."""
        request = urllib.request.Request(
            f"http://{self.upstream.snapservice}/api/snapservice/sessions", data=b"", method="POST",
            headers={"Authorization": "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            token = json.loads(answer.read())
        return bench("posts", port=self.upstream.snapservice.rpartition(":")[2], token=token,
                     cluster=harness.CLUSTER, vm=self.source["vm"], folder=harness.FOLDER,
                     snapshot=self.source["snapshots"][0], prefix=fresh_prefix(), count=count)


def fresh_prefix():
    return "b" + uuid.uuid4().hex[:10]
