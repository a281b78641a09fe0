"""What a million queued jobs cost at rest and at a start."""
import statistics
import time

import figures
import stage

SETTLE_S = 3


def measure(quick, say):
    count, starts = (100_000, 1) if quick else (1_000_000, 3)
    with stage.Stage() as s:
        s.start_with_lane(paused=True)
        at_rest = s.daemon.memory_mib("VmRSS")
        submitted = s.submit(count)
        after_submit = s.daemon.memory_mib("VmRSS")
        peak = s.daemon.memory_mib("VmHWM")
        say(f"{count:,} jobs queued at {submitted['per_s']:,.0f} jobs/s, "
            f"{after_submit:.0f} MiB resident")
        ready, resident = [], []
        for _ in range(starts):
            s.daemon.kill()
            ready.append(s.start())
            time.sleep(SETTLE_S)  # what a start leaves to do afterwards is done now
            resident.append(s.daemon.memory_mib("VmRSS"))
            say(f"ready {ready[-1]:.2f} s after a SIGKILL, {resident[-1]:.0f} MiB resident")
        queued = s.sum_of_lanes("queued")
        if queued != count:
            raise RuntimeError(f"{queued} jobs are queued instead of {count}")
        database = s.database.stat().st_size / 2**20
    raw = {"jobs": count, "at_rest_mib": at_rest, "after_submit_mib": after_submit,
           "peak_mib": peak, "after_restart_mib": resident, "database_mib": database,
           "submitted": submitted}
    return [
        figures.figure("rss_mib_1m", max(after_submit, *resident), "MiB",
                       f"VmRSS of the daemon with {count:,} jobs queued in a paused lane: the largest "
                       "of the figures right after submitting and after each restart.", raw),
        figures.figure("ready_s_1m", statistics.median(ready), "s",
                       f"From the start of the process to its event daemon.ready with those jobs, "
                       f"after a SIGKILL; median of {starts}.", {"starts": ready}),
    ]
