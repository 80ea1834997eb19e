"""lidar_yard, lidar_clutter: 14,400 rays with the index built anew, against mj_multiRay."""

import json

import bench

REPEATS = 15
RAYS = 1_000_000


def run(wanted):
    out = bench.call([bench.program("bench_lidar"), REPEATS, RAYS])
    wrong = 0
    for line in out.splitlines():
        row = json.loads(line)
        if row["figure"].startswith("detail_"):
            print(line, flush=True)
            wrong += row.get("wrong", 0)
        elif row["figure"] in wanted:
            bench.figure(row["figure"], row["ours"], row["peer"], row["goal"], row["ratio"])
    if wrong:
        raise bench.Broken(f"{wrong} rays differ from mj_ray")
