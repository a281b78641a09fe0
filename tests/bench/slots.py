"""How well the daemon uses a hidden limit that it has to find out."""
import time

import figures
import stage

LIMIT = 20


def _used(operations, begin, end):
    """The integral of the operations under way between two instants."""
    return sum(max(0, min(o.get("ended_ms", end), end) - max(o["started_ms"], begin))
               for o in operations)


def _first_refusal_ms(upstream, patience_s=30):
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        ledger = upstream.ledger()
        if any(lane["refused"] for lane in ledger["lanes"]):
            return ledger["now_ms"]
        time.sleep(0.005)
    raise RuntimeError("the upstream never refused anything")


def measure(quick, say):
    count, median_ms = (300, 500) if quick else (2000, 1500)
    upstream = ("--linked-clone-limit", LIMIT, "--linked-clone-ms", median_ms,
                "--linked-clone-sigma", 0.3)
    with stage.Stage(upstream, 'poll_interval_min = "10ms"') as s:
        s.start()
        s.submit(count)
        found_ms = _first_refusal_ms(s.upstream)
        lane = _wait_until_made(s.upstream, count, say)
        ledger = s.upstream.ledger(operations=1)
        cpu = s.daemon.cpu_seconds()
    operations = ledger["operations"]
    last_ms = max(o["started_ms"] for o in operations)
    used = _used(operations, found_ms, last_ms)
    requests = sum(route["requests"] for route in ledger["routes"])
    raw = {"clones": count, "hidden_limit": LIMIT, "median_ms": median_ms, "found_ms": found_ms,
           "last_submitted_ms": last_ms, "slot_ms_used": used, "refusals": lane["refused"],
           "requests": requests, "requests_by_route": {
               f"{r['server']} {r['route']}": r["requests"] for r in ledger["routes"]},
           "peak": lane["peak"], "violations": ledger["violations"], "doubles": ledger["doubles"],
           "daemon_cpu_seconds": cpu}
    share = used / (LIMIT * (last_ms - found_ms))
    return [
        figures.figure("slot_share", share, "share", f"The simulated upstream's ledger of {count} "
                       f"linked clones under a hidden limit of {LIMIT}: clones under way, integrated "
                       "from its first refusal to the last accepted clone, over limit times time.",
                       raw),
        figures.figure("refusals_per_1000", 1000 * lane["refused"] / count, "refusals",
                       "Refusals for want of a slot by the same ledger, per 1,000 clones."),
        figures.figure("requests_per_vm", requests / lane["succeeded"], "requests",
                       "All requests that both simulated servers saw in that run, logins and polls "
                       "included, over the VMs made."),
    ]


def _wait_until_made(upstream, count, say):
    told = time.monotonic()
    end = told + 400
    while time.monotonic() < end:
        lane = next(l for l in upstream.ledger()["lanes"]
                    if l["kind"] == "linked_clone" and l["accepted"])
        if lane["failed"]:
            raise RuntimeError(f"{lane['failed']} clones failed upstream")
        if lane["succeeded"] == count:
            return lane
        if time.monotonic() - told > 20:
            told = time.monotonic()
            say(f"{lane['succeeded']} of {count} clones made, {lane['refused']} refusals")
        time.sleep(0.5)
    raise RuntimeError("the clones were not made in time")
