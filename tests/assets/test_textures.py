"""The pictures in assets/textures are those that the script beside them makes."""

import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "textures"


def pixels(path):
    """Width, height and the filtered rows of a PNG: equal rows are equal pixels."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, body, size = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        chunk = data[at + 8:at + 8 + length]
        if zlib.crc32(kind + chunk) != struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0]:
            raise ValueError(f"{path}: a chunk's CRC is wrong")
        if kind == b"IHDR":
            size = struct.unpack(">II", chunk[:8])
        elif kind == b"IDAT":
            body += chunk
        at += 12 + length
    return size, zlib.decompress(body)


class Textures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        subprocess.run([sys.executable, FOLDER / "make_textures.py", cls.made.name], check=True, timeout=300)

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def test_same_pictures(self):
        # another zlib may pack them differently, hence pixels and not bytes
        shipped = {p.name for p in FOLDER.glob("*.png")}
        made = {p.name for p in Path(self.made.name).glob("*.png")}
        self.assertEqual(shipped, made)
        for name in sorted(shipped):
            same = pixels(FOLDER / name) == pixels(Path(self.made.name) / name)
            self.assertTrue(same, f"{name} is not what make_textures.py makes")

    def test_sizes(self):
        total = 0
        for path in sorted(FOLDER.glob("*.png")):
            (width, height), _ = pixels(path)
            height //= 6 if path.stem == "sky" else 1
            for side in (width, height):
                self.assertTrue(32 <= side <= 1024 and side & (side - 1) == 0, f"{path.name}: {width} x {height}")
            total += path.stat().st_size
        self.assertLess(total, 10_000_000)


if __name__ == "__main__":
    unittest.main()
