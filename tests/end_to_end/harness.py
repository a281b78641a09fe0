"""Starts the real programs for a test, and ends them by their process ids.

Everything listens on loopback or on a Unix socket in a temporary folder; ports are chosen by the
system. The judge is always the simulated upstream's ledger.
"""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CLONED_BIN_DIR", ROOT / "build" / "dev"))
CLONED = BIN / "daemon" / "cloned"
CLONECTL = BIN / "clonectl" / "clonectl"
UPSTREAM = BIN / "simulator" / "cloned-simulator"
# Sanitized builds are several times slower.
PATIENCE = float(os.environ.get("CLONED_TEST_PATIENCE", "1"))
RECORD = os.environ.get("CLONED_RECORD", "")

FOLDER = "group-v3"
CLUSTER = "domain-c8"
ZSTACK_CLUSTER = "c0000000000040008000000000000001"
ZSTACK_ZONE = "d0000000000040008000000000000001"  # stands for the folder in the ledger
GUEST_PASSWORD = "guest-secret"


# What the vendors' documents leave open, read in two ways that are each other's opposite.
READINGS = (
    ["--task-target", "none", "--result-told", "1", "--capacity-at", "post", "--capacity-scope", "lane",
     "--folder-filter", "flat", "--vi-unauthenticated", "status_500", "--failed-leaves-vm", "no"],
    ["--task-target", "vm", "--result-told", "1", "--capacity-at", "task", "--capacity-scope", "appliance",
     "--folder-filter", "recursive", "--nested-folders", "1", "--vi-unauthenticated", "missing_set",
     "--failed-leaves-vm", "on", "--task-lag-ms", "50", "--trims-names", "1", "--cancel", "ignored"],
)
READING = int(os.environ.get("CLONED_TEST_READING", "0"))


def wait_for(condition, what, seconds=30.0, every=0.02):
    """Waits until condition() is true; the bound is generous, a test that needs it all has failed."""
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(every)
    raise AssertionError(f"gave up waiting for {what}")


class Program:
    def __init__(self, command, log, env=None):
        self.log = log
        self._out = open(log, "ab")
        self.process = subprocess.Popen([str(c) for c in command], stdout=self._out,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        close_fds=False, env={**os.environ, **(env or {})})

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.alive():
            self.process.send_signal(signal.SIGKILL)
        return self.wait()

    def terminate(self):
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, seconds=30.0):
        try:
            code = self.process.wait(timeout=seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.log} did not end in time")
        self._out.close()
        return code

    def text(self):
        return pathlib.Path(self.log).read_text(errors="replace")


class Upstream(Program):
    """The simulated vCenter, snapservice and ZStack in one world."""

    def __init__(self, folder, *options, record=True):
        self.port_file = pathlib.Path(folder) / f"ports-{uuid.uuid4().hex}"
        command = [UPSTREAM, "--port-file", self.port_file, *options]
        if RECORD and record:
            command += ["--record", RECORD]
        super().__init__(command, pathlib.Path(folder) / "upstream.log")
        wait_for(self.port_file.exists, "the simulated upstream")
        words = dict(w.split("=") for w in self.port_file.read_text().split()[1:])
        self.vcenter, self.snapservice, self.zstack, self.control = (
            words["vcenter"], words["snapservice"], words["zstack"], words["control"])

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.control}/_sim/{path}", data=data,
                                         method=method or ("GET" if body is None else "POST"))
        if data is not None:
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def ledger(self, **lists):
        query = "&".join(f"{k}=1" for k in lists)
        return self.ask("ledger" + ("?" + query if query else ""))

    def inventory(self, vms=0):
        return self.ask("inventory?vms=1" if vms else "inventory")

    def made(self):
        """How often each (folder, name) was made and still exists."""
        out = {}
        for vm in self.ledger(vms=1)["vms"]:
            if vm["state"] == "made":
                key = (vm["folder"], vm["name"])
                out[key] = out.get(key, 0) + 1
        return out


def without(options, others):
    """The options, which are pairs of a name and a value, less those that are among the others."""
    pairs = zip(options[::2], options[1::2])
    return [word for name, value in pairs if name not in others for word in (name, value)]


