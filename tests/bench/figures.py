"""What is measured, what it should be, and how it is shown."""

# Name -> (aim, whether more is better).
AIMS = {
    "slot_share": (0.98, True),
    "refusals_per_1000": (80, False),
    "requests_per_vm": (3, False),
    "accept_ratio": (0.4, True),
    "end_to_end_ratio": (0.2, True),
    "end_to_end_jobs_per_s": (5000, True),
    "cpu_us_per_job": (None, False),
    "rss_mib_1m": (256, False),
    "ready_s_1m": (2, False),
}


def figure(name, value, unit, how, raw=None):
    aim, more_is_better = AIMS[name]
    out = {"name": name, "value": round(value, 4), "unit": unit, "how": how}
    if aim is not None:
        out["aim"] = aim
        out["better"] = "more" if more_is_better else "less"
        out["met"] = value >= aim if more_is_better else value <= aim
    if raw is not None:
        out["raw"] = raw
    return out


def us_per(before, after, count):
    """Microseconds of CPU a piece, by thread."""
    return {name: round((after[name] - before.get(name, 0)) / count * 1e6, 1)
            for name in sorted(after) if after[name] > before.get(name, 0)}


def table(measured):
    lines = [f"{'figure':24} {'value':>12} {'unit':10} {'aim':>10}  "]
    for name, (aim, more_is_better) in AIMS.items():
        got = measured.get(name)
        value = "not measured" if got is None else f"{got['value']:,.3f}"
        unit = "" if got is None else got["unit"]
        goal = "-" if aim is None else f"{'>=' if more_is_better else '<='} {aim:g}"
        verdict = "" if got is None or aim is None else "met" if got["met"] else "MISSED"
        lines.append(f"{name:24} {value:>12} {unit:10} {goal:>10}  {verdict}".rstrip())
    return "\n".join(lines)
