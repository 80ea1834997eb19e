"""panda_lift: control steps per second of an arm that lifts a cube, against robosuite's Lift.

The same MJCF (robosuite's Panda with its gripper and mount), cube, table, picks, 25 physics steps of
2 ms per control step, operational-space control at every physics step, Newton solver, elliptic cone.
drydock also records; starting up counts on neither side.
"""

import json
import resource
import subprocess
import time

import bench

REPEATS = 5
STEPS = 240        # control steps of robosuite per repeat
SHORT_S = 12       # simulated seconds, 20 control steps each; the difference of two lengths is timed
LONG_S = 132

ROBOT = """
local arm = { %(arm)s }
return robot { name = "panda", doc = "robosuite's Panda", model = "panda.xml", base = "robot0_base", fixed = true,
  start = { %(start)s },
  spaces = {
    osc = { "osc", joints = arm, site = "gripper0_right_grip_site", kp = { 150 }, damping_ratio = 1,
            delta_max = { 0.05, 0.5 }, coupled = false, normalised = true },
    gripper = { "gripper", actuators = { "gripper0_right_gripper_finger_joint1",
                "gripper0_right_gripper_finger_joint2" }, closed = { 0, 0 }, open = { 0.04, -0.04 },
                width_max = 0.08, unit = "fraction", speed = 0.4 },
  },
  sensors = {
    joints = { "joints", rate_hz = 20 },
    hand = { "pose", rate_hz = 20, frame = "gripper0_right_grip_site" },
  } }
"""

SCENARIO = """
return scenario { name = "panda_lift", duration_s = %(duration)g, physics_hz = 500, agent_hz = 20,
  build = function(w)
    w:ground {}
    w:box { name = "table", size = { %(table_size)s }, pos = { %(table_pos)s } }
    w:robot { "./panda", name = "panda" } -- stands where its model puts it
    local cube = w:body { name = "cube", size = { %(cube_size)s }, mass = %(cube_mass).9g, friction = 1,
                          pos = { %(cube_pos)s } }
    w:sensor { "pose", name = "cube", frame = "cube", rate_hz = 20 }
    w:measure { up = height(cube) }
  end,
  agent = { robot = "panda", observe = { "hand", "cube" }, act = { "osc", "gripper" } },
  expect = { lifted = "F up >= 0.9 m" } }
"""


def numbers(values):
    return ", ".join(f"{v:.9g}" for v in values)


def prepare(python, folder):
    panda = folder / "panda"
    bench.call([python, bench.HERE / "panda_lift" / "prepare.py", panda], cwd=folder)
    facts = json.loads((panda / "facts.json").read_text())
    (panda / "robot.lua").write_text(ROBOT % {
        "arm": ", ".join(f'"{name}"' for name in facts["arm"]),
        "start": ", ".join(f"{name} = {value:.9g}" for name, value in facts["start"].items())})
    values = {key: numbers(facts[key]) for key in ("table_size", "table_pos", "cube_size", "cube_pos")}
    values["cube_mass"] = facts["cube_mass"]
    scenarios = {}
    for seconds in (SHORT_S, LONG_S):
        scenarios[seconds] = folder / f"lift_{seconds}.lua"
        scenarios[seconds].write_text(SCENARIO % {"duration": seconds, **values})
    return scenarios


def run(wanted):
    python = bench.python_with("robosuite", ["mujoco==3.3.7", "robosuite==1.5.2"], "import mujoco, robosuite")
    agent = bench.HERE / "panda_lift" / "agent.lua"
    with bench.Folder() as folder:
        scenarios = prepare(python, folder)

        def seconds(length):
            """On the wall, and of processors, its recorder's included."""
            begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            said = bench.run_drydock(scenarios[length], "--agent", agent, "--json", out=folder / "run")
            took = time.monotonic() - begin
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            card = json.loads(said)
            if card["verdict"] != "PASS":
                raise bench.Broken(f"the arm did not lift the cube: {json.dumps(card['episodes'])[:800]}")
            return took, worked

        # the peer works only while it is asked for the next repeat
        peer = subprocess.Popen([str(python), str(bench.HERE / "panda_lift" / "peer.py"), str(STEPS), str(REPEATS)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ours, theirs, cpu = [], [], []
        for _ in range(REPEATS):
            peer.stdin.write("\n")
            peer.stdin.flush()
            line = peer.stdout.readline()
            if not line:
                raise bench.Broken(f"robosuite: {peer.communicate()[1][-1500:]}")
            per_wall, per_cpu = map(float, line.split())
            theirs.append(per_wall)
            (long, long_cpu), (short, short_cpu) = seconds(LONG_S), seconds(SHORT_S)
            ours.append(20 * (LONG_S - SHORT_S) / (long - short))
            cpu.append(20 * (LONG_S - SHORT_S) / (long_cpu - short_cpu) / per_cpu)
        said = peer.communicate()[1].strip().splitlines()
    ratios = [a / b for a, b in zip(ours, theirs)]
    bench.detail("panda_lift", ours=[bench.number(x) for x in ours], peer=[bench.number(x) for x in theirs],
                 ratios=[bench.number(r) for r in ratios],
                 processor_time_ratio=bench.median(cpu), peer_said=said[-1] if said else "")
    bench.figure("panda_lift", bench.median(ours), bench.median(theirs), 8, bench.median(ratios))
