"""harness_plain, harness_recorded: an episode against a bare loop that makes the same calls."""

import json

import bench

REPEATS = 7


def run(wanted):
    pairs = []
    for name in bench.SCENARIOS:
        pairs += bench.scenario(name)
    out = bench.call([bench.program("bench_harness"), REPEATS, *pairs])
    for line in out.splitlines():
        row = json.loads(line)
        if row["figure"].startswith("detail_"):
            print(line, flush=True)
        elif row["figure"] in wanted:
            bench.figure(row["figure"], row["ours"], row["peer"], row["goal"], row["ratio"])
