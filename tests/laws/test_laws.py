"""Laws that every shipped scenario keeps without being listed here: what is found by `drydock list` is
held to them."""

import csv
import json
import os
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drydock as dd  # noqa: E402

JOBS = str(os.cpu_count() or 1)
SHORT = ("--duration", "6")  # simulated seconds: the laws need no whole episode


def scenarios():
    code, found, err = dd.run_json("list")
    assert code == 0, err
    return [s["path"] for s in found["scenarios"]]


def robots():
    _, found, _ = dd.run_json("list")
    return found["robots"]


def columns(path):
    """name -> list of values of an exported CSV, without its time."""
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {}) if name != "time_s"}


class Laws(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = dd.Folder()
        self.dir = self.folder.path

    def tearDown(self):
        self.folder.__exit__()

    def run_ok(self, *args, codes=(0, 1), **kwargs):
        code, answer, err = dd.run_json(*args, **kwargs)
        self.assertIn(code, codes, f"{args}: {err}")
        return answer

    def each_scenario(self):
        found = scenarios()
        self.assertGreaterEqual(len(found), 3)
        for name in found:
            with self.subTest(scenario=name):
                yield dd.ROOT / name

    def test_every_scenario_checks(self):
        for path in self.each_scenario():
            done = dd.run("check", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            for agent in sorted(path.glob("*.lua")):
                done = dd.run("check", agent)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_robot_is_described(self):
        found = robots()
        self.assertGreaterEqual(len(found), 3)
        for robot in found:
            with self.subTest(robot=robot["name"]):
                self.assertNotIn("error", robot)
                self.assertTrue(robot["act"] and robot["observe"] and robot["doc"])
                model = dd.ROOT / "robots" / robot["name"] / "model.xml"
                # the bare model of the same robot gets a default description
                done = dd.run("check", model, "--describe")
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_same_seed_equal_run_other_seed_other_start(self):
        for path in self.each_scenario():
            name = path.name
            first = self.run_ok("run", path, "--agent", "random", "--seed", 3, "--episodes", 2, *SHORT,
                                "--jobs", JOBS, "--out", self.dir / f"{name}-a")
            again = self.run_ok("run", path, "--agent", "random", "--seed", 3, "--episodes", 2, *SHORT,
                                "--jobs", 1, "--out", self.dir / f"{name}-b")
            self.assertEqual(first["episodes"], again["episodes"])
            digests = []
            for run in ("a", "b"):
                for k in (0, 1):
                    info = self.run_ok("info", self.dir / f"{name}-{run}" / f"episode_{k:05}" /
                                       f"episode_{k:05}.mcap", codes=(0,))
                    digests.append(info["digest"])
            self.assertEqual(digests[:2], digests[2:])
            self.assertNotEqual(digests[0], digests[1])
            # record -> verify identical, also by running the recorded script again
            done = dd.run("verify", self.dir / f"{name}-a", "--from-script")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            # score -> score again identical, to the byte
            card = self.dir / f"{name}-a" / "scorecard.json"
            before = card.read_bytes()
            dd.run("score", self.dir / f"{name}-a")
            self.assertEqual(before, card.read_bytes())
            # other seed, other start
            out = self.dir / f"{name}-csv"
            done = dd.run("export", "csv", self.dir / f"{name}-a", "-o", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            starts = []
            for k in (0, 1):
                starts.append({f.name: {c: v[:1] for c, v in columns(f).items()}
                               for f in sorted((out / f"episode_{k:05}").glob("*.csv"))})
            self.assertTrue(starts[0] and starts[0] != starts[1])

    def test_no_observation_is_constant(self):
        for path in self.each_scenario():
            out, table = self.dir / path.name, self.dir / f"{path.name}-csv"
            self.run_ok("run", path, "--agent", "random", "--seed", 100, "--episodes", 10, "--jobs", JOBS,
                        "--out", out)
            done = dd.run("export", "csv", out, "-o", table)
            self.assertEqual(done.returncode, 0, done.stderr)
            plan = self.run_record(out)["plan"]
            seen = {}
            for episode in sorted(table.glob("episode_*")):
                for f in episode.glob("*.csv"):
                    for column, values in columns(f).items():
                        key = column if f.stem == "measures" else f"{f.stem}.{column}"
                        seen.setdefault(key, set()).update(v for v in values if v != "")
            for slot in plan["agents"]:
                for channel in slot["observe"]:
                    # a measure, a sensor of the robot, or a sensor of the world
                    own = {k: v for k, v in seen.items() if k == channel or
                           k.startswith((f"{slot['robot']}.{channel}.", f"{channel}."))}
                    self.assertTrue(own, f"{channel} was not exported")
                    for key, values in own.items():
                        short = key[len(slot["robot"]) + 1:] if key.startswith(slot["robot"] + ".") else key
                        if short in slot["may_be_constant"] or channel in slot["may_be_constant"]:
                            continue
                        self.assertGreater(len(values), 1, f"{path.name}: {short} is constant over 10 "
                                           "seeds and not declared may_be_constant")

    def run_record(self, run):
        """The run record of the first episode, read from the recording itself."""
        done = dd.run("info", run / "episode_00000" / "episode_00000.mcap", "--record", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["record"]

    def test_any_folder_and_working_directory(self):
        for path in self.each_scenario():
            name = path.name
            plain = self.run_ok("run", path, "--agent", "random", "--seed", 5, *SHORT, "--out",
                                self.dir / f"{name}-plain")
            odd = self.dir / "폴더 with spaces" / "인천 항만"
            odd.mkdir(parents=True, exist_ok=True)
            copy = odd / name
            shutil.copytree(path, copy)
            moved = self.run_ok("run", copy, "--agent", "random", "--seed", 5, *SHORT, "--out", "실행 1", cwd=odd)
            self.assertEqual([e["state_hash"] for e in plain["episodes"]],
                             [e["state_hash"] for e in moved["episodes"]])
            done = dd.run("verify", "실행 1", cwd=odd)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            shutil.rmtree(odd)


class Experts(unittest.TestCase):
    """The expert of every scenario succeeds, the careless agent fails for a reason that is named."""

    SEEDS = int(os.environ.get("DRYDOCK_EXPERT_SEEDS", "6"))

    def test_experts_and_careless_agents(self):
        for name in scenarios():
            path = dd.ROOT / name
            with self.subTest(scenario=name), dd.Folder() as folder:
                code, card, err = dd.run_json("run", path, "--agent", path / "expert.lua", "--episodes",
                                              self.SEEDS, "--jobs", JOBS, "--out", folder / "expert",
                                              timeout=3600)
                self.assertIn(code, (0, 1), err)
                needed = 0.98 * self.SEEDS
                self.assertGreaterEqual(card["outcomes"]["PASS"], needed,
                                        [e["reason"] for e in card["episodes"] if e["outcome"] != "PASS"])
                code, card, err = dd.run_json("run", path, "--agent", path / "careless.lua", "--episodes",
                                              2, "--out", folder / "careless")
                self.assertEqual(code, 1, err)
                for episode in card["episodes"]:
                    self.assertEqual(episode["outcome"], "FAIL")
                    named = [r["name"] for r in episode["requirements"]]
                    self.assertTrue(any(n in episode["reason"] for n in named), episode["reason"])


if __name__ == "__main__":
    unittest.main()
