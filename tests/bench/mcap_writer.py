"""mcap_small, mcap_image: our MCAP writer against the Rust crate `mcap`; mcap.py does the work."""

import shutil
import subprocess
import sys

import bench


def run(wanted):
    if not shutil.which("cargo"):
        raise bench.LeftOut("cargo with rustc 1.81 or newer is missing, which builds the Rust writer")
    done = subprocess.run([sys.executable, bench.HERE / "mcap.py", bench.program("mcap_bench"),
                           *[name.removeprefix("mcap_") for name in wanted]])
    if done.returncode != 0:
        raise bench.Broken(f"mcap.py ended with {done.returncode}")
