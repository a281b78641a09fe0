#!/usr/bin/python3
"""Writes the batch of the quickstart: quickstart_jobs.py CONTROL VMS > JOBS.json

A quarter of the VMs each is cloned by vCenter, linked-cloned and restored by the snapshot service, and
cloned by ZStack, in turn on two clusters. Every third clone of vCenter and every sixth linked clone
is the begin of a chain: it is powered on, and when its Tools run its guest is customized.

CONTROL is host:port of the simulated upstream, which knows the identifiers.
"""

import itertools
import json
import sys
import urllib.request

KINDS = ["vcenterClone", "linkedClone", "restore", "zstackClone"]
CHAIN_EVERY = {"vcenterClone": 3, "linkedClone": 6}


def inventory(control):
    with urllib.request.urlopen(f"http://{control}/_sim/inventory", timeout=30) as answer:
        return json.load(answer)


def customization(host_name):
    """The password is the name of one of the daemon's credentials, never the password itself."""
    return {"auth": {"namePassword": {"username": "root", "password": {"credential": "guest"}}},
            "spec": {"identity": {"linuxPrep": {"hostName": {"fixed": {"name": host_name}},
                                                "domain": "example.com"}},
                     "globalIPSettings": {},
                     "nicSettingMap": [{"adapter": {"ip": {"dhcp": {}}}}]},
            "waitForGuest": True}


def make(kind, number, name, there):
    """One job that makes a VM."""
    turn = number // len(KINDS)
    folder = {"folder": there["folders"][turn % len(there["folders"])]}
    templates, deleted, zstack = there["templates"], there["deleted_vms"], there["zstack"]["vms"]
    source = templates[turn % len(templates)]
    if kind == "vcenterClone":
        return source["cluster"], {"source": source["vm"], "name": name, "placement": folder}
    if kind == "linkedClone":
        return source["cluster"], {"vm": source["vm"], "snapshot": source["snapshots"][0],
                                   "name": name, "placement": folder}
    if kind == "restore":
        gone = deleted[turn]
        return gone["cluster"], {"vm": gone["vm"], "snapshot": gone["snapshots"][0], "name": name,
                                 "placement": folder}
    source = zstack[turn % len(zstack)]
    return source["cluster"], {"vmInstanceUuid": source["vm"], "name": name}


def batch(there, vms):
    counts = {kind: itertools.count() for kind in CHAIN_EVERY}
    for number in range(vms):
        kind = KINDS[number % len(KINDS)]
        key = f"vm-{number:04}"
        cluster, operation = make(kind, number, f"demo-{number:04}", there)
        yield {"key": key, "cluster": cluster, kind: operation}
        if kind in CHAIN_EVERY and next(counts[kind]) % CHAIN_EVERY[kind] == 0:
            yield {"key": f"on-{number:04}", "cluster": cluster, "after": key,
                   "powerOn": {"waitForTools": True}}
            yield {"key": f"guest-{number:04}", "cluster": cluster, "after": f"on-{number:04}",
                   "customizeGuest": customization(f"demo-{number:04}")}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    json.dump({"jobs": list(batch(inventory(sys.argv[1]), int(sys.argv[2])))}, sys.stdout, indent=1)
