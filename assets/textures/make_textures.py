#!/usr/bin/env python3
"""Makes the textures beside it, out of noise and arithmetic; nothing but the standard library.

    assets/textures/make_textures.py [FOLDER]     all pictures into FOLDER (default: beside this file)

Every picture is a function of its name: the noise is an integer hash, so that the same pixels come out
everywhere. Tileable ones wrap around at their edges. sim/world/skins.c says what each is for.
"""

import struct
import sys
import zlib
from pathlib import Path

MASK = 0xFFFFFFFF


def hash01(x, y, seed):
    """A number in 0..1 of two integers and a seed."""
    n = (x * 0x27D4EB2D + y * 0x165667B1 + seed * 0x9E3779B1) & MASK
    n = ((n ^ (n >> 15)) * 0x85EBCA77) & MASK
    n = ((n ^ (n >> 13)) * 0xC2B2AE3D) & MASK
    return ((n ^ (n >> 16)) & MASK) / 4294967296.0


def smooth(t):
    return t * t * (3 - 2 * t)


def noise(width, height, cells_x, cells_y, seed):
    """Rows of smooth noise in 0..1 with so many cells across; wraps around."""
    lattice = [[hash01(x, y, seed) for x in range(cells_x)] for y in range(cells_y)]
    columns = []
    for x in range(width):
        at = x * cells_x / width
        i = int(at)
        columns.append((i, (i + 1) % cells_x, smooth(at - i)))
    rows = []
    for y in range(height):
        at = y * cells_y / height
        j = int(at)
        t = smooth(at - j)
        low, high = lattice[j], lattice[(j + 1) % cells_y]
        line = [a + (b - a) * t for a, b in zip(low, high)]
        rows.append([line[i] + (line[k] - line[i]) * w for i, k, w in columns])
    return rows


def clouds(width, height, cells_x, cells_y, octaves, seed):
    """Octaves of noise, each twice as fine and half as strong, in 0..1."""
    total = [[0.0] * width for _ in range(height)]
    weight, whole = 1.0, 0.0
    for o in range(octaves):
        layer = noise(width, height, min(width, cells_x << o), min(height, cells_y << o), seed + 101 * o)
        total = [[a + weight * b for a, b in zip(p, q)] for p, q in zip(total, layer)]
        whole += weight
        weight *= 0.5
    return [[a / whole for a in row] for row in total]


def grey(rows, tint=(1.0, 1.0, 1.0), levels=48):
    """Rows of 0..1 as rows of bytes, coloured; few levels make small files."""
    out = []
    for row in rows:
        line = bytearray()
        for v in row:
            v = int(v * levels + 0.5) / levels
            for t in tint:
                c = int(255 * v * t + 0.5)
                line.append(0 if c < 0 else 255 if c > 255 else c)
        out.append(bytes(line))
    return out


