"""What many jobs at work, and others in doubt beside them, cost the daemon."""
import time

import figures
import stage

HOURS_MS = 10 * 3_600_000
MEASURED_S = 60


def measure(quick, say):
    running, doubtful = (1_800, 200) if quick else (18_000, 2_000)
    upstream = ("--linked-clone-limit", -1, "--linked-clone-ms", HOURS_MS)
    with stage.Stage(upstream, f"max_in_flight = {running + doubtful}", running + doubtful) as s:
        s.start()
        s.submit(running)
        _wait_until(s, "inFlight", running)
        say(f"{running:,} jobs run, {s.daemon.memory_mib('VmRSS'):.0f} MiB resident")
        s.upstream.ask("rules", {"rules": [{"server": "snapservice", "method": "POST", "path": "*linked-clone*",
                           "fault": "drop_after", "max": doubtful}]})
        s.submit(doubtful)
        _wait_until(s, "inDoubt", doubtful)
        cpu = s.daemon.cpu_seconds()
        requests = _requests(s)
        time.sleep(MEASURED_S)
        cpu = s.daemon.cpu_seconds() - cpu
        requests = _requests(s) - requests
        peak = s.daemon.memory_mib("VmHWM")
        resident = s.daemon.memory_mib("VmRSS")
        s.daemon.process.terminate()
        begin = time.monotonic()
        s.daemon.process.wait(timeout=60)
        stop = time.monotonic() - begin
    raw = {"running": running, "in_doubt": doubtful, "peak_mib": peak, "resident_mib": resident,
           "cpu_s": cpu, "measured_s": MEASURED_S, "requests": requests}
    return [
        figures.figure("rss_mib_doubts", peak, "MiB",
                       f"VmHWM of the daemon with {running:,} jobs running and {doubtful:,} in doubt, "
                       f"{MEASURED_S} s after the last of them.", raw),
        figures.figure("cpu_share_doubts", cpu / MEASURED_S, "cores",
                       "Processor time of the daemon in that time, over that time."),
        figures.figure("stop_s_doubts", stop, "s", "From SIGTERM to the end of that daemon."),
    ]


def _requests(s):
    return sum(route["requests"] for route in s.upstream.ledger()["routes"])


def _wait_until(s, state, count, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = s.sum_of_lanes(state)
        if seen >= count:
            return
        time.sleep(0.5)
    raise RuntimeError(f"only {seen} of {count} jobs are {state}")
