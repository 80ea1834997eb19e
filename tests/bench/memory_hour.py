"""memory_hour: resident memory of a recorded episode of one simulated hour, and of one more job."""

import re
import subprocess
import threading
from pathlib import Path

import bench

ALLOWED_MIB = 16
HOUR_S = 3600
MARKS_S = [120, HOUR_S - 2]

# An AMR that wanders among boxes; the story tells how far simulated time has come.
SCENARIO = """
local marks = { %(marks)s }
return scenario { name = "memory", duration_s = %(duration)g, agent_hz = 20,
  build = function(w)
    w:ground { size = { 0, 0 } }
    local amr = w:robot { "amr_250", name = "amr", pos = { 0, 0, 0 } }
    local near = nil
    for i = 1, 6 do
      near = w:box { name = "box" .. i, size = { 0.6, 0.6, 0.8 },
                     pos = { 6 * math.cos(i), 6 * math.sin(i), 0.4 } }
    end
    w:measure { gap = clearance(amr, near), speed = speed(amr), energy = energy(amr) }
  end,
  story = function(sim)
    local before = 0
    for _, t in ipairs(marks) do
      sim:wait(t - before)
      before = t
      print("simulated " .. t)
    end
  end,
  agent = { robot = "amr", observe = { "odom" }, act = "drive" },
  expect = { moves = "F[0,60] speed >= 0.1 m/s", calm = "G speed <= 5 m/s" },
  report = { "path_length", "energy" } }
"""

AGENT = """
return agent { act = function(observation) return { 0.5, 0.3 } end }
"""


def children(pid):
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += children(int(child))
    return found


def memory(pid):
    """(resident MiB, proportional MiB) of a process and all below it."""
    rss = pss = 0
    for p in children(pid):
        try:
            text = Path(f"/proc/{p}/smaps_rollup").read_text()
        except OSError:
            continue
        rss += int(re.search(r"^Rss:\s+(\d+)", text, re.M)[1])
        pss += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
    return rss / 1024, pss / 1024


def watch(folder, name, marks, duration, *args):
    """Runs the scenario; memory at each mark that the story prints (the last episode to reach it)."""
    path = folder / f"{name}.lua"
    path.write_text(SCENARIO % {"marks": ", ".join(map(str, marks)), "duration": duration})
    (folder / "wander.lua").write_text(AGENT)
    child = subprocess.Popen([str(bench.DRYDOCK), "run", str(path), "--agent", str(folder / "wander.lua"),
                              "--out", str(folder / name), *map(str, args)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    seen, said = {}, []
    timer = threading.Timer(3000, child.kill)
    timer.start()
    for line in child.stderr:
        said.append(line)
        mark = re.search(r"simulated (\d+)", line)
        if mark:
            seen[int(mark[1])] = memory(child.pid)
    code = child.wait()
    timer.cancel()
    if code not in (0, 1) or set(seen) != set(marks):
        raise bench.Broken(f"drydock run ended with {code} and told of {sorted(seen)}: {''.join(said)[-1500:]}")
    size = sum(f.stat().st_size for f in (folder / name).rglob("*.mcap"))
    return seen, size


def run(wanted):
    with bench.Folder(memory=False) as folder:
        seen, size = watch(folder, "hour", MARKS_S, HOUR_S)
        early, late = seen[MARKS_S[0]], seen[MARKS_S[1]]
        one, _ = watch(folder, "one", [100], 120)
        two, _ = watch(folder, "two", [100], 120, "--episodes", 2, "--jobs", 2)
    bench.detail("memory_hour", early_mib=early[0], late_mib=late[0], recording_mb_per_hour=size / 1e6,
                 one_more_episode_mib=two[100][1] - one[100][1])
    bench.figure("memory_hour", early[0] + ALLOWED_MIB, late[0], 1.0)
