#!/usr/bin/env python3
"""Recorded sensors against other projects' formulas: the noise of an IMU by allantools, positions of
a satellite receiver by pymap3d, its covariance against its own samples.

Usage: sensors.py DRYDOCK     (packages: allantools pymap3d mcap mcap-ros2-support)
Exit status 1 when something disagrees, 77 when a package is missing.
"""
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DRYDOCK_HOME", str(ROOT))

try:
    import allantools
    import numpy as np
    import pymap3d
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory
except ImportError as missing:
    # the environment that tests/thirdparty/run makes has them
    VENV = ROOT / ".venv-thirdparty/bin/python"
    if VENV.exists() and Path(sys.executable).absolute() != VENV:
        os.execv(VENV, [str(VENV), *sys.argv])
    print(f"skipped: {missing}")
    sys.exit(77)

# an hour of an IMU that lies still; densities N, B, K of a mid-range one
HOURS = 1
RATE = 200
N, B, K = 1.221730e-4, 3.878509e-5, 2e-6
# time: deviation expected of a cascade of Gauss-Markov processes, and that of one log of two hours
ALLAN = {0.01: (1.2218e-3, 0.001), 0.1: (3.8692e-4, 0.002), 1: (1.2475e-4, 0.007), 10: (4.6498e-5, 0.022)}
STILL = f"""
return scenario {{ name = "still", duration_s = {3600 * HOURS}, physics_hz = {RATE}, measure_hz = 1,
  build = function(w)
    w:ground {{}}
    w:box {{ name = "block", size = {{ 1, 1, 1 }}, pos = {{ 0, 0, 0.5 }}, mass = 100 }}
    w:sensor {{ "imu", name = "imu", frame = "block", rate_hz = {RATE}, gyro_noise = {N},
      gyro_instability = {B}, gyro_walk = {K} }}
  end }}
"""

ORIGIN = (37.45, 126.60, 20.0)
PLACES = [(100, 200, 5), (3000, 4000, 10), (-8000, 500, 0.5)]
MASTS = """
return scenario { name = "masts", duration_s = 4000, physics_hz = 50, measure_hz = 1,
  build = function(w)
    w:ground {}
    w:box { name = "mast", size = { 0.1, 0.1, 0.1 }, pos = { %g, %g, %g } }
    w:sensor { "gnss_rtk", name = "gnss", frame = "mast", rate_hz = 1, latency_s = 0 }
  end }
"""

failed = []


def check(name, holds, seen=""):
    print(f"{'pass' if holds else 'FAIL'}  {name}{'' if holds else f': {seen}'}", flush=True)
    if not holds:
        failed.append(name)


def record(drydock, folder, name, text):
    scenario = folder / f"{name}.lua"
    scenario.write_text(text, encoding="utf-8")
    done = subprocess.run([drydock, "run", scenario, "--seed", "7", "--out", folder / name], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
    if done.returncode not in (0, 1):
        sys.exit(f"{name}: {done.stdout.strip()[-1500:]}")
    return sorted((folder / name).rglob("*.mcap"))[0]


def messages(path, topic):
    with open(path, "rb") as f:
        reader = make_reader(f, decoder_factories=[DecoderFactory()])
        for _, _, _, decoded in reader.iter_decoded_messages(topics=[topic]):
            yield decoded


def check_imu(drydock, folder):
    path = record(drydock, folder, "still", STILL)
    rates = np.array([(m.angular_velocity.x, m.angular_velocity.y, m.angular_velocity.z)
                      for m in messages(path, "/imu")])
    check("imu: every sample is there", len(rates) == 3600 * HOURS * RATE + 1, len(rates))
    times = list(ALLAN)
    for axis in range(3):
        _, found, _, _ = allantools.oadev(rates[:, axis], rate=RATE, data_type="freq", taus=times)
        for tau, seen in zip(times, found):
            expected, one_run = ALLAN[tau]
            # four deviations of a log of this length
            room = 4 * one_run * math.sqrt(2 / HOURS)
            check(f"imu: Allan deviation of axis {axis} at {tau} s", abs(seen / expected - 1) < room,
                  f"{seen:.4e}, expected {expected:.4e} within {room:.1%}")


def check_gnss(drydock, folder):
    for i, place in enumerate(PLACES):
        path = record(drydock, folder, f"mast{i}", MASTS % place)
        samples = list(messages(path, "/gnss/fix"))
        found = np.array([pymap3d.geodetic2enu(m.latitude, m.longitude, m.altitude, *ORIGIN) for m in samples])
        # the antenna is at the middle of the box
        truth = np.array([place[0], place[1], place[2]])
        errors = found - truth
        told = np.array([m.position_covariance for m in samples]).reshape(-1, 3, 3)
        sigma = np.sqrt(np.array([np.diag(c) for c in told]))
        mean = np.abs(errors.mean(axis=0)) / sigma[-1]
        check(f"gnss: {place} is where pymap3d says", np.all(mean < 0.5), f"{errors.mean(axis=0)} m off")
        check(f"gnss: {place} never far off", np.max(np.abs(errors) / sigma) < 6, np.max(np.abs(errors)))
        share = np.sqrt((errors ** 2).mean(axis=0)) / sigma[-1]
        check(f"gnss: {place} has the covariance it tells", np.all(np.abs(share - 1) < 0.4), share)


def main(drydock):
    with tempfile.TemporaryDirectory(prefix="drydock-sensors-") as folder:
        check_imu(drydock, Path(folder))
        check_gnss(drydock, Path(folder))
    print(f"{len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
