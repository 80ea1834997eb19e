"""Looking at runs: videos, contact sheets, plots with pictures, the window under Xvfb, demonstrations."""

import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import xml.dom.minidom
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drydock as dd  # noqa: E402

FAST = ("--size", "320x180", "--no-shadows")

# an AMR with a camera and a scanner before a box; the agent of the support drives it
SEEING = """
return scenario {
  name = "seeing", duration_s = 1, agent_hz = 20,
  build = function(w, p)
    w:ground {}
    local amr = w:robot { "amr_250", name = "amr", pos = { 0, 0, 0 } }
    w:box { name = "bay", size = { 0.5, 1.2, 1.0 }, pos = { 3, 0, 0.5 } }
    w:sensor { "camera", name = "eye", robot = "amr", width = 96, height = 64, rate_hz = 10,
               pos = { 0.5, 0, 0.4 }, outputs = { "colour" }, optional = true }
    w:sensor { "scan", name = "laser", robot = "amr", rays = 181, fov = { 180 * deg, 0 }, range_max = 10,
               pos = { 0.5, 0, 0.3 }, rate_hz = 10, optional = true }
    w:measure { gap = distance(amr.frame.dock, "bay/west") }
  end,
  agent = { robot = "amr", observe = { "odom" }, act = "drive" },
  expect = { near = "F gap <= 5 m", never = "G gap >= 2.4 m" },
}
"""


