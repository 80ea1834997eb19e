"""robosuite 1.5.2's Lift with a Panda, without cameras: control steps per second.

usage: peer.py STEPS REPEATS     for every line read from standard input, so that the driver decides when it
                                 works: control steps per second on the wall, and per second of processor
"""
import sys
import time

import numpy
import robosuite

CYCLE = 120  # control steps of one pick: as in agent.lua


def make():
    env = robosuite.make("Lift", robots="Panda", has_renderer=False, has_offscreen_renderer=False,
                         use_camera_obs=False, use_object_obs=True, control_freq=20, horizon=10 ** 9,
                         ignore_done=True, hard_reset=False)
    return env


def action_of(step, to_cube):
    """The same picks as agent.lua: above the cube, down, close, up, open."""
    phase = step % CYCLE
    action = numpy.zeros(7)
    action[6] = 1.0 if 60 <= phase < 100 else -1.0
    if phase < 75:
        offset = numpy.array([0, 0, 0.1 if phase < 30 else 0.0])
        action[:3] = numpy.clip((to_cube + offset) / 0.05, -1, 1)
    elif phase < 100:
        action[2] = 0.5
    return action


def main(steps, repeats):
    env = make()
    obs = env.reset()
    # the friction and drag of drydock's worlds, so that both simulate the same
    model = env.sim.model._model
    model.opt.impratio = 10
    model.opt.density = model.opt.viscosity = 0
    step, lifted = 0, 0.0
    for repeat in range(repeats + 1):
        if repeat > 0:
            sys.stdin.readline()
        begin, worked = time.perf_counter(), time.process_time()
        for _ in range(steps):
            obs, _, _, _ = env.step(action_of(step, obs["cube_pos"] - obs["robot0_eef_pos"]))
            step += 1
            lifted = max(lifted, obs["cube_pos"][2])
        if repeat > 0:  # the first one compiles
            print(steps / (time.perf_counter() - begin), steps / (time.process_time() - worked), flush=True)
    print(f"highest cube {lifted:.3f} m", file=sys.stderr)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