class Stage:
    """A temporary folder with an upstream, and a daemon that can be killed and started again.

    `reading`: which of READINGS the upstream has of what its documents leave open.
    """

    def __init__(self, upstream_options=(), endpoint_settings="", daemon_settings="",
                 listen=None, flavour="api", vcenter_limit=20, snap_limit=1000, zstack_limit=20,
                 zstack_settings="", record=True, log_level="debug", reading=READING):
        self._temporary = tempfile.TemporaryDirectory(prefix="cloned-test-")
        self.folder = pathlib.Path(self._temporary.name)
        # Only normal traffic is worth recording; a test that injects faults says record=False.
        self.upstream = Upstream(self.folder, *without(READINGS[reading], upstream_options),
                                 *upstream_options, record=record)
        self.socket = self.folder / "cloned.sock"
        self.address = f"unix:{self.socket}"
        self.database = self.folder / "cloned.db"
        self.config = self.folder / "cloned.toml"
        self.daemon = None
        self.runs = 0
        password = self.secret("password", "secret")
        account = self.secret("zstack-password", "password")
        guest = self.secret("guest-password", GUEST_PASSWORD)
        pace = (f'poll_interval_min = "20ms"\npoll_interval_max = "2s"\n'
                f'request_timeout = "{int(2000 * PATIENCE)}ms"\nquiesce = "300ms"\n'
                + endpoint_settings)
        listeners = "".join(f'[[listen]]\naddress = "{a}"\n' for a in (listen or [self.address]))
        self.config.write_text(f"""
[daemon]
database = "{self.database}"
log_level = "{log_level}"
{daemon_settings}
{listeners}
[[endpoint]]
name = "vc"
kind = "vcenter"
address = "http://{self.upstream.vcenter}"
flavour = "{flavour}"
user = "svc@vsphere.local"
password_file = "{password}"
default_cluster = "{CLUSTER}"
default_folder = "{FOLDER}"
{pace}
[endpoint.limit]
vcenter_clone = {vcenter_limit}

[[endpoint]]
name = "snap"
kind = "snapservice"
address = "http://{self.upstream.snapservice}"
user = "svc@vsphere.local"
password_file = "{password}"
inventory = "vc"
default_cluster = "{CLUSTER}"
default_folder = "{FOLDER}"
{pace}
[endpoint.limit]
linked_clone = {snap_limit}
restore = {snap_limit}

[[endpoint]]
name = "vi"
kind = "vi_json"
address = "http://{self.upstream.vcenter}"
auth = "vcenter-session"
inventory = "vc"
release = "8.0.3.0"
default_cluster = "{CLUSTER}"
{pace}

[[endpoint]]
name = "zs"
kind = "zstack"
address = "http://{self.upstream.zstack}"
user = "admin"
password_file = "{account}"
default_cluster = "{ZSTACK_CLUSTER}"
{zstack_settings}
{pace}
[endpoint.limit]
zstack_clone = {zstack_limit}

[[credential]]
name = "guest"
file = "{guest}"
""")

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if self.daemon and self.daemon.alive():
                self.daemon.kill()
            if self.upstream.alive():
                self.upstream.terminate()
            if kind is not None and self.daemon:
                print(f"--- the end of {self.daemon.log}")
                print("\n".join(self.daemon.text().splitlines()[-60:]))
        finally:
            self._temporary.cleanup()

    def start(self, crash_at=None, ready=True, env=None):
        """Starts the daemon; with crash_at it dies as by SIGKILL at that named point."""
        self.runs += 1
        env = {**(env or {}), **({"CLONED_CRASH_AT": crash_at} if crash_at else {})}
        self.daemon = Program([CLONED, "--config", self.config],
                              self.folder / f"daemon-{self.runs}.log", env)
        if ready:
            wait_for(lambda: "event=daemon.ready" in self.daemon.text() or not self.daemon.alive(),
                     "the daemon to be ready")
            if not crash_at and not self.daemon.alive():
                raise AssertionError(f"the daemon did not start:\n{self.daemon.text()}")
        return self.daemon

    def ctl(self, *words, stdin=None, check=(0,), seconds=120.0):
        got = subprocess.run([str(CLONECTL), "--address", self.address, *map(str, words)],
                             input=stdin, capture_output=True, text=True, close_fds=False,
                             timeout=seconds * PATIENCE, check=False)
        if check is not None and got.returncode not in check:
            raise AssertionError(f"clonectl {' '.join(map(str, words))} gave {got.returncode}:\n"
                                 f"{got.stdout}\n{got.stderr}")
        return got

    def submit(self, jobs, request_id=None, check=(0,)):
        request_id = request_id or str(uuid.uuid4())
        got = self.ctl("submit", "-", "--request-id", request_id, stdin=json.dumps({"jobs": jobs}),
                       check=check)
        return got.stdout.strip()

    def batch(self, name):
        return json.loads(self.ctl("get", name, "--output", "json").stdout)

    def jobs(self, name):
        return json.loads(self.ctl("list", "jobs", name, "--output", "json").stdout)

    def batches(self):
        return json.loads(self.ctl("list", "batches", "--limit", 1000, "--output", "json").stdout)["batches"]

    def done(self, name):
        return self.batch(name).get("done", False)

    def wait_done(self, name, seconds=60.0):
        # Each question starts a program: not too many of them.
        wait_for(lambda: self.done(name), f"{name} to end", seconds, every=0.1)
        return self.batch(name)

    # --- jobs of each kind --------------------------------------------------------------------

    def clone_jobs(self, count, prefix="full"):
        source = self.inventory_vm("templates")
        return [{"key": f"{prefix}-{i}", "vcenterClone": {
            "source": source["vm"], "name": f"{prefix}-{i}"}} for i in range(count)]

    def linked_jobs(self, count, prefix="linked"):
        source = self.inventory_vm("templates")
        return [{"key": f"{prefix}-{i}", "linkedClone": {
            "vm": source["vm"], "snapshot": source["snapshots"][0], "name": f"{prefix}-{i}"}}
            for i in range(count)]

    def restore_jobs(self, count, prefix="restored"):
        sources = [v for v in self.upstream.inventory()["deleted_vms"] if v["cluster"] == CLUSTER]
        assert len(sources) >= count, "start the upstream with more --deleted-vms"
        return [{"key": f"{prefix}-{i}", "restore": {
            "vm": v["vm"], "snapshot": v["snapshots"][0], "name": f"{prefix}-{i}"}}
            for i, v in zip(range(count), sources)]

    def inventory_vm(self, what):
        return next(v for v in self.upstream.inventory()[what] if v["cluster"] == CLUSTER)

    def power_on_jobs(self, count, prefix="on", tools=False):
        """Each powers on the VM that a clone of the same batch makes."""
        clones = self.clone_jobs(count)
        return clones + [{"key": f"{prefix}-{i}", "after": c["key"], "powerOn": {"waitForTools": tools}}
                         for i, c in enumerate(clones)]

    def customize_jobs(self, count, prefix="guest"):
        """Clone, power on, customize: chains over two endpoints."""
        jobs = self.power_on_jobs(count, tools=True)
        return jobs + [{"key": f"{prefix}-{i}", "after": f"on-{i}", "customizeGuest": customization(
            f"{prefix}-{i}")} for i in range(count)]

    def zstack_jobs(self, count, prefix="zs"):
        cluster = self.upstream.inventory()["zstack"]["clusters"].index(ZSTACK_CLUSTER)
        source = self.upstream.inventory()["zstack"]["vms"][cluster]
        assert source["cluster"] == ZSTACK_CLUSTER
        return [{"key": f"{prefix}-{i}", "cluster": ZSTACK_CLUSTER, "zstackClone": {
            "vmInstanceUuid": source["vm"], "name": f"{prefix}-{i}"}} for i in range(count)]

    def jobs_of(self, kind, count):
        return {"power_on": self.power_on_jobs, "vcenter_clone": self.clone_jobs,
                "linked_clone": self.linked_jobs, "restore": self.restore_jobs,
                "zstack_clone": self.zstack_jobs, "customize_guest": self.customize_jobs}[kind](count)


def customization(host_name, wait_for_guest=True):
    """Names the guest; the password is that of the daemon's credential."""
    return {"auth": {"namePassword": {"username": "root", "password": {"credential": "guest"}}},
            "spec": {"identity": {"linuxPrep": {"hostName": {"fixed": {"name": host_name}},
                                                "domain": "example.com"}},
                     "globalIPSettings": {},
                     "nicSettingMap": [{"adapter": {"ip": {"dhcp": {}}}}]},
            "waitForGuest": wait_for_guest}


def names_of(jobs):
    out = set()
    for job in jobs:
        spec = job.get("vcenterClone") or job.get("linkedClone") or job.get("restore")
        if spec:
            out.add((FOLDER, spec["name"]))
        elif "zstackClone" in job:
            out.add((ZSTACK_ZONE, job["zstackClone"]["name"]))
    return out