def png(width, height, rows):
    """A PNG file of 8-bit RGB rows, each predicted from the pixel above it."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    raw, before = bytearray(), bytes(3 * width)
    for row in rows:
        raw.append(2)
        raw += bytes((a - b) & 255 for a, b in zip(row, before))
        before = row
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + chunk(b"IEND", b""))


def mix(a, b, t):
    return a + (b - a) * t


# floors: one picture is 4 m x 4 m, of asphalt 8 m x 8 m


def asphalt(n=512):
    """Stones in bitumen, worn in places, with a seam that was sealed."""
    worn = clouds(n, n, 3, 3, 4, 11)
    rows = []
    for y in range(n):
        line = []
        for x in range(n):
            stone = hash01(x >> 1, y >> 1, 12)
            v = 0.30 + 0.10 * (worn[y][x] - 0.5) + 0.07 * (hash01(x, y, 13) - 0.5)
            v += 0.10 * (stone - 0.93) / 0.07 if stone > 0.93 else 0
            line.append(v)
        rows.append(line)
    wander = noise(n, 2, 7, 1, 14)[0]
    for x in range(n):  # the seam
        at = int(0.31 * n + 26 * wander[x])
        rows[at % n][x] *= 0.86
    return n, n, grey(rows, (1.0, 1.0, 1.03))


def concrete(n=512):
    """A cast slab with joints around it, stains and pores."""
    stain, fine = clouds(n, n, 4, 4, 5, 21), noise(n, n, 128, 128, 22)
    rows = []
    for y in range(n):
        line = []
        for x in range(n):
            v = 0.63 + 0.17 * (stain[y][x] - 0.5) + 0.05 * (fine[y][x] - 0.5)
            v += 0.035 * (hash01(x, y, 23) - 0.5) - (0.10 if hash01(x, y, 24) > 0.9965 else 0)
            edge = min(x, y, n - 1 - x, n - 1 - y)
            v *= 0.52 if edge < 1 else 0.86 if edge < 2 else 1
            line.append(v)
        rows.append(line)
    return n, n, grey(rows, (1.0, 0.99, 0.965))


def epoxy(n=512):
    """A sealed hall floor: even, flaked, with the faint arcs of tyres."""
    cloud, flake = clouds(n, n, 3, 3, 3, 31), noise(n, n, 256, 256, 33)
    rows = []
    for y in range(n):
        line = []
        for x in range(n):
            v = 0.58 + 0.06 * (cloud[y][x] - 0.5) + 0.05 * (flake[y][x] - 0.5)
            chip = hash01(x >> 1, y >> 1, 32)
            v += 0.035 if chip > 0.985 else -0.035 if chip < 0.015 else 0
            line.append(v)
        rows.append(line)
    for cx, cy, r in ((90, 610, 380), (600, -60, 300)):
        for y in range(n):
            for x in range(n):
                d = (x - cx) ** 2 + (y - cy) ** 2
                if r * r <= d < (r + 7) ** 2:
                    rows[y][x] *= 0.995 - 0.03 * cloud[x][y]
    return n, n, grey(rows, (0.95, 1.0, 1.03))


# loads; grey ones take the colour of what they are on


def corrugated(w=256, h=256):
    """Eight waves of a container's side; from its upper to its lower rail."""
    stain, streak = clouds(w, h, 4, 3, 4, 41), noise(w, 2, 64, 1, 42)[0]
    shade = [0.62, 0.70, 0.80, 0.92, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.93, 0.84, 0.76, 0.70, 0.66] \
        + [0.74] * 11 + [0.70, 0.64, 0.58, 0.55, 0.57]
    rows = []
    for y in range(h):
        line = []
        for x in range(w):
            v = 0.93 * shade[x % 32] * (0.93 + 0.14 * (stain[y][x] - 0.3))
            low = y / h
            run = streak[x] - 0.62
            if run > 0 and low > 0.45 * hash01(x >> 2, 1, 43):
                v *= 1 - 0.55 * run * (0.3 + low)
            v *= 1 - 0.22 * smooth(max(0.0, (low - 0.86) / 0.14))
            line.append(v)
        rows.append(line)
    return w, h, grey(rows)


def wood(w=256, h=128):
    """A sawn board, its grain lengthways."""
    grain, wide, knots = noise(w, h, 4, 64, 51), clouds(w, h, 3, 6, 3, 52), ((60, 40, 9), (190, 92, 6))
    red, rows = clouds(w, h, 2, 8, 2, 54), []
    for y in range(h):
        line = bytearray()
        for x in range(w):
            v = 0.80 + 0.22 * (grain[y][x] - 0.5) + 0.22 * (wide[y][x] - 0.5) + 0.02 * (hash01(x, y, 53) - 0.5)
            for kx, ky, r in knots:
                d = ((x - kx) ** 2 / 4 + (y - ky) ** 2) / (r * r)
                if d < 1.6:
                    v *= 0.62 + 0.2375 * d
            v, r = int(40 * v + 0.5) / 40, int(3 * red[y][x] + 0.5) / 3
            for t in (1.0, 0.93 - 0.06 * r, 0.80 - 0.12 * r):
                line.append(max(0, min(255, int(255 * v * t + 0.5))))
        rows.append(bytes(line))
    return w, h, rows


