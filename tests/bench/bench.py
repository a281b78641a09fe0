#!/usr/bin/python3
"""Measures a release build of cloned; run.sh builds it and starts this."""
import argparse
import json
import os
import pathlib
import platform
import sys
import time
import traceback

import figures
import million
import slots
import throughput

PARTS = {
    "slots": slots.measure,
    "accepting": throughput.measure_accepting,
    "end_to_end": throughput.measure_end_to_end,
    "million": million.measure,
}


def machine():
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.partition(":")[2].strip() for line in cpu.splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = pathlib.Path("/proc/meminfo").read_text().split()[1]
    return {"cores": os.cpu_count(), "model": model, "memory_mib": int(memory) // 1024,
            "kernel": platform.release(), "load_before": list(os.getloadavg())}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", required=True, help="file to write the figures to")
    options.add_argument("--quick", action="store_true",
                         help="small counts: shows that everything runs, measures little")
    options.add_argument("--only", choices=PARTS, action="append", help="this part; may be repeated")
    options.add_argument("--gate", action="store_true", help="exit 1 if an aim is missed")
    chosen = options.parse_args()

    out = {"quick": chosen.quick, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
           "machine": machine(), "figures": {}, "not_measured": {}}
    begin = time.monotonic()
    for name in chosen.only or PARTS:
        def say(text, part=name):
            print(f"[{time.monotonic() - begin:4.0f} s] {part}: {text}", flush=True)
        say("begins")
        try:
            for got in PARTS[name](chosen.quick, say):
                out["figures"][got.pop("name")] = got
        except Exception as problem:  # the other parts can be measured still
            traceback.print_exc()
            out["not_measured"][name] = str(problem)
    out["seconds"] = round(time.monotonic() - begin, 1)
    pathlib.Path(chosen.json).write_text(json.dumps(out, indent=2) + "\n")

    print(figures.table(out["figures"]))
    print(f"{out['seconds']:.0f} s; details in {chosen.json}")
    if out["not_measured"]:
        return 1
    missed = [name for name, got in out["figures"].items() if not got.get("met", True)]
    return 1 if chosen.gate and missed else 0


if __name__ == "__main__":
    sys.exit(main())
