"""What the benchmarks share: where things are, running programs, printing figures."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DRYDOCK = Path(os.environ.get("DRYDOCK", ROOT / "drydock")).resolve()
BUILD = DRYDOCK.parent
os.environ.setdefault("DRYDOCK_HOME", str(ROOT))

SCENARIOS = ["mobility/amr_dock", "robot/pick_place", "logistics/agv_container_transfer"]


class LeftOut(Exception):
    """A tool that is not ours is missing: say so and go on."""


class Broken(Exception):
    """A benchmark failed to run."""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def number(value):
    """Four significant digits are more than a benchmark knows."""
    return float(f"{value:.4g}")


def figure(name, ours, peer, goal, ratio=None):
    ratio = ours / peer if ratio is None else ratio
    line = {"figure": name, "ours": number(ours), "peer": number(peer), "ratio": number(ratio), "goal": goal}
    print(json.dumps(line), flush=True)
    if ratio < goal:
        say(f"{name}: {ratio:.3g} misses the goal of {goal:g}")


def detail(name, **values):
    rounded = {k: number(v) if isinstance(v, float) else v for k, v in values.items()}
    print(json.dumps({"figure": f"detail_{name}", **rounded}), flush=True)


def median(values):
    return statistics.median(values)


def program(name):
    """A program of the build folder."""
    for path in (BUILD / "tests" / "bench" / name, BUILD / name):
        if path.exists():
            return path
    raise Broken(f"{name} is not in {BUILD}: run `make build` first")


def scenario(name):
    """(scenario, expert) of a shipped scenario."""
    folder = ROOT / "scenarios" / name
    if not (folder / "scenario.lua").exists() or not (folder / "expert.lua").exists():
        raise Broken(f"{folder} has no scenario.lua and expert.lua")
    return folder / "scenario.lua", folder / "expert.lua"


def call(command, cwd=None, env=None, timeout=3600, good=(0,)):
    """Runs a command; its standard output. Anything but a good exit status is Broken."""
    full = dict(os.environ)
    full.update(env or {})
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=full, timeout=timeout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in good:
        said = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise Broken(f"{Path(str(command[0])).name} ended with {done.returncode}: {said}")
    return done.stdout


def timed(command, **kwargs):
    """Wall seconds of a command."""
    begin = time.monotonic()
    call(command, **kwargs)
    return time.monotonic() - begin


def run_drydock(scenario_file, *args, out, good=(0, 1), env=None):
    """`drydock run` into a fresh folder `out`."""
    shutil.rmtree(out, ignore_errors=True)
    return call([DRYDOCK, "run", scenario_file, "--out", out, *args], good=good, env=env)


class Folder:
    """A temporary folder, on a memory file system where there is one."""

    def __init__(self, memory=True):
        base = "/dev/shm" if memory and os.access("/dev/shm", os.W_OK) else None
        self.path = Path(tempfile.mkdtemp(prefix="drydock-bench-", dir=base))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def python_with(name, packages, check):
    """The Python of the virtual environment .venv-NAME, made and filled when `check` does not import."""
    folder = ROOT / f".venv-{name}"
    python = folder / "bin" / "python"
    if python.exists() and subprocess.run([python, "-c", check], stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL).returncode == 0:
        return python
    say(f"installing {', '.join(packages)} into {folder.name}")
    try:
        if not python.exists():
            call([sys.executable, "-m", "venv", folder])
        call([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
        call([python, "-c", check])
    except (Broken, OSError) as reason:
        raise LeftOut(f"{', '.join(packages)} could not be installed: {reason}") from None
    return python
