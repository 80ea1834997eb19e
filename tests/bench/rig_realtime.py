"""rig_realtime: simulated time per wall time of recording the AGV's whole rig, and what limits it."""

import json
import os
import resource
import time

import bench

SIMULATED_S = 30
REPEATS = 3


def once(out, *more):
    scenario, expert = bench.scenario("logistics/agv_container_transfer")
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    bench.run_drydock(scenario, "--agent", expert, "--seed", "7", "--duration", str(SIMULATED_S), *more,
                      out=out)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    card = json.loads((out / "scorecard.json").read_text(encoding="utf-8"))
    return wall, cpu, card["episodes"][0]


def run(wanted):
    del wanted
    walls, cpus, bare, dropped, simulated = [], [], [], 0, SIMULATED_S
    with bench.Folder() as folder:
        for _ in range(REPEATS):
            wall, cpu, episode = once(folder / "rig", "--sensors", bench.ROOT / "tests/scenes/agv_rig.lua")
            if episode["outcome"] == "HARNESS_ERROR":
                raise bench.Broken(episode["reason"])
            walls.append(wall)
            cpus.append(cpu)
            simulated = episode["duration_s"]
            dropped += episode["counters"]["pictures_dropped"]
            told = json.loads(bench.call([bench.DRYDOCK, "info", folder / "rig", "--json"]))
            bare.append(once(folder / "bare")[0])
        frames = sum(c["messages"] for c in told["channels"] if "camera_info" in c["topic"])
        clouds = sum(c["messages"] for c in told["channels"] if c["topic"].endswith("/points"))
    wall = bench.median(walls)
    bench.figure("rig_realtime", simulated / wall, 1.0, 1.0)
    bench.detail("rig_realtime", simulated_s=float(simulated), wall_s=wall, cpu_s=bench.median(cpus),
                 without_rig_wall_s=bench.median(bare), camera_frames=frames, clouds=clouds,
                 dropped=dropped, cores=os.cpu_count())
    if dropped:
        raise bench.Broken(f"{dropped} messages were dropped")
