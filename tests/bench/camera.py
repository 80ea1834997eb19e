"""camera_rgb, camera_three, camera_python, camera_second_episode, memory_frames: pictures of 300 moving
boxes, 640x480, without shadows, against MuJoCo's own renderer."""

import subprocess

import bench

SCENE = bench.ROOT / "tests" / "scenes" / "boxes_300.xml"
REPEATS = 9
FRAMES = 40
PEER_FRAMES = 8
EPISODE_GOAL_S = 0.020
ALLOWED_MIB = 16


class Child:
    """A process that draws so many frames for every line it is sent, and tells the seconds."""

    def __init__(self, command, env=None):
        self.command = [str(c) for c in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=env)

    def ask(self, count=None):
        try:
            self.process.stdin.write(f"{count or ''}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            raise bench.Broken(f"{self.command[0]}: {self.process.communicate()[1].strip()[-1500:]}")
        return [float(x) for x in line.split()]

    def close(self):
        self.process.communicate()


def ours(kind, frames=FRAMES, width=640, height=480):
    return Child([bench.program("bench_camera"), kind, SCENE, frames, width, height])


def speed(wanted):
    """Bare, ours and Python's turn by turn: seconds per frame."""
    children = {"bare": (ours("bare"), FRAMES), "rgb": (ours("rgb"), FRAMES), "three": (ours("three"), FRAMES)}
    if "camera_python" in wanted:
        try:
            python = bench.python_with("mujoco", ["mujoco==3.17.0"], "import mujoco")
            command = [python, bench.HERE / "camera" / "peer.py", SCENE, PEER_FRAMES, 640, 480]
            children["python"] = Child(command, {"MUJOCO_GL": "egl", "PATH": "/usr/bin:/bin"}), PEER_FRAMES
        except bench.LeftOut as reason:
            bench.say(f"camera_python: left out: {reason}")
    took = {kind: [] for kind in children}
    for _ in range(1 + REPEATS):
        for kind, (child, frames) in children.items():
            took[kind].append(child.ask()[0] / frames)
    for child, _ in children.values():
        child.close()
    # the first turn compiles shaders
    took = {kind: seconds[1:] for kind, seconds in took.items()}
    bench.detail("camera_ms", **{kind: 1e3 * bench.median(seconds) for kind, seconds in took.items()})
    for name, mine, peer, goal in [("camera_rgb", "rgb", "bare", 0.9), ("camera_three", "three", "bare", 0.45),
                                   ("camera_python", "rgb", "python", 5)]:
        if name in wanted and peer in took:
            ratio = bench.median([b / a for a, b in zip(took[mine], took[peer])])
            bench.figure(name, 1 / bench.median(took[mine]), 1 / bench.median(took[peer]), goal, ratio)


def second_episode():
    """The first picture of a second episode of the same model, its world built anew."""
    pictures, builds = [], []
    for _ in range(REPEATS):
        child = ours("episodes")
        child.ask(1)
        picture, build, _ = child.ask(1)
        child.close()
        pictures.append(picture)
        builds.append(build)
    bench.detail("camera_second_episode_ms", picture=1e3 * bench.median(pictures), build=1e3 * bench.median(builds))
    bench.figure("camera_second_episode", 1 / bench.median(pictures), 1 / EPISODE_GOAL_S, 1.0)


def memory_frames():
    """Resident memory after many frames, and after many episodes that build and free a camera world."""
    worst = None
    for kind, early, late in [("three", 100, 10000), ("episodes", 10, 1000)]:
        child = ours(kind, width=160, height=120)
        before = child.ask(early)[2]
        after = child.ask(late - early)[2]
        child.close()
        bench.detail(f"memory_{kind}", early_mib=before, late_mib=after)
        allowed = before + ALLOWED_MIB
        if worst is None or allowed / after < worst[0] / worst[1]:
            worst = allowed, after
    bench.figure("memory_frames", *worst, 1.0)


def run(wanted):
    if {"camera_rgb", "camera_three", "camera_python"} & set(wanted):
        speed(wanted)
    if "camera_second_episode" in wanted:
        second_episode()
    if "memory_frames" in wanted:
        memory_frames()
