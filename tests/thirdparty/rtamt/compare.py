#!/usr/bin/env python3
"""The monitor against rtamt (discrete time, offline) on 1,000 random formulas and traces.

usage: compare.py PROGRAM [COUNT [SEED]]     PROGRAM is the built rtamt_robustness

Bounded formulas are compared with traces that fill their windows; formulas with unbounded operators
with the whole trace. Robustness at time 0 must agree to 1e-9. Where rtamt says +-inf (a past window
before the start), ours is +-DBL_MAX. Exit status 77 when rtamt is not installed.
"""
import random
import subprocess
import sys

try:
    import rtamt
except ImportError:
    print("rtamt is not installed: pip install rtamt")
    sys.exit(77)

SIGNALS = "abc"
BINARY = {"and": "and", "or": "or", "->": "->"}


class Formula:
    """A formula in both notations, with the rows of future that it needs."""

    def __init__(self, ours, theirs, horizon, open_=False):
        self.ours, self.theirs, self.horizon, self.open = ours, theirs, horizon, open_


def leaf(rng):
    name, op = rng.choice(SIGNALS), rng.choice(["<=", ">=", "<", ">"])
    limit = rng.randint(-8, 8) / 2
    kind = rng.randrange(4)
    left = name
    if kind == 1:
        left = f"({name} + {rng.choice(SIGNALS)})"
    elif kind == 2:
        left = f"abs({name})"
    text = f"({left} {op} {limit})" if limit >= 0 else f"({left} {op} (0 - {-limit}))"
    theirs = f"({left} {op} {limit})"
    return Formula(text, theirs, 0)


def bounds(rng):
    low = rng.choice([0, 0, 1, 2, 5])
    return low, low + rng.randint(0, 9)


def make(rng, depth, open_allowed):
    if depth == 0 or rng.random() < 0.12:
        return leaf(rng)
    op = rng.choice(["not", "and", "or", "->", "rise", "fall", "G", "F", "H", "O", "U", "S",
                     "G", "F", "U"])
    a = make(rng, depth - 1, open_allowed)
    if op == "not":
        return Formula(f"not ({a.ours})", f"not ({a.theirs})", a.horizon, a.open)
    if op in ("rise", "fall"):
        return Formula(f"{op}({a.ours})", f"{op}({a.theirs})", a.horizon, a.open)
    if op in BINARY:
        b = make(rng, depth - 1, open_allowed)
        return Formula(f"({a.ours}) {op} ({b.ours})", f"({a.theirs}) {op} ({b.theirs})",
                       max(a.horizon, b.horizon), a.open or b.open)
    unbounded = open_allowed and rng.random() < 0.5
    low, high = bounds(rng)
    window = "" if unbounded else f"[{low},{high}]"
    theirs_window = "" if unbounded else f"[{low},{high}]"
    future = op in "GFU"
    more = high if future and not unbounded else 0
    names = {"G": "always", "F": "eventually", "H": "historically", "O": "once", "U": "until",
             "S": "since"}
    if op in "GFHO":
        return Formula(f"{op}{window} ({a.ours})", f"{names[op]}{theirs_window} ({a.theirs})",
                       a.horizon + more, a.open or (unbounded and future))
    b = make(rng, depth - 1, open_allowed)
    return Formula(f"({a.ours}) {op}{window} ({b.ours})",
                   f"({a.theirs}) {names[op]}{theirs_window} ({b.theirs})",
                   max(a.horizon, b.horizon) + more, a.open or b.open or (unbounded and future))


def closed_below_open(rng):
    """Unbounded operators over formulas without a bounded future: no window can be cut."""
    while True:
        f = make(rng, rng.randint(1, 3), True)
        if f.horizon == 0 and f.open:
            return f


def rtamt_robustness(text, trace):
    spec = rtamt.StlDiscreteTimeSpecification()
    for name in list(SIGNALS) + ["out"]:
        spec.declare_var(name, "float")
    spec.spec = "out = " + text
    spec.parse()
    data = {"time": list(range(len(trace)))}
    for k, name in enumerate(SIGNALS):
        data[name] = [row[k] for row in trace]
    return spec.evaluate(data)[0][1]


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    cases, blocks = [], []
    for k in range(count):
        f = closed_below_open(rng) if k % 4 == 3 else make(rng, rng.randint(1, 4), False)
        rows = f.horizon + 2 + rng.randint(0, 20)  # rtamt needs two
        trace = [[rng.randint(-20, 20) / 4 for _ in SIGNALS] for _ in range(rows)]
        cases.append((f, trace))
        blocks.append(f"{f.ours}\n1 {rows}\n" +
                      "".join(" ".join(map(str, row)) + "\n" for row in trace))
    done = subprocess.run([program], input="".join(blocks), capture_output=True, text=True)
    if done.returncode:
        print(done.stderr)
        return 1
    ours = done.stdout.split("\n")
    differ, seen = 0, {}
    for (f, trace), line in zip(cases, ours):
        verdict, rho = line.split()
        rho = float(rho)
        want = rtamt_robustness(f.theirs, trace)
        seen[verdict] = seen.get(verdict, 0) + 1
        sign = "HOLDS" if want > 0 else "VIOLATED" if want < 0 else "UNDECIDED"
        same_value = abs(rho) > 1e300 and rho * want > 0 if abs(want) == float("inf") \
            else abs(rho - want) < 1e-9
        # never exercised is told apart from satisfied; the value is the same
        same_verdict = verdict == sign or (verdict == "NOT_EVALUATED" and sign == "HOLDS")
        if not (same_value and same_verdict):
            differ += 1
            if differ <= 5:
                print(f"{f.ours}\n  ours {verdict} {rho}, rtamt {want}, {len(trace)} rows")
    print(f"{count} formulas, {differ} differ; " + ", ".join(f"{k} {v}" for k, v in sorted(seen.items())))
    return 1 if differ or len(ours) < count else 0


if __name__ == "__main__":
    sys.exit(main())
