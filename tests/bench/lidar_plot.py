#!/usr/bin/env python3
"""Cost of a sweep over the number of bodies, as SVG. usage: make bench-lidar | tests/bench/lidar_plot.py OUT.svg"""

import json
import math
import sys

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 90, 190, 60, 60
STYLE = ("text{font-family:'Noto Sans','Noto Sans CJK KR',sans-serif;fill:#0f172a}"
         ".s{font-size:11px;fill:#475569}.n{font-size:13px}.t{font-size:18px;font-weight:bold}")
# name, colour, where its numbers stand, what it shows
LINES = [("mj_multiRay", "#b45309", -8, lambda r: r["multiray_ms"]),
         ("ours: index and rays", "#1d4ed8", -8, lambda r: r["build_ms"] + r["cast_ms"]),
         ("of it, the index", "#60a5fa", 18, lambda r: r["build_ms"])]


def main(out):
    rows = {}
    for line in sys.stdin:
        row = json.loads(line) if line.startswith("{") else {}
        name = row.get("figure", "")
        if name.startswith("detail_lidar_bodies_"):
            rows[int(name.rsplit("_", 1)[1])] = row
    if not rows:
        sys.exit("lidar_plot: no detail_lidar_bodies_* lines on standard input")
    bodies = sorted(rows)
    values = [f(rows[n]) for _, _, _, f in LINES for n in bodies]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    left, right = math.log10(bodies[0]), math.log10(bodies[-1])

    def x(n):
        return LEFT + (math.log10(n) - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def y(ms):
        return HEIGHT - BOTTOM - (math.log10(ms) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
           f"<style>{STYLE}</style>", '<rect width="100%" height="100%" fill="#fff"/>',
           f'<text x="{LEFT}" y="32" class="t">A sweep of 14,400 rays, one core</text>']
    for k in range(low, high + 1):
        at = y(10.0 ** k)
        svg.append(f'<line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" stroke="#e2e8f0"/>')
        svg.append(f'<text x="{LEFT - 20}" y="{at + 4:.1f}" text-anchor="end" class="s">{10.0 ** k:g} ms</text>')
    for n in bodies:
        svg.append(f'<line x1="{x(n):.1f}" y1="{TOP}" x2="{x(n):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e2e8f0"/>')
        svg.append(f'<text x="{x(n):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" class="s">{n:,}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    svg.append(f'<text x="{middle}" y="{HEIGHT - 16}" text-anchor="middle" class="n">moving bodies</text>')
    for label, colour, beside, f in LINES:
        points = " ".join(f"{x(n):.1f},{y(f(rows[n])):.1f}" for n in bodies)
        svg.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for n in bodies:
            value = f(rows[n])
            svg.append(f'<circle cx="{x(n):.1f}" cy="{y(value):.1f}" r="3.5" fill="{colour}"/>')
            svg.append(f'<text x="{x(n):.1f}" y="{y(value) + beside:.1f}" text-anchor="middle" class="s">{value:.3g}</text>')
        last = y(f(rows[bodies[-1]]))
        svg.append(f'<text x="{WIDTH - RIGHT + 14}" y="{last + 4:.1f}" class="n" style="fill:{colour}">{label}</text>')
    svg.append("</svg>")
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(svg) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
