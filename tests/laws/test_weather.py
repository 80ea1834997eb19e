"""The weather acts on physics, and a run in which it changes is the same again from every restore
point."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drydock as dd  # noqa: E402

SCENARIO = """
return scenario {
  name = "weather", duration_s = 6, restore_every_s = 1, sleep = %(sleep)s,
  params = { gust = uniform(11, 12) },
  build = function(w, p)
    w:ground { friction = 0.5 }
    w:weather { %(start)s }
    w:box { name = "puck", size = { 0.3, 0.3, 0.1 }, mass = 4, free = true, pos = { 0, 0, 0.05 }, friction = 0.1 }
    w:box { name = "carton", size = { 0.5, 0.5, 0.5 }, mass = 0.8, free = true, pos = { 0, 5, 0.25 },
            friction = 0.1 }
    w:box { name = "block", size = { 0.5, 0.5, 0.5 }, mass = 300, free = true, pos = { 0, 10, 0.25 } }
    w:frame { name = "origin" }
    w:measure { slid = distance("puck", "origin"), blown = distance("carton", "origin"),
                kept = distance("block", "origin") }
  end,
  story = function(sim, p)
    sim:wait(0.7)
    %(change)s
    sim:wait(0.55)
    sim:set_velocity("puck", 3, 0, 0)
    sim:wait(1.2)
    sim:set_weather { wind = { p.gust, 0, 0 }, fog = 40 }
    sim:wait(1.3)
    sim:set_friction("ground", 0.4)
    sim:set_weather { wind = { 0, -3, 0 }, rain = 3 }
    sim:wait(0.6)
    sim:set_velocity("puck", 0, -3, 0)
    sim:set_weather("wind", 0, 0, 0)
  end,
  report = { "max(slid)", "max(blown)", "max(kept)", "last(blown)" },
}
"""


# A puck that is pushed once, on a floor as wet as the weather made it.
SLIDE = """
return scenario {
  name = "slide", duration_s = 3,
  build = function(w)
    w:ground { friction = 0.5 }
    w:weather { %(start)s }
    w:box { name = "puck", size = { 0.4, 0.4, 0.05 }, mass = 4, free = true, pos = { 0, 0, 0.025 } }
    w:frame { name = "origin", pos = { 0, 0, 0.025 } }
    w:measure { slid = distance("puck", "origin") }
  end,
  story = function(sim)
    %(change)s
    sim:wait(0.2)
    sim:set_velocity("puck", 3, 0, 0)
  end,
  report = { "last(slid)" },
}
"""


class Weather(unittest.TestCase):
    def run_one(self, folder, name, text):
        path = folder / f"{name}.lua"
        path.write_text(text, encoding="utf-8")
        out = folder / name
        code, answer, err = dd.run_json("run", path, "--out", out)
        self.assertIn(code, (0, 1), err)
        return out, {m["name"]: m["mean"] for m in answer["metrics"]}

    def test_identical_from_restore_points(self):
        with dd.Folder() as folder:
            for sleep in ("false", "true"):
                for start, change in (("hour = 20", "sim:set_weather { rain = 8 }"),
                                      ("wind = { 2, 0, 0 }, wetness = 1", "sim:set_weather('wetness', 0.2)")):
                    text = SCENARIO % {"start": start, "change": change, "sleep": sleep}
                    out, metrics = self.run_one(folder, f"run-{sleep}-{len(change)}", text)
                    self.assertGreater(metrics["max(blown)"], 6)  # the light one goes with the wind
                    self.assertLess(metrics["max(kept)"], 10.1)   # the heavy one stays
                    # every stretch between two restore points on its own, then the story told again
                    for more in ((), ("--from-script",)):
                        done = dd.run("verify", out, *more)
                        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                        self.assertIn("identical", done.stdout)

    def test_wet_floors_grip_less(self):
        with dd.Folder() as folder:
            for k, (start, change, factor) in enumerate((
                    ("rain = 0", "", 1),
                    ("rain = 20", "", 0.6),
                    ("rain = 0", "sim:set_weather('wetness', 0.5)", 0.8),
                    ("rain = 20", "sim:set_weather('wetness', 0)", 1))):
                _, metrics = self.run_one(folder, f"slide{k}", SLIDE % {"start": start, "change": change})
                # braking distance v^2 / (2 mu g)
                expected = 9 / (2 * 0.5 * factor * 9.81)
                self.assertAlmostEqual(metrics["last(slid)"] / expected, 1, delta=0.03)


if __name__ == "__main__":
    unittest.main()