def carton(n=256):
    """One side of a cardboard box: tape, a label, two arrows up."""
    flute, cloud = noise(n, n, 2, 128, 61), clouds(n, n, 4, 4, 3, 62)
    rows = [[0.83 + 0.05 * (flute[y][x] - 0.5) + 0.10 * (cloud[y][x] - 0.5) for x in range(n)] for y in range(n)]

    def fill(x0, y0, x1, y1, factor, plus=0.0):
        for y in range(y0, y1):
            for x in range(x0, x1):
                rows[y][x] = rows[y][x] * factor + plus

    fill(0, 112, n, 140, 0.93, 0.10)  # tape
    fill(0, 112, n, 113, 0.8)
    fill(0, 139, n, 140, 0.8)
    fill(0, 0, n, 3, 0.74)  # edges
    fill(0, n - 3, n, n, 0.74)
    fill(0, 0, 3, n, 0.78)
    fill(n - 3, 0, n, n, 0.78)
    fill(150, 160, 228, 222, 0.10, 0.90)  # label with bars
    x = 158
    while x < 220:
        bar = 1 + int(4 * hash01(x, 7, 63))
        fill(x, 186, min(220, x + bar), 214, 0.2)
        x += bar + 1 + int(3 * hash01(x, 8, 64))
    fill(158, 166, 200, 169, 0.4)
    fill(158, 174, 186, 177, 0.4)
    for left in (34, 74):  # arrows
        fill(left + 10, 184, left + 18, 222, 0.42)
        for k in range(15):
            fill(left + 14 - k, 168 + k, left + 14 + k, 169 + k, 0.42)
    fill(34, 227, 102, 231, 0.42)
    return n, n, grey(rows, (1.0, 0.97, 0.93))


def steel(w=128, h=128):
    """Brushed metal."""
    brush, cloud = noise(w, h, 4, 128, 71), clouds(w, h, 3, 3, 3, 72)
    rows = [[0.84 + 0.13 * (brush[y][x] - 0.5) + 0.10 * (cloud[y][x] - 0.5) + 0.03 * (hash01(x >> 3, y, 73) - 0.5)
             for x in range(w)] for y in range(h)]
    return w, h, grey(rows)


def upright(w=64, h=128):
    """A rack's post, painted, with two rows of slots; 0.1 m x 0.2 m."""
    cloud = clouds(w, h, 2, 4, 3, 81)
    rows = []
    for y in range(h):
        line = []
        for x in range(w):
            v = 0.90 + 0.10 * (cloud[y][x] - 0.5)
            sx, sy = abs((x % 32) - 16), abs((y % 64) - 32)
            if sx < 5 and sy < 13:
                v = 0.16 if sx < 4 and sy < 12 else 0.55
            v *= 0.86 if x < 3 or x >= w - 3 else 1
            line.append(v)
        rows.append(line)
    return w, h, grey(rows)


def panel(w=256, h=256):
    """A hall's wall of steel cassettes; 4 m x 4 m."""
    cloud = clouds(w, h, 3, 3, 4, 91)
    rows = []
    for y in range(h):
        line = []
        for x in range(w):
            v = 0.90 + 0.02 * (cloud[y][x] - 0.5) 
            v *= (0.80, 0.88, 0.97)[x % 64] if x % 64 < 3 else 1
            v *= 0.975 if x % 16 < 2 else 1
            line.append(v)
        rows.append(line)
    return w, h, grey(rows)


