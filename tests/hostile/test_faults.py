"""Faults while running: signals, crashes, full and read-only disks, damaged and changed files."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drydock as dd  # noqa: E402

KILLS = int(os.environ.get("DRYDOCK_KILLS", "12"))


def mcaps(folder):
    return sorted(Path(folder).glob("episode_*/episode_*.mcap"))


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = dd.Folder()
        self.dir = self.folder.path
        self.scenario, self.agent = dd.small(self.dir)

    def tearDown(self):
        self.folder.__exit__()

    def start(self, *args):
        return subprocess.Popen([str(dd.BINARY), "run", *map(str, args)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def test_interrupt_closes_files_and_resumes(self):
        slow, agent = dd.small(self.dir, duration=400)
        for number, sig in ((1, signal.SIGINT), (2, signal.SIGTERM)):
            out = self.dir / f"run{number}"
            child = self.start(slow, "--agent", agent, "--episodes", 3, "--out", out)
            deadline = time.time() + 60
            while not mcaps(out) and time.time() < deadline:
                time.sleep(0.02)
            time.sleep(0.3)
            child.send_signal(sig)
            child.communicate(timeout=60)
            self.assertEqual(child.returncode, 130)
            for path in mcaps(out):
                done = dd.run("check", path)
                self.assertEqual(done.returncode, 0, done.stderr)
        quick, agent = dd.small(self.dir, duration=2)

    def test_kill_leaves_every_chunk_readable(self):
        slow, agent = dd.small(self.dir, duration=3600)
        dice = random.Random(20260101)
        for number in range(KILLS):
            out = self.dir / f"kill{number}"
            child = self.start(slow, "--agent", agent, "--out", out)
            deadline = time.time() + 60
            while not mcaps(out) and time.time() < deadline:
                time.sleep(0.005)
            time.sleep(dice.uniform(0, 0.8))
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            time.sleep(0.05)
            cut = mcaps(out)[0]
            if cut.stat().st_size == 0:
                continue  # killed before the first write: nothing was recorded
            whole = self.dir / f"whole{number}.mcap"
            done = dd.run("recover", cut, "-o", whole)
            self.assertEqual(done.returncode, 0, done.stderr)
            done = dd.run("check", whole)
            self.assertEqual(done.returncode, 0, done.stderr)
            done = dd.run("verify", whole)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            shutil.rmtree(out)
            whole.unlink()

    def test_resume_after_a_kill_runs_only_what_is_missing(self):
        scenario, agent = dd.small(self.dir, duration=30)
        out = self.dir / "run"
        child = self.start(scenario, "--agent", agent, "--episodes", 6, "--out", out)
        deadline = time.time() + 60
        while len(mcaps(out)) < 3 and time.time() < deadline:
            time.sleep(0.01)
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        first = mcaps(out)[0]
        stamp = first.stat().st_mtime_ns
        code, card, _ = dd.run_json("run", scenario, "--agent", agent, "--episodes", 6, "--out", out,
                                    "--resume")
        self.assertEqual(code, 0)
        self.assertEqual([e["episode"] for e in card["episodes"]], list(range(6)))
        self.assertEqual(first.stat().st_mtime_ns, stamp)
        done = dd.run("verify", out)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # the same run in one go scores the same
        code, whole, _ = dd.run_json("run", scenario, "--agent", agent, "--episodes", 6, "--out",
                                     self.dir / "whole")
        self.assertEqual([e["state_hash"] for e in card["episodes"]],
                         [e["state_hash"] for e in whole["episodes"]])

    def test_existing_out_is_refused(self):
        out = self.dir / "run"
        self.assertEqual(dd.run("run", self.scenario, "--out", out).returncode, 0)
        done = dd.run("run", self.scenario, "--out", out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("exists", done.stderr)
        self.assertEqual(dd.run("run", self.scenario, "--out", out, "--force").returncode, 0)
        notes = self.dir / "notes"
        notes.mkdir()
        (notes / "mine.txt").write_text("keep")
        done = dd.run("run", self.scenario, "--out", notes, "--force")
        self.assertEqual(done.returncode, 2)
        self.assertTrue((notes / "mine.txt").exists())

    def test_two_runs_into_one_folder_are_refused(self):
        slow, agent = dd.small(self.dir, duration=3600)
        out = self.dir / "run"
        child = self.start(slow, "--agent", agent, "--out", out)
        try:
            deadline = time.time() + 60
            while not mcaps(out) and time.time() < deadline:
                time.sleep(0.01)
            done = dd.run("run", slow, "--agent", agent, "--out", out, "--resume")
            self.assertEqual(done.returncode, 2)
            self.assertIn("another run", done.stderr)
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()

    def test_a_crashing_worker_costs_one_episode(self):
        slow, agent = dd.small(self.dir, duration=60)
        out = self.dir / "run"
        child = self.start(slow, "--agent", agent, "--episodes", 3, "--out", out, "--json")
        deadline = time.time() + 60
        while not mcaps(out) and time.time() < deadline:
            time.sleep(0.002)
        workers = subprocess.run(["pgrep", "-P", str(child.pid)], stdout=subprocess.PIPE,
                                 text=True).stdout.split()
        os.kill(int(workers[0]), signal.SIGSEGV)
        text, _ = child.communicate(timeout=120)
        card = json.loads(text)
        outcomes = [e["outcome"] for e in card["episodes"]]
        self.assertEqual(outcomes.count("HARNESS_ERROR"), 1, outcomes)
        self.assertEqual(outcomes.count("PASS"), 2, outcomes)
        self.assertIn("SIGSEGV", str(card["episodes"]))
        self.assertEqual(child.returncode, 70)

    def test_read_only_folder(self):
        locked = self.dir / "locked"
        locked.mkdir()
        mounted = False
        if os.geteuid() == 0:  # root writes anywhere but on a read-only file system
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", str(locked)],
                                     stderr=subprocess.DEVNULL).returncode == 0
            if not mounted:
                self.skipTest("mounting is not allowed here")
        else:
            locked.chmod(0o555)
        try:
            done = dd.run("run", self.scenario, "--out", locked / "run")
            self.assertEqual(done.returncode, 75, done.stderr)
        finally:
            if mounted:
                subprocess.run(["umount", str(locked)])
            else:
                locked.chmod(0o755)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small file system")
    def test_full_disk(self):
        mount = self.dir / "small-disk"
        mount.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(mount)]).returncode:
            self.skipTest("mounting is not allowed here")
        try:
            slow, agent = dd.small(self.dir, duration=3600)
            code, card, err = dd.run_json("run", slow, "--agent", agent, "--out", mount / "run")
            self.assertEqual(code, 75, err)
            self.assertEqual(card["episodes"][0]["outcome"], "HARNESS_ERROR")
            cut = mcaps(mount / "run")[0]
            done = dd.run("check", cut)
            self.assertEqual(done.returncode, 0, done.stderr)
        except AssertionError:
            raise
        finally:
            subprocess.run(["umount", str(mount)])

    def test_every_changed_byte_of_a_run_is_found(self):
        out = self.dir / "run"
        dd.run("run", self.scenario, "--agent", self.agent, "--out", out)
        self.assertEqual(dd.run("verify", out).returncode, 0)
        dice = random.Random(7)
        for path in sorted(p for p in out.rglob("*") if p.is_file()):
            data = path.read_bytes()
            for _ in range(4):
                at = dice.randrange(len(data))
                changed = bytearray(data)
                changed[at] ^= 1 << dice.randrange(8)
                path.write_bytes(bytes(changed))
                done = dd.run("verify", out)
                self.assertEqual(done.returncode, 3, f"{path} byte {at}: {done.stdout}{done.stderr}")
                path.write_bytes(data)
        self.assertEqual(dd.run("verify", out).returncode, 0)

    def test_a_moved_run_verifies_without_its_scenario(self):
        out = self.dir / "run"
        dd.run("run", self.scenario, "--agent", self.agent, "--episodes", 2, "--out", out)
        with dd.Folder() as elsewhere:
            shutil.move(str(out), str(elsewhere / "moved"))
            self.scenario.unlink()
            self.agent.unlink()
            done = dd.run("verify", elsewhere / "moved", cwd=elsewhere)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            done = dd.run("verify", elsewhere / "moved", "--from-script", cwd=elsewhere)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_pack(self):
        out, pack = self.dir / "run", self.dir / "run.drydock"
        dd.run("run", self.scenario, "--agent", self.agent, "--episodes", 2, "--out", out)
        self.assertEqual(dd.run("pack", out, "-o", pack).returncode, 0)
        self.assertEqual(dd.run("pack", out, "-o", pack).returncode, 2)
        for command in (("verify", pack), ("score", pack), ("info", pack),
                        ("explain", pack, "-o", self.dir / "x.svg"),
                        ("export", "csv", pack, "-o", self.dir / "csv")):
            done = dd.run(*command, cwd=self.dir)
            self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        data = pack.read_bytes()
        dice = random.Random(3)
        for _ in range(12):
            at = dice.randrange(len(data))
            changed = bytearray(data)
            changed[at] ^= 1 << dice.randrange(8)
            pack.write_bytes(bytes(changed))
            self.assertEqual(dd.run("verify", pack).returncode, 3, f"byte {at}")

    def test_missing_things_say_so(self):
        for args, code in ((("run", "nowhere.lua"), 2), (("verify", "nowhere"), 3),
                           (("check", "nowhere.lua"), 2), (("check", "nowhere.mcap"), 3),
                           (("info", "nowhere.mcap"), 3), (("recover", "nowhere.mcap", "-o", "x"), 3),
                           (("explain", "nowhere"), 3), (("score", "nowhere"), 3),
                           (("run",), 2), (("fly",), 2), (("run", "x.lua", "--seeds", "3"), 2),
                           (("run", self.scenario, "--episodes", "0"), 2),
                           (("run", self.scenario, "--set", "frction=0.4"), 2),
                           (("run", self.scenario, "--agent", "nowhere.lua"), 2),
                           (("run", self.scenario, "--agent", str(self.scenario)), 2),
                           (("run", self.agent), 2)):
            done = dd.run(*args, cwd=self.dir)
            self.assertEqual(done.returncode, code, f"{args}: {done.stderr}")
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            self.assertGreaterEqual(len(lines), 1, args)
            self.assertFalse(list(self.dir.glob("runs/*")), args)


if __name__ == "__main__":
    unittest.main()
