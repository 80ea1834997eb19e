"""mujoco.Renderer as installed: seconds of so many colour pictures of 300 moving boxes, per line read."""

import math
import sys
import time

import mujoco


def main(scene, frames, width, height):
    model = mujoco.MjModel.from_xml_path(scene)
    data = mujoco.MjData(model)
    renderer = mujoco.Renderer(model, height, width)
    starts = [int(model.jnt_qposadr[j]) for j in range(model.njnt)]
    frame = 0
    for _ in sys.stdin:
        seconds = 0.0
        for _ in range(frames):
            t = 0.05 * frame
            frame += 1
            for i, q in enumerate(starts):
                data.qpos[q + 2] = 0.3 + 0.1 * math.sin(t + i)
                data.qpos[q + 3:q + 7] = math.cos(0.2 * t + i), 0, 0, math.sin(0.2 * t + i)
            mujoco.mj_kinematics(model, data)
            mujoco.mj_camlight(model, data)
            begin = time.perf_counter()
            renderer.update_scene(data, "eye")
            renderer.render()
            seconds += time.perf_counter() - begin
        print(f"{seconds:.6f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
