"""Laws of pictures, clouds and other sensors from outside: a rig on an old recording sees what it would have
seen live; two runs are equal; what must not change does not."""

import json
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drydock as dd  # noqa: E402

RIG = """
return rig { sensors = {
  { "camera", name = "eye", robot = "amr", pos = { 0.4, 0, 0.5 }, width = 96, height = 64, rate_hz = 10,
    hfov = 80 * deg, full_well = 10000, read_noise = 3, prnu = 0.005,
    outputs = { "colour", "depth", "semantic", "instance", "boxes_2d", "boxes_3d" } },
  { "camera", name = "fish", robot = "amr", pos = { 0, 0, 1 }, rpy = { 0, 20 * deg, 0 }, width = 80,
    height = 80, rate_hz = 4, phase_s = 0.11, latency_s = 0.05, lens = "equidistant", hfov = 180 * deg,
    codec = "png", outputs = { "colour", "depth", "semantic" } },
  { "camera", name = "above", pos = { 0, 0, 6 }, rpy = { 0, 90 * deg, 0 }, width = 64, height = 64,
    rate_hz = 5, outputs = { "colour", "instance" } },
  { "lidar_vlp16", name = "lidar", robot = "amr", pos = { 0, 0, 0.8 } },
  { "scan_tim781", name = "scan", robot = "amr", pos = { 0.45, 0, 0.2 } },
  { "imu_adis16470", name = "imu2", robot = "amr", rate_hz = 100 },
  { "gnss_rtk", name = "gnss", robot = "amr", pos = { 0, 0, 1 } },
} }
"""

OTHER = RIG.replace("return rig {", "return rig { weather = { fog = 6, hour = 22 },")


def topics(path):
    code, told, err = dd.run_json("info", path, "--digests")
    assert code == 0, err
    return {c["topic"]: (c["messages"], c["digest"]) for c in told["channels"]}


def rig_topics(told):
    # what the recorder adds itself comes with every recording
    own = ("/clock", "/tf", "/tf_static", "/events", "/rosout", "/reward", "/drydock", "/measures",
           "/world", "/amr/action", "/amr/odom", "/amr/joint")
    return {t: v for t, v in told.items() if not t.startswith(own) and t != "/amr/imu"}


