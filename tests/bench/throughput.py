"""How fast jobs are accepted, and how fast they are brought to their end."""
import statistics

import figures
import stage


def measure_accepting(quick, say):
    count, rounds = (20_000, 2) if quick else (50_000, 5)
    accepted, inserted = [], []
    for i in range(rounds):
        # A fresh database each time, as the one that is compared with it.
        with stage.Stage() as s:
            s.start_with_lane(paused=True)
            before = s.daemon.cpu_seconds_by_thread()
            accepted.append(s.submit(count))
            after = s.daemon.cpu_seconds_by_thread()
            s.daemon.terminate()
            inserted.append(stage.bench("rows", **{"from": s.database, "to": s.folder / "bare.db"}))
        say(f"round {i + 1}: {accepted[-1]['per_s']:,.0f} jobs/s accepted, "
            f"{inserted[-1]['per_s']:,.0f} rows/s inserted by SQLite alone")
    jobs_per_s = statistics.median(a["per_s"] for a in accepted)
    rows_per_s = statistics.median(r["per_s"] for r in inserted)
    raw = {"accepted": accepted, "inserted": inserted,
           "cpu_us_per_job_by_thread": figures.us_per(before, after, count)}
    return [figures.figure(
        "accept_ratio", jobs_per_s / rows_per_s, "ratio",
        f"Jobs/s that one client has accepted durably by SubmitBatch calls of 10,000 ({count:,} jobs, "
        "lane paused), over the jobs/s whose rows SQLite alone inserts into the same schema with "
        f"synchronous=FULL; medians of {rounds} alternating rounds.",
        {"jobs_per_s": jobs_per_s, "rows_per_s": rows_per_s, **raw})]


def measure_end_to_end(quick, say):
    count, rounds = (5_000, 1) if quick else (20_000, 3)
    upstream = ("--linked-clone-limit", -1, "--linked-clone-ms", 0)
    settings = 'poll_interval_min = "10ms"\nmax_in_flight = 4000'
    posted, ended, cpu, threads = [], [], [], {}
    with stage.Stage(upstream, settings, limit=2000) as s:
        s.start_with_lane(paused=False)
        requests = 0
        for i in range(rounds):
            posted.append(s.post(count))
            before, by_thread = s.daemon.cpu_seconds(), s.daemon.cpu_seconds_by_thread()
            requests_before = s.upstream.ledger()["requests"]
            ended.append(s.submit(count, watch=True))
            requests += s.upstream.ledger()["requests"] - requests_before
            cpu.append((s.daemon.cpu_seconds() - before) / count * 1e6)
            threads = figures.us_per(by_thread, s.daemon.cpu_seconds_by_thread(), count)
            if ended[-1]["not_succeeded"]:
                raise RuntimeError(f"{ended[-1]['not_succeeded']} jobs did not succeed")
            say(f"round {i + 1}: {posted[-1]['per_s']:,.0f} POSTs/s alone, "
                f"{count / ended[-1]['whole_seconds']:,.0f} jobs/s from submit to end, "
                f"{cpu[-1]:.0f} us of CPU a job")
        doubles = s.upstream.ledger()["doubles"]
    posts_per_s = statistics.median(p["per_s"] for p in posted)
    jobs_per_s = statistics.median(count / e["whole_seconds"] for e in ended)
    raw = {"posts_per_s": posts_per_s, "jobs_per_s": jobs_per_s, "posted": posted, "ended": ended,
           "requests_per_job": requests / rounds / count, "doubles": doubles,
           "cpu_us_per_job_by_thread": threads}
    how = (f"{count:,} linked clones that the upstream makes at once, from the first SubmitBatch to "
           f"the last recorded end as WatchBatch tells it; median of {rounds} rounds")
    return [
        figures.figure("end_to_end_ratio", jobs_per_s / posts_per_s, "ratio",
                       f"Jobs/s of {how}, over the POSTs/s that the daemon's HTTP client alone "
                       "reaches with 64 connections against the same upstream in turn.", raw),
        figures.figure("end_to_end_jobs_per_s", jobs_per_s, "jobs/s", f"{how}."),
        figures.figure("cpu_us_per_job", statistics.median(cpu), "us",
                       "User and system time of the daemon's process in those rounds, per job.",
                       {"rounds": cpu}),
    ]
