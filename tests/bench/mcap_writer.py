"""mcap_small, mcap_image: our MCAP writer against the Rust crate `mcap`; mcap.py does the work."""

import shutil
import sys

import bench


def run(wanted):
    if not shutil.which("cargo"):
        raise bench.LeftOut("cargo with rustc 1.81 or newer is missing, which builds the Rust writer")
    out = bench.call([sys.executable, bench.HERE / "mcap.py", bench.program("mcap_bench"),
                      *[name.removeprefix("mcap_") for name in wanted]])
    print(out, end="", flush=True)
