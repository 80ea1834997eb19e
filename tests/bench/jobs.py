"""jobs2: episodes per second with two worker processes against one, recording included."""

import os
import subprocess
import sys
import time

import bench

REPEATS = 7
SECONDS = 4  # of wall time that one job should take: starting and the uneven end hardly count

SPIN = "x = 0\nfor i in range(3000000): x += i"


def two_cores():
    """How much more two independent busy loops get done than one: what this machine gives just now."""
    def spin(n):
        start = time.perf_counter()
        for child in [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(n)]:
            child.wait()
        return time.perf_counter() - start

    return 2 * spin(1) / spin(2)


def run(wanted):
    if (os.cpu_count() or 1) < 2:
        raise bench.LeftOut("this machine has one core")
    scenario, expert = bench.scenario(bench.SCENARIOS[0])
    with bench.Folder() as folder:
        def seconds(jobs, episodes):
            return bench.timed([bench.DRYDOCK, "run", scenario, "--agent", expert, "--seed", 7, "--episodes",
                                episodes, "--jobs", jobs, "--out", folder / "run", "--force"], good=(0, 1))

        short = seconds(1, 4)
        episodes = min(400, max(16, 2 * round(4 * SECONDS / short / 2)))
        times = {1: [], 2: []}
        ratios, machine = [], []
        for _ in range(REPEATS):
            machine.append(two_cores())
            for jobs in (1, 2):
                times[jobs].append(seconds(jobs, episodes))
            ratios.append(times[1][-1] / times[2][-1])
    rate = {jobs: episodes / bench.median(times[jobs]) for jobs in times}
    bench.detail("jobs2", episodes=episodes, one_job_s=bench.median(times[1]),
                 two_jobs_s=bench.median(times[2]), ratios=[bench.number(r) for r in ratios],
                 two_busy_loops=[bench.number(r) for r in machine])
    bench.figure("jobs2", rate[2], rate[1], 1.8, bench.median(ratios))