class Pictures(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.folder = dd.Folder()
        self.dir = self.folder.path
        self.scenario, self.agent = dd.small(self.dir, 2.0)
        (self.dir / "rig.lua").write_text(RIG, encoding="utf-8")
        (self.dir / "other.lua").write_text(OTHER, encoding="utf-8")

    def tearDown(self):
        self.folder.__exit__()

    def run_ok(self, *args, codes=(0, 1), **kwargs):
        done = dd.run(*args, **kwargs)
        self.assertIn(done.returncode, codes, f"{args}: {done.stderr}")
        return done

    def live(self, name, *more):
        self.run_ok("run", self.scenario, "--agent", self.agent, "--seed", "3", "--out", self.dir / name, *more)
        return self.dir / name / "episode_00000/episode_00000.mcap"

    def test_a_rig_on_an_old_recording_sees_what_it_would_have_seen_live(self):
        live = rig_topics(topics(self.live("live", "--sensors", self.dir / "rig.lua")))
        self.live("plain")
        self.run_ok("render", self.dir / "plain", "--sensors", self.dir / "rig.lua", "-o", self.dir / "new")
        new = rig_topics(topics(self.dir / "new/episode_00000/episode_00000.mcap"))
        self.assertGreaterEqual(len(live), 14, list(live))
        self.assertTrue(all(n > 0 for n, _ in live.values()), live)
        self.assertEqual(live, new)
        # and the recording with pictures is as good as one without
        self.assertIn("identical", self.run_ok("verify", self.dir / "live").stdout)
        told = json.loads((self.dir / "new/run.json").read_text(encoding="utf-8"))
        self.assertGreater(told["data"]["bytes_per_simulated_minute"], 0)
        self.assertEqual(told["data"]["rig"][0]["calibration"]["width"], 96)
        self.assertIn("background", told["data"]["labels"].values())

    def test_two_runs_are_equal_and_the_physics_is_the_same_without_a_rig(self):
        one = self.live("one", "--sensors", self.dir / "rig.lua")
        two = self.live("two", "--sensors", self.dir / "rig.lua")
        self.assertEqual(topics(one), topics(two))
        bare = self.live("bare")
        states = [dd.run_json("info", f)[1]["state_hash"] for f in (one, bare)]
        self.assertEqual(states[0], states[1])

    def test_other_weather_changes_what_is_seen_and_nothing_else(self):
        self.live("plain")
        for name, rig in (("clear", "rig.lua"), ("foggy", "other.lua")):
            self.run_ok("render", self.dir / "plain", "--sensors", self.dir / rig, "-o", self.dir / name)
        clear, foggy = (rig_topics(topics(self.dir / n / "episode_00000/episode_00000.mcap"))
                        for n in ("clear", "foggy"))
        self.assertEqual(clear.keys(), foggy.keys())
        differs = {t for t in clear if clear[t] != foggy[t]}
        same = set(clear) - differs
        self.assertTrue(any("image" in t for t in differs), differs)
        self.assertTrue(any("points" in t for t in differs), differs)
        # geometry is what it was
        self.assertTrue(any("segmentation" in t for t in same), same)
        self.assertTrue(any("imu2" in t for t in same), same)
        done = self.run_ok("run", self.scenario, "--sensors", self.dir / "other.lua", "--out",
                           self.dir / "x", codes=(2,))
        self.assertIn("drydock render", done.stderr)

    def test_poses_alone_give_marked_pictures(self):
        self.live("plain")
        rig = RIG.replace('{ "imu_adis16470", name = "imu2", robot = "amr", rate_hz = 100 },', "").replace(
            '{ "gnss_rtk", name = "gnss", robot = "amr", pos = { 0, 0, 1 } },', "")
        (self.dir / "posed.lua").write_text(rig, encoding="utf-8")
        self.run_ok("render", self.dir / "plain", "--sensors", self.dir / "posed.lua", "--poses", "-o",
                    self.dir / "posed")
        told = topics(self.dir / "posed/episode_00000/episode_00000.mcap")
        pictures = [t for t in told if "image" in t or "points" in t]
        self.assertTrue(pictures)
        self.assertTrue(all(t.startswith("/approximate/") for t in pictures), pictures)
        done = self.run_ok("render", self.dir / "plain", "--sensors", self.dir / "rig.lua", "--poses", "-o",
                           self.dir / "no", codes=(2,))
        self.assertIn("needs the physics", done.stderr)

    def test_wrong_sensors_get_one_sentence(self):
        wrong = {
            'robot = "amr", pos': ('robot = "amr", frame = "no_such_place", pos', "no_such_place"),
            "width = 96": ("width = 100000", "100000"),
            "height = 64, rate_hz = 10": ("height = 0, rate_hz = 10", "height"),
            "hfov = 80 * deg": ("hfov = 180 * deg", "180"),
            "hfov = 80 * deg, ": ("hfov = 0, ", "hfov"),
            '"lidar_vlp16"': ('"lidar_vlp61"', "lidar_vlp61"),
            '"lidar_vlp16", name': ('"lidar_vlp16", firing_s = 0, slot_s = 0, rays = 1000000000, name', "500000 rays"),
            '"colour", "depth", "semantic", "instance"': ('"colours"', "colours"),
        }
        for i, (old, (new, word)) in enumerate(wrong.items()):
            with self.subTest(change=new):
                self.assertIn(old, RIG)
                (self.dir / "bad.lua").write_text(RIG.replace(old, new, 1), encoding="utf-8")
                done = self.run_ok("run", self.scenario, "--sensors", self.dir / "bad.lua", "--out",
                                   self.dir / f"bad{i}", codes=(2,))
                lines = [line for line in done.stderr.splitlines() if line.strip() and "real time" not in line]
                self.assertEqual(len(lines), 1, done.stderr)
                self.assertIn(word, lines[0])
                self.assertRegex(lines[0], r"bad\.lua:\d+: ")

    def test_a_rendering_neither_replaces_its_run_nor_passes_for_one(self):
        file = self.live("plain")
        before = file.read_bytes()
        for out in ("plain", "plain/episode_00000", "."):
            done = self.run_ok("render", self.dir / "plain", "--sensors", self.dir / "rig.lua", "--force", "-o",
                               self.dir / out, codes=(2,))
            self.assertTrue("would be lost" in done.stderr or "holds no run" in done.stderr, done.stderr)
            self.assertEqual(file.read_bytes(), before)
        self.run_ok("render", self.dir / "plain", "--sensors", self.dir / "rig.lua", "--to", "0.3", "-o",
                    self.dir / "seen")
        for command in (["verify"], ["score"], ["render", "--sensors", "all", "-o", self.dir / "again"]):
            done = self.run_ok(command[0], self.dir / "seen", *command[1:], codes=(3,))
            self.assertIn("rendering", done.stderr + done.stdout)

    def test_a_rendering_that_fails_or_is_broken_off_says_what_it_is(self):
        self.live("plain")
        bad = self.dir / "bad.lua"
        bad.write_text('return rig { sensors = { { "camera", name = "e", robot = "nobody" } } }', encoding="utf-8")
        done = self.run_ok("render", self.dir / "plain", "--sensors", bad, "-o", self.dir / "out", codes=(2,))
        self.assertIn("bad.lua:1: sensor 'e': there is no robot 'nobody'", done.stderr)
        self.assertFalse((self.dir / "out").exists(), "nothing was rendered, nothing is left")
        # the parent alone is told; the child must hear of it
        slow = RIG.replace("rate_hz = 10,", "rate_hz = 500,").replace("width = 96, height = 64", "width = 900, height = 700")
        (self.dir / "slow.lua").write_text(slow, encoding="utf-8")
        child = subprocess.Popen([dd.BINARY, "render", self.dir / "plain", "--sensors", self.dir / "slow.lua", "-o",
                                  self.dir / "out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        file = self.dir / "out/episode_00000/episode_00000.mcap"
        while not file.exists() and child.poll() is None:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130)
        self.assertFalse(json.loads((self.dir / "out/run.json").read_text(encoding="utf-8"))["sealed"])
        self.run_ok("info", file, codes=(0,))
        self.run_ok("render", self.dir / "plain", "--sensors", self.dir / "rig.lua", "--to", "0.3", "--force", "-o",
                    self.dir / "out", codes=(0,))

    def test_without_opengl_one_sentence_and_the_rest_goes_on(self):
        env = {"DRYDOCK_GL": "off"}
        done = self.run_ok("run", self.scenario, "--sensors", self.dir / "rig.lua", "--out", self.dir / "dark",
                           env=env, codes=(2, 69, 70))
        self.assertIn("OpenGL", done.stderr + done.stdout)
        # nothing but pictures needs it
        self.run_ok("run", self.scenario, "--agent", self.agent, "--out", self.dir / "light", env=env)
        self.run_ok("verify", self.dir / "light", env=env, codes=(0,))

    def test_pictures_of_a_recording_are_not_needed_to_check_it(self):
        self.live("live", "--sensors", self.dir / "rig.lua")
        self.run_ok("verify", self.dir / "live", env={"DRYDOCK_GL": "off"}, codes=(0,))


if __name__ == "__main__":
    unittest.main(verbosity=2)
