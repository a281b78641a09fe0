#!/usr/bin/python3
"""Runs every fuzzing target of a build, two at once.

Usage: run_fuzz.py BUILD SECONDS [TARGET...]
       run_fuzz.py BUILD runs=N [TARGET...]

For so many seconds: what a target finds worth keeping stays in BUILD/found/TARGET and is where the next
run begins. With so many runs each begins with the seeds alone, and with the same chance. An input that ends a target is left in BUILD/crashes, and "BUILD/tests/fuzz/fuzz-TARGET FILE" shows it again.
Exit 1 if there is one.
"""

import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AT_ONCE = 2
# Target -> the folders of tests/backends/golden that are seeds of it as they are.
TARGETS = {
    "vcenter": ["vcenter_api", "vcenter_rest"],
    "snapservice": ["snapservice"],
    "vijson": ["vijson"],
    "zstack": ["zstack"],
    "http": [],
    "config": [],
    "submit": [],
    "transition": [],
}
MAX_BYTES = {"transition": 256, "config": 4096, "http": 2048}
LIMITS = ["-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=1"]


def encode_requests(into):
    """Requests are kept as text, and fuzzed as the bytes that a client sends."""
    into.mkdir(parents=True, exist_ok=True)
    for path in sorted((HERE / "corpus" / "submit").glob("*.textproto")):
        done = subprocess.run(
            ["protoc", f"-I{ROOT / 'proto'}", "-I/usr/include", "--encode=cloned.v1.SubmitBatchRequest",
             "cloned/v1/job_service.proto"],
            input=path.read_bytes(), stdout=subprocess.PIPE, check=True)
        (into / path.stem).write_bytes(done.stdout)


def seeds_of(target, build):
    golden = [ROOT / "tests/backends/golden" / folder / "answers" for folder in TARGETS[target]]
    if target == "submit":
        encode_requests(build / "seeds" / target)
        return [build / "seeds" / target]
    return [HERE / "corpus" / target] + golden


def command_of(target, build, size):
    if size.startswith("runs="):
        found = build / "found_again" / target
        shutil.rmtree(found, ignore_errors=True)
        length = [f"-runs={size.removeprefix('runs=')}", "-seed=1"]
    else:
        found = build / "found" / target
        length = [f"-max_total_time={size}"]
    found.mkdir(parents=True, exist_ok=True)
    (build / "crashes").mkdir(exist_ok=True)
    return [str(build / "tests/fuzz" / f"fuzz-{target}"), *length,
            f"-max_len={MAX_BYTES.get(target, 16384)}", f"-artifact_prefix={build / 'crashes' / target}-",
            *LIMITS, str(found), *map(str, seeds_of(target, build))]


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def run(target, build, size):
    """(target, runs, the file that ended it or None, the line to print)"""
    log = build / f"{target}.log"
    begin = time.monotonic()
    with open(log, "wb") as out:
        ended = subprocess.run(command_of(target, build, size), stdin=subprocess.DEVNULL, stdout=out,
                               stderr=subprocess.STDOUT, check=False)
    text = log.read_text(errors="replace")
    runs = number(r"stat::number_of_executed_units: (\d+)", text) or number(r"(?m)^#(\d+)\t", text)
    line = (f"{target}: runs={runs} coverage={number(r'cov: ([0-9]+)', text)}"
            f" inputs={number(r'corp: ([0-9]+)', text)} seconds={time.monotonic() - begin:.0f}")
    if ended.returncode == 0:
        return target, runs, None, line
    files = re.findall(r"Test unit written to (\S+)", text)
    shown = files[-1] if files else f"{log} (exit {ended.returncode})"
    why = re.findall(r"^(event=check\.failed.*|.*runtime error:.*|.*Assertion .*|.*ERROR: .*)$", text, re.M)
    return target, runs, shown, f"{line} crash={shown} {why[0] if why else ''}"


def main(arguments):
    if len(arguments) < 2 or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    build, size = pathlib.Path(arguments[0]).resolve(), arguments[1]
    if not re.fullmatch(r"(runs=)?[1-9]\d*", size):
        sys.exit(f"run_fuzz.py: {size} is neither a number of seconds nor runs=N (see --help)")
    targets = arguments[2:] or list(TARGETS)
    if shutil.which("protoc") is None:
        sys.exit("run_fuzz.py: protoc is missing")
    begin = time.monotonic()
    runs = crashes = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in concurrent.futures.as_completed(pool.submit(run, t, build, size) for t in targets):
            _, count, crash, line = done.result()
            print(line, flush=True)
            runs += count
            crashes += crash is not None
    print(f"fuzz: targets={len(targets)} runs={runs} crashes={crashes} seconds={time.monotonic() - begin:.0f}")
    return 1 if crashes or not runs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