def slats(w=64, h=128):
    """A roller door; eight slats."""
    wave = [0.60, 0.74, 0.86, 0.94, 0.98, 1.0, 1.0, 0.99, 0.97, 0.95, 0.92, 0.89, 0.86, 0.82, 0.76, 0.68]
    rows = [[0.92 * wave[y % 16] + 0.03 * (hash01(x >> 2, y, 95) - 0.5) for x in range(w)] for y in range(h)]
    return w, h, grey(rows)


def hazard(n=128):
    """Yellow and black stripes at 45 degrees, a little worn."""
    cloud, rows = clouds(n, n, 8, 8, 3, 96), []
    for y in range(n):
        line = bytearray()
        for x in range(n):
            yellow = (x + y) % n < n // 2
            v = 1 - 0.25 * max(0.0, cloud[y][x] - 0.55)
            for c in ((0.96, 0.76, 0.05) if yellow else (0.09, 0.09, 0.10)):
                line.append(int(255 * c * v + 0.5))
        rows.append(bytes(line))
    return n, n, rows


def mesh(n=128):
    """Welded wire seen from afar, for fences behind a machine."""
    rows = [[0.95 if x % 16 < 3 or y % 64 < 4 else 0.30 for x in range(n)] for y in range(n)]
    return n, n, grey(rows)


def sky_ray(face, a, b):
    """Where pixel (a right, b down, in -1..1) of a face of the cube looks; z is up."""
    return {"R": (1.0, -b, -a), "L": (-1.0, -b, a), "U": (a, 1.0, b), "D": (a, -1.0, -b),
            "F": (a, -b, 1.0), "B": (-a, -b, -1.0)}[face]


def sky(n=256):
    """A clear day with some clouds as six faces in a column, R L U D F B; y is up in the cube."""
    size = 512
    field = clouds(size, size, 6, 6, 6, 111)
    rows = []
    for face in "RLUDFB":
        for py in range(n):
            line = bytearray()
            for px in range(n):
                x, y, z = sky_ray(face, (2 * px + 1) / n - 1, (2 * py + 1) / n - 1)
                length = (x * x + y * y + z * z) ** 0.5
                up = y / length
                if up <= 0:
                    colour = (0.74, 0.77, 0.79)
                else:
                    # paler to the horizon; clouds lie on a plane that bends down far away
                    t = (1 - up) * (1 - up) * (1 - up)
                    colour = (mix(0.27, 0.78, t), mix(0.48, 0.85, t), mix(0.78, 0.92, t))
                    plane = 0.42 / (up + 0.12)
                    u, v = (x / length * plane * 0.5 + 0.5) * size, (z / length * plane * 0.5 + 0.5) * size
                    i, k = int(u) % size, int(v) % size
                    fu, fv = u - int(u), v - int(v)
                    i2, k2 = (i + 1) % size, (k + 1) % size
                    c = mix(mix(field[k][i], field[k][i2], fu), mix(field[k2][i], field[k2][i2], fu), fv)
                    cover = smooth(max(0.0, min(1.0, (c - 0.50) / 0.22))) * min(1.0, up * 7)
                    bright = 0.97 - 0.16 * max(0.0, c - 0.58)
                    colour = tuple(mix(p, q * bright, 0.85 * cover) for p, q in zip(colour, (1.0, 1.0, 1.01)))
                for c in colour:
                    line.append(max(0, min(255, int(85 * c + 0.5) * 3)))
            rows.append(bytes(line))
    return n, 6 * n, rows


PICTURES = {
    "asphalt": asphalt, "concrete": concrete, "epoxy": epoxy, "corrugated": corrugated, "wood": wood,
    "carton": carton, "steel": steel, "upright": upright, "panel": panel, "slats": slats, "hazard": hazard,
    "mesh": mesh, "sky": sky,
}


def main(arguments):
    folder = Path(arguments[0] if arguments else Path(__file__).parent)
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PICTURES.items():
        (folder / f"{name}.png").write_bytes(png(*make()))


if __name__ == "__main__":
    main(sys.argv[1:])