def read_png(path):
    """(width, height, rows of RGB bytes) of an 8-bit RGB PNG."""
    data = Path(path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed, head = 8, b"", None
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        assert struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0] == zlib.crc32(kind + body), path
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + n
    width, height, bits, colour = head[:4]
    assert (bits, colour) == (8, 2), f"{path}: {bits} bits, colour type {colour}"
    raw, rows, last = zlib.decompress(packed), [], bytes(3 * width)
    for y in range(height):
        line = bytearray(raw[y * (3 * width + 1) + 1:(y + 1) * (3 * width + 1)])
        how = raw[y * (3 * width + 1)]
        for x in range(3 * width):
            a = line[x - 3] if x >= 3 else 0
            b, c = last[x], last[x - 3] if x >= 3 else 0
            if how == 1:
                line[x] = (line[x] + a) & 255
            elif how == 2:
                line[x] = (line[x] + b) & 255
            elif how == 3:
                line[x] = (line[x] + (a + b) // 2) & 255
            elif how == 4:
                p = a + b - c
                near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                line[x] = (line[x] + near) & 255
        last = bytes(line)
        rows.append(last)
    return width, height, rows


def colours(rows):
    return len({row[i:i + 3] for row in rows for i in range(0, len(row), 3)})


def difference(a, b, box=None):
    """How many pixels differ, in the whole or in x0, y0, x1, y1."""
    x0, y0, x1, y1 = box or (0, 0, a[0], a[1])
    assert a[:2] == b[:2]
    n = 0
    for p, q in zip(a[2][y0:y1], b[2][y0:y1]):
        if p[3 * x0:3 * x1] != q[3 * x0:3 * x1]:
            n += sum(p[i:i + 3] != q[i:i + 3] for i in range(3 * x0, 3 * x1, 3))
    return n


def far(a, b, by=40):
    """How many pixels differ clearly, as by a body that moved."""
    n = 0
    for p, q in zip(a[2], b[2]):
        n += sum(abs(p[i] - q[i]) + abs(p[i + 1] - q[i + 1]) + abs(p[i + 2] - q[i + 2]) > by
                 for i in range(0, len(p), 3))
    return n


def count(picture, colour):
    return sum(row[i:i + 3] == bytes(colour) for row in picture[2] for i in range(0, len(row), 3))


def digest(folder):
    """Name and content of every file below a folder."""
    h = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            h.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return h.hexdigest()


class Xvfb:
    """A screen of our own, without a number that somebody else may take."""

    def __init__(self):
        self.name, self.process = None, None
        if not shutil.which("Xvfb"):
            return
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as f:
            number = f.readline().strip()
        self.name = f":{number}" if number else None

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def has_gl(folder, run):
    code, _, err = dd.run_json("sheet", run, "-o", Path(folder) / "probe.png", "--rows", 1, "--columns", 1,
                               "--size", "64x36")
    return code != 69, err


class Looking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = dd.Folder()
        cls.dir = cls.folder.path
        scenario, agent = dd.small(cls.dir, 2.0)
        cls.scenario, cls.agent, cls.run_dir = scenario, agent, cls.dir / "run"
        done = dd.run("run", scenario, "--agent", agent, "--seed", 5, "--episodes", 2, "--out", cls.run_dir)
        assert done.returncode in (0, 1), done.stderr
        seeing = cls.dir / "seeing.lua"
        seeing.write_text(SEEING, encoding="utf-8")
        cls.seeing = seeing
        cls.gl, cls.why = has_gl(cls.dir, cls.run_dir)

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__()

    def setUp(self):
        if not self.gl:
            self.skipTest(f"no OpenGL here: {self.why.strip()}")

    def one_sentence(self, text):
        lines = [line for line in text.splitlines() if line and "real time" not in line]
        self.assertEqual(len(lines), 1, text)
        self.assertTrue(lines[0].startswith("drydock: "), text)
        return lines[0]


class Video(Looking):
    def setUp(self):
        super().setUp()
        if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
            self.skipTest("ffmpeg is not installed")

    def probe(self, path):
        out = subprocess.run(
            ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        return json.loads(out)["streams"][0]

    def test_length_and_form(self):
        out = self.dir / "a.mp4"
        code, answer, err = dd.run_json("video", self.run_dir, "-o", out, "--fps", 10, "--labels", *FAST)
        self.assertEqual(code, 0, err)
        stream = self.probe(out)
        self.assertEqual(answer["pictures"], 21)  # 0.0, 0.1 .. 2.0 s
        self.assertEqual(int(stream["nb_read_frames"]), 21)
        self.assertAlmostEqual(float(stream["duration"]), 2.1, places=3)
        self.assertEqual((stream["width"], stream["height"]), (320, 180))
        self.assertEqual(stream["pix_fmt"], "yuv420p")
        self.assertEqual(stream["codec_name"], "h264" if answer["codec"] == "libx264" else "mpeg4")
        self.assertEqual(list(self.dir.glob("*.part")), [])

    def test_part_speed_episode_and_odd_size(self):
        out = self.dir / "b.mkv"
        code, answer, err = dd.run_json("video", self.run_dir, "-o", out, "--fps", 10, "--from", 0.5, "--to", 1.5,
                                        "--speed", 2, "--episode", 1, "--camera", "follow:amr", "--size", "161x91",
                                        "--no-shadows")
        self.assertEqual(code, 0, err)
        self.assertIn("episode_00001", answer["file"])
        self.assertEqual(answer["camera"], "follow:amr")
        stream = self.probe(out)
        self.assertEqual(int(stream["nb_read_frames"]), 6)
        # yuv420p has even sides
        self.assertEqual((stream["width"], stream["height"]), (162, 92))

    def test_the_picture_moves(self):
        out = self.dir / "c.mp4"
        dd.run_json("video", self.run_dir, "-o", out, "--fps", 1, *FAST)
        shots = []
        for k, t in enumerate((1, 2)):
            shot = self.dir / f"c{k}.png"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(out), "-vf", f"select=eq(n\\,{t})",
                            "-frames:v", "1", "-pix_fmt", "rgb24", str(shot)], check=True)
            shots.append(read_png(shot))
        self.assertGreater(colours(shots[0][2]), 50)
        self.assertGreater(far(*shots), 50)

    def test_no_ffmpeg(self):
        out, before = self.dir / "none.mp4", digest(self.run_dir)
        empty = self.dir / "empty"
        empty.mkdir(exist_ok=True)
        done = dd.run("video", self.run_dir, "-o", out, *FAST, env={"PATH": str(empty)})
        self.assertEqual(done.returncode, 2)
        self.assertIn("ffmpeg", self.one_sentence(done.stderr))
        self.assertEqual(list(self.dir.glob("none*")), [])
        self.assertEqual(digest(self.run_dir), before)

    def fake(self, name, body):
        """A folder with an ffmpeg that knows its encoders and then does `body`."""
        folder = self.dir / name
        folder.mkdir(exist_ok=True)
        tool = folder / "ffmpeg"
        tool.write_text("#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V libx264 '; exit 0;; esac\n"
                        "for last; do :; done\nprintf half > \"${last#file:}\"\n" + body, encoding="utf-8")
        tool.chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def check_failing(self, name, body, *words):
        out, before = self.dir / f"{name}.mp4", digest(self.run_dir)
        out.write_bytes(b"an older film")
        done = dd.run("video", self.run_dir, "-o", out, *FAST, env=self.fake(name, body), timeout=120)
        self.assertEqual(done.returncode, 75, done.stderr)
        sentence = self.one_sentence(done.stderr)
        for word in words:
            self.assertIn(word, sentence)
        self.assertEqual(out.read_bytes(), b"an older film")
        self.assertEqual(list(self.dir.glob(f"{name}*.part")), [])
        self.assertEqual(digest(self.run_dir), before)

    def test_ffmpeg_fails_at_once(self):
        self.check_failing("early", "echo 'the disk is on fire' >&2; exit 3\n", "exit code 3", "the disk is on fire")

    def test_ffmpeg_fails_midway(self):
        self.check_failing("midway", "head -c 500000 > /dev/null; echo 'enough' >&2; exit 4\n", "exit code 4", "enough")

    def test_ffmpeg_fails_at_the_end(self):
        self.check_failing("late", "cat > /dev/null; exit 5\n", "exit code 5", "said nothing")

    def test_ffmpeg_is_killed(self):
        self.check_failing("killed", "head -c 500000 > /dev/null; kill -9 $$\n", "SIGKILL")

    def test_without_h264(self):
        real, folder = shutil.which("ffmpeg"), self.dir / "old"
        folder.mkdir(exist_ok=True)
        tool = folder / "ffmpeg"
        tool.write_text(f"#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V mpeg4 '; exit 0;; esac\nexec {real} \"$@\"\n",
                        encoding="utf-8")
        tool.chmod(0o755)
        out = self.dir / "old.mp4"
        code, answer, err = dd.run_json("video", self.run_dir, "-o", out, "--fps", 5, *FAST,
                                        env={"PATH": f"{folder}:{os.environ['PATH']}"})
        self.assertEqual((code, answer["codec"]), (0, "mpeg4"), err)
        self.assertEqual(self.probe(out)["codec_name"], "mpeg4")

    def test_interrupted(self):
        """One signal to the program alone: it ends, and leaves neither film nor ffmpeg behind."""
        out = self.dir / "long.mp4"
        with subprocess.Popen([str(dd.BINARY), "video", str(self.run_dir), "-o", str(out), "--fps", "240", "--speed",
                               "0.01", *FAST], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as p:
            for _ in range(200):
                if list(self.dir.glob("long.mp4.part")):
                    break
                time.sleep(0.05)
            time.sleep(0.3)
            p.send_signal(signal.SIGINT)
            _, err = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 130, err)
        self.assertEqual(list(self.dir.glob("long*")), [])
        left = [c for c in Path("/proc").glob("[0-9]*/cmdline") if str(out).encode() in self.command(c)]
        self.assertEqual(left, [])

    @staticmethod
    def command(path):
        try:
            return path.read_bytes()
        except OSError:
            return b""

    def test_wrong_arguments(self):
        for args, word in ((["-o", "x.avi"], "x.avi"), ([], "-o"), (["-o", "x.mp4", "--camera", "nobody"], "follow:amr"),
                           (["-o", "x.mp4", "--size", "9x9"], "9x9"), (["-o", "x.mp4", "--fps", "0"], "--fps"),
                           (["-o", "x.mp4", "--episode", "7"], "7"), (["-o", "x.mp4", "--from", "99"], "99")):
            with self.subTest(args=args):
                done = dd.run("video", self.run_dir, *args, cwd=self.dir)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(word, self.one_sentence(done.stderr))
        self.assertEqual(list(self.dir.glob("x.*")), [])

    def test_camera_of_a_robot(self):
        """Recorded pictures are used; without them the episode is simulated again, with the same pictures."""
        sums = {}
        for name, more, source in (("with", ("--sensors", "all"), "recorded pictures"),
                                   ("bare", (), "simulated again")):
            run = self.dir / f"seeing-{name}"
            done = dd.run("run", self.seeing, "--agent", self.agent, "--out", run, *more)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            out = self.dir / f"eye-{name}.mkv"
            code, answer, err = dd.run_json("video", run, "-o", out, "--camera", "amr.eye")
            self.assertEqual(code, 0, err)
            self.assertEqual(answer["source"], source)
            self.assertEqual((answer["width"], answer["height"], answer["fps"]), (96, 64, 10))
            self.assertGreaterEqual(answer["pictures"], 10)
            shot = self.dir / f"eye-{name}.png"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(out), "-vf", "select=eq(n\\,5)",
                            "-frames:v", "1", "-pix_fmt", "rgb24", str(shot)], check=True)
            sums[name] = read_png(shot)
        self.assertGreater(colours(sums["with"][2]), 20)
        # stored as JPEG or PNG, and by another encoder run: near, not equal
        unlike = sum(abs(p - q) > 24 for a, b in zip(sums["with"][2], sums["bare"][2]) for p, q in zip(a, b))
        self.assertLess(unlike, 0.02 * 3 * 96 * 64)


