"""What the tests that drive the command line share: the binary, small scenarios, running commands."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DRYDOCK", ROOT / "drydock"))

# The smallest world with an agent: an AMR on a floor that drives towards a box.
SCENARIO = """
return scenario {
  name = "small", duration_s = %(duration)g, agent_hz = 20,
  params = { x = uniform(-1.5, -1), y = uniform(-0.2, 0.2), friction = uniform(0.5, 1.0) },
  build = function(w, p)
    w:ground { friction = p.friction }
    local amr = w:robot { "amr_250", name = "amr", pos = { p.x, p.y, 0 } }
    local bay = w:box { name = "bay", size = { 0.1, 1.2, 0.4 }, pos = { 3, 0, 0.2 } }
    w:measure { gap = distance(amr.frame.dock, bay.frame.west) }
  end,
  agent = { robot = "amr", observe = { "odom", "gap" }, act = "drive",
            may_be_constant = { "odom.pose.z", "odom.pose.qx", "odom.pose.qy", "odom.twist.linear.z",
              "odom.twist.linear.y", "odom.twist.angular.x", "odom.twist.angular.y" } },
  expect = { near = "F gap <= 5 m" },
}
"""

AGENT = """
return agent {
  act = function(observation)
    return { drive = { 0.2, 0.05 } }
  end,
}
"""


def run(*args, cwd=None, env=None, timeout=600, binary=None, **kwargs):
    """Runs drydock; returns the finished process with text output."""
    full = dict(os.environ)
    full.update(env or {})
    return subprocess.run([str(binary or BINARY), *map(str, args)], cwd=cwd, env=full, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)


def run_json(*args, **kwargs):
    """Runs drydock with --json; returns (exit code, object, standard error)."""
    done = run(*args, "--json", **kwargs)
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except json.JSONDecodeError:
        raise AssertionError(f"{args}: exit {done.returncode}, no JSON on standard output: "
                             f"{done.stdout[:500]!r} {done.stderr[:2000]!r}") from None


class Folder:
    """A temporary folder that is removed at the end: `with Folder() as path`."""

    def __init__(self, prefix="drydock-test-", base=None):
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def small(folder, duration=2.0):
    """Writes the small scenario and its agent into a folder; returns both paths."""
    scenario, agent = Path(folder) / "small.lua", Path(folder) / "drive.lua"
    scenario.write_text(SCENARIO % {"duration": duration}, encoding="utf-8")
    agent.write_text(AGENT, encoding="utf-8")
    return scenario, agent
