"""cold_start: from launch to the first physics step, a Python process against `drydock run`."""

import time

import bench

REPEATS = 15
MUJOCO = "3.17.0"

SCENARIO = """
return scenario { name = "one_step", duration_s = 0.002, agent_hz = 500,
  build = function(w)
    w:ground {}
    w:robot { "amr_250", name = "amr" }
    w:body { name = "part", pos = { 2, 0, 0.03 } }
  end,
  agent = { robot = "amr", observe = { "odom" }, act = "drive" } }
"""

PYTHON = """
import mujoco, gymnasium, time
model = mujoco.MjModel.from_xml_string('''<mujoco><worldbody><geom type="plane" size="5 5 1"/>
<body pos="0 0 .1"><freejoint/><geom type="box" size=".3 .2 .1"/></body>
<body pos="2 0 .03"><freejoint/><geom type="box" size=".03 .03 .03"/></body></worldbody></mujoco>''')
data = mujoco.MjData(model)
mujoco.mj_step(model, data)
print(time.monotonic())
"""


def run(wanted):
    python = bench.python_with("bench", [f"mujoco=={MUJOCO}", "gymnasium"], "import mujoco, gymnasium")
    preload = bench.program("libbench_first_step.so")
    ours, whole, peer = [], [], []
    with bench.Folder() as folder:
        (folder / "one_step.lua").write_text(SCENARIO)
        for i in range(REPEATS + 1):
            stamp = folder / "stamp"
            stamp.unlink(missing_ok=True)
            begin = time.monotonic()
            bench.run_drydock(folder / "one_step.lua", out=folder / f"run{i}",
                              env={"LD_PRELOAD": str(preload), "FIRST_STEP_FILE": str(stamp)})
            end = time.monotonic()
            first = float(stamp.read_text().split()[0])
            began = time.monotonic()
            stepped = float(bench.call([python, "-c", PYTHON]))
            if i > 0:  # the first of each warms the page cache
                ours.append(first - begin)
                whole.append(end - begin)
                peer.append(stepped - began)
    bench.detail("cold_start", ours_ms=1e3 * bench.median(ours), ours_whole_process_ms=1e3 * bench.median(whole),
                 peer_ms=1e3 * bench.median(peer))
    bench.figure("cold_start", 1 / bench.median(ours), 1 / bench.median(peer), 10)