class Sheet(Looking):
    def test_rendering(self):
        """What `render` made has pictures and no world: its own cameras are shown."""
        run, seen = self.dir / "plain", self.dir / "rendered"
        done = dd.run("run", self.seeing, "--agent", self.agent, "--out", run)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        done = dd.run("render", run, "--sensors", "all", "-o", seen)
        self.assertEqual(done.returncode, 0, done.stderr)
        out = self.dir / "rendered.png"
        for more, camera in (((), ".colour"), (("--camera", "amr.eye"), "amr.eye.colour")):
            code, answer, err = dd.run_json("sheet", seen, "-o", out, "--rows", 1, "--columns", 2, *FAST, *more)
            self.assertEqual(code, 0, err)
            self.assertTrue(answer["camera"].endswith(camera), answer)
            self.assertGreater(colours(read_png(out)[2]), 60)
        done = dd.run("sheet", seen, "-o", out, "--camera", "follow:amr")
        self.assertEqual(done.returncode, 2)
        self.assertIn("amr.eye.colour", self.one_sentence(done.stderr))

    def test_sheet(self):
        out = self.dir / "sheet.png"
        code, answer, err = dd.run_json("sheet", self.run_dir, "-o", out, "--rows", 2, "--columns", 3, *FAST)
        self.assertEqual(code, 0, err)
        width, height, rows = read_png(out)
        self.assertEqual((width, height), (answer["width"], answer["height"]))
        self.assertEqual(len(answer["moments_s"]), 6)
        self.assertEqual((answer["moments_s"][0], answer["moments_s"][-1]), (0, 2))
        self.assertGreater(colours(rows), 200)
        # the first and the last moment are not the same picture, and each is a picture
        picture = (width, height, rows)
        first = [row[3 * 12:3 * 332] for row in rows[62:62 + 180]]
        last = [row[3 * (12 + 2 * 332):3 * (332 + 2 * 332)] for row in rows[62 + 254:62 + 254 + 180]]
        self.assertGreater(colours(first), 50)
        middle = [row[3 * (12 + 332):3 * (332 + 332)] for row in rows[62 + 254:62 + 254 + 180]]
        self.assertGreater(far((320, 180, first), (320, 180, last)), 50)
        self.assertGreater(far((320, 180, middle), (320, 180, last)), 20)
        self.assertGreater(difference(picture, (width, height, [bytes(3 * width)] * height)), width * height // 2)

    def test_same_again(self):
        """Nothing of the day or the machine's load is in a sheet."""
        a, b = self.dir / "s1.png", self.dir / "s2.png"
        for out in (a, b):
            dd.run_json("sheet", self.run_dir, "-o", out, "--rows", 1, "--columns", 2, *FAST)
        self.assertEqual(read_png(a), read_png(b))

    def test_cut_recording(self):
        mcap = next(self.run_dir.glob("episode_00000/*.mcap")).read_bytes()
        cut = self.dir / "cut.mcap"
        cut.write_bytes(mcap[:len(mcap) * 2 // 3])
        code, answer, err = dd.run_json("sheet", cut, "-o", self.dir / "cut.png", "--rows", 1, "--columns", 2, *FAST)
        self.assertEqual(code, 0, err)
        self.assertGreater(answer["moments_s"][-1], 0.1)

    def test_wrong_arguments(self):
        text = self.dir / "text.mcap"
        text.write_text("no recording", encoding="utf-8")
        for args, code in (([self.run_dir], 2), ([self.run_dir, "-o", "x.png", "--rows", "0"], 2),
                           ([text, "-o", "x.png"], 3), ([self.run_dir, "-o", "/nowhere/x.png"], 75),
                           ([self.run_dir, "-o", "x.png", "--rows", 100, "--columns", 100, "--size", "4000x4000"], 2)):
            with self.subTest(args=args):
                done = dd.run("sheet", *args, cwd=self.dir)
                self.assertIn(done.returncode, (code, 2 if code == 75 else code), done.stderr)
                self.one_sentence(done.stderr)

    def test_without_opengl(self):
        done = dd.run("sheet", self.run_dir, "-o", self.dir / "no.png", env={"DRYDOCK_GL": "off"})
        self.assertEqual(done.returncode, 69)
        self.one_sentence(done.stderr)
        self.assertFalse((self.dir / "no.png").exists())


class Explain(Looking):
    def test_pictures_in_the_plot(self):
        svg, html, plain = self.dir / "e.svg", self.dir / "e.html", self.dir / "p.svg"
        for out, more in ((svg, ()), (html, ()), (plain, ("--no-pictures",))):
            done = dd.run("explain", self.run_dir, "-o", out, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
        document = xml.dom.minidom.parse(str(svg))
        images = document.getElementsByTagName("image")
        self.assertGreaterEqual(len(images), 1)
        for image in images:
            self.assertTrue(image.getAttribute("href").startswith("data:image/png;base64,iVBOR"))
        self.assertTrue(html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>"))
        self.assertNotIn("<image", plain.read_text(encoding="utf-8"))

    def test_without_opengl(self):
        out = self.dir / "g.svg"
        done = dd.run("explain", self.run_dir, "-o", out, env={"DRYDOCK_GL": "off"})
        self.assertEqual(done.returncode, 0)
        self.assertIn("no pictures", self.one_sentence(done.stderr))
        self.assertNotIn("<image", out.read_text(encoding="utf-8"))


class View(Looking):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.xvfb = Xvfb()

    @classmethod
    def tearDownClass(cls):
        cls.xvfb.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        if not self.xvfb.name:
            self.skipTest("Xvfb is not installed")

    def watch(self, *args, keys, codes=(0,), command="view"):
        """Runs with these keys; returns the pictures by their names."""
        folder = Path(tempfile.mkdtemp(dir=self.dir))
        done = dd.run(command, *args, "--keys", keys, "--size", "480x270", "--no-shadows", cwd=folder,
                      env={"DISPLAY": self.xvfb.name})
        self.assertIn(done.returncode, codes, done.stderr)
        return {p.stem: read_png(p) for p in folder.glob("*.png")}

    def test_recording_goes_on_and_pauses(self):
        shots = self.watch(self.run_dir, keys="t=0.2 m shot:a.png t=0.8 shot:b.png space t=1 shot:c.png "
                           "t=1.4 shot:d.png right shot:e.png left left shot:f.png space t=1.7 shot:g.png quit")
        self.assertEqual(sorted(shots), list("abcdefg"))
        self.assertGreater(colours(shots["a"][2]), 50)
        self.assertGreater(difference(shots["a"], shots["b"]), 200)
        self.assertEqual(difference(shots["c"], shots["d"]), 0, "time stands still while paused")
        self.assertGreater(difference(shots["d"], shots["e"]), 10, "a single step")
        self.assertGreater(difference(shots["e"], shots["f"]), 10, "and back")
        self.assertGreater(difference(shots["f"], shots["g"]), 100)

    def test_scrubbing(self):
        shots = self.watch(self.run_dir, "--paused", keys="t=0.1 m shot:start.png end shot:end.png home shot:home.png "
                           "pagedown pagedown shot:two.png pageup shot:one.png click:240:258 shot:mouse.png quit")
        self.assertEqual(difference(shots["start"], shots["home"]), 0)
        scene = (0, 0, 480, 220)  # without the bar
        self.assertGreater(difference(shots["start"], shots["end"], scene), 200)
        self.assertGreater(difference(shots["mouse"], shots["start"], scene), 100)
        self.assertGreater(difference(shots["mouse"], shots["end"], scene), 100)
        self.assertGreater(difference(shots["two"], shots["one"], (0, 220, 480, 270)), 20)

    def test_speed(self):
        slow = self.watch(self.run_dir, keys="t=0 m minus minus t=0.5 shot:x.png quit")["x"]
        one = self.watch(self.run_dir, keys="t=0 m t=0.5 shot:x.png quit")["x"]
        fast = self.watch(self.run_dir, keys="t=0 m plus t=0.5 shot:x.png quit")["x"]
        bar = (0, 250, 480, 270)  # the timeline
        self.assertGreater(difference(slow, one, bar), 20)
        self.assertGreater(difference(one, fast, bar), 20)

    def test_overlays_cameras_and_mouse(self):
        steps = ("m shot:bare.png", "3 shot:boxes.png", "3 4 shot:frames.png", "4 5 shot:paths.png",
                 "5 1 shot:contacts.png", "1 h shot:help.png", "h c shot:follow.png", "c c 0 shot:again.png",
                 "drag:60:20 shot:turned.png", "scroll:3 shot:near.png", "m shot:panel.png", "quit")
        keys = " ".join(f"t={0.1 + 0.1 * i:.2f} {step}" for i, step in enumerate(steps))
        shots = self.watch(self.run_dir, "--from", 1, "--paused", keys=keys)
        bare = shots["bare"]
        for name in ("boxes", "frames", "paths", "contacts", "help", "follow", "panel"):
            self.assertGreater(difference(bare, shots[name]), 15, name)
        yellow = (250, 204, 21)  # the wheels' contacts
        self.assertGreater(count(shots["contacts"], yellow), count(bare, yellow) + 8)
        pairs = [("boxes", "frames"), ("frames", "paths"), ("again", "turned"), ("turned", "near")]
        for a, b in pairs:
            self.assertGreater(difference(shots[a], shots[b]), 15, f"{a} {b}")

    def test_scanner_points(self):
        run = self.dir / "scanned"
        if not run.exists():
            done = dd.run("run", self.seeing, "--agent", self.agent, "--out", run, "--sensors", "all")
            self.assertIn(done.returncode, (0, 1), done.stderr)
        shots = self.watch(run, "--from", 0.5, "--paused", keys="t=0.1 m shot:off.png t=0.2 2 shot:on.png quit")
        self.assertGreater(difference(shots["off"], shots["on"]), 30)
        live = self.watch(self.seeing, "--sensors", "all", codes=(0, 1),
                          keys="t=0.1 m t=0.5 space t=0.6 shot:off.png 2 t=0.65 right t=0.8 right shot:on.png t=0.9 quit")
        self.assertGreater(difference(live["off"], live["on"]), 30)

    def test_scenario(self):
        shots = self.watch(self.scenario, "--agent", self.agent, codes=(0, 1), keys="t=0.1 shot:a.png t=1 shot:b.png "
                           "space t=1.1 shot:c.png t=1.3 shot:d.png space t=4 shot:end.png quit")
        self.assertGreater(difference(shots["a"], shots["b"]), 200)
        self.assertEqual(difference(shots["c"], shots["d"]), 0)
        # the last moment stays with its verdict
        self.assertIn("end", shots)
        self.assertEqual(list(self.dir.glob("drydock-view*")), [])

    def test_first_frame_is_the_scene(self):
        """What the window holds is what the offscreen renderer made: many colours, no black frame."""
        shot = self.watch(self.run_dir, keys="t=0 m t=0.1 shot:a.png quit")["a"]
        black = sum(row[i:i + 3] == b"\0\0\0" for row in shot[2] for i in range(0, len(row), 3))
        self.assertLess(black, 0.2 * 480 * 270)

    def test_demonstration(self):
        """A robot driven by hand leaves a recording like any other; the same keys, the same run."""
        keys = "t=0.1 w+ t=0.8 a+ t=1.2 a- w- t=1.4 s+ t=1.6 s-, t=9 quit"
        digests = []
        for k in range(2):
            out = self.dir / f"demo{k}"
            self.watch(self.scenario, "--view", "--drive", "amr", "--seed", 2, "--out", out, keys=keys,
                       codes=(0, 1), command="run")
            done = dd.run("verify", out)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("identical", done.stdout)
            _, info, _ = dd.run_json("info", next(out.glob("episode_00000/*.mcap")))
            digests.append(info["digest"])
            self.assertEqual(json.loads((out / "run.json").read_text())["by_hand"], "amr")
        self.assertEqual(digests[0], digests[1])
        # it moved, and it moved because of the keys
        still = self.dir / "still"
        self.watch(self.scenario, "--view", "--drive", "amr", "--seed", 2, "--out", still, keys="t=9 quit", codes=(0, 1),
                   command="run")
        _, info, _ = dd.run_json("info", next(still.glob("episode_00000/*.mcap")))
        self.assertNotEqual(info["digest"], digests[0])
        card = json.loads((out / "scorecard.json").read_text())
        metrics = {m["name"]: m["value"] for m in card["episodes"][0]["metrics"]}
        self.assertGreater(metrics["path_length"], 0.15)

    def test_leaving_early(self):
        """Whoever closes the window ends the episode; what was recorded is whole."""
        out = self.dir / "left"
        self.watch(self.scenario, "--agent", self.agent, "-o", out, keys="t=0.7 quit", codes=(0, 1))
        self.assertEqual(dd.run("verify", out).returncode, 0)
        card = json.loads((out / "scorecard.json").read_text())
        self.assertLess(card["episodes"][0]["duration_s"], 1.2)

    def test_several_episodes(self):
        """They follow one another in one window; who leaves ends the one at hand, and none follows."""
        out = self.dir / "several"
        self.watch(self.scenario, "--view", "--agent", self.agent, "--episodes", 3, "--out", out, codes=(0, 1),
                   keys="t=0 plus plus plus t=0.9 minus minus minus t=1.1 quit", command="run")
        card = json.loads((out / "scorecard.json").read_text())
        lengths = [e["duration_s"] for e in card["episodes"]]
        self.assertGreaterEqual(len(lengths), 2)
        self.assertEqual(lengths[0], 2)
        self.assertLess(len(lengths), 4)
        self.assertEqual(dd.run("verify", out).returncode, 0)

    def test_interrupted(self):
        env = dict(os.environ, DISPLAY=self.xvfb.name)
        for args in (["view", str(self.run_dir), "--paused"], ["view", str(self.scenario), "--paused"]):
            with self.subTest(args=args):
                with subprocess.Popen([str(dd.BINARY), *args, "--size", "160x90"], env=env, stderr=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, text=True) as p:
                    time.sleep(2)
                    p.send_signal(signal.SIGINT)
                    _, err = p.communicate(timeout=60)
                self.assertEqual(p.returncode, 130, err)

    def test_wrong_arguments(self):
        env = {"DISPLAY": self.xvfb.name}
        for args, code, word in (
                (["view", self.run_dir, "--keys", "nonsense"], 2, "nonsense"),
                (["view", self.run_dir, "--keys", "t=2 a t=1 b"], 2, "t=1"),
                (["view", self.run_dir, "--camera", "nobody", "--keys", "t=1 quit"], 2, "nobody"),
                (["view", self.dir / "missing.mcap"], 2, "missing.mcap"),
                (["run", self.scenario, "--drive", "amr"], 2, "--view"),
                (["run", self.scenario, "--view", "--jobs", "2", "--episodes", "2"], 2, "--view")):
            with self.subTest(args=args):
                done = dd.run(*args, env=env, cwd=self.dir)
                self.assertIn(done.returncode, (code, 3), done.stderr)
                self.assertIn(word, self.one_sentence(done.stderr))

    def test_no_screen(self):
        env = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
        done = subprocess.run([str(dd.BINARY), "view", str(self.run_dir)], env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 69)
        self.assertIn("DISPLAY is not set", self.one_sentence(done.stderr))
        done = dd.run("view", self.scenario, env={"DISPLAY": ":4242"})
        self.assertEqual(done.returncode, 69)
        self.assertIn(":4242", self.one_sentence(done.stderr))


if __name__ == "__main__":
    unittest.main()
