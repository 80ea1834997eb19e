#!/usr/bin/env python3
"""Our MCAP writer against the Rust crate `mcap`: the figures mcap_small and mcap_image.

Same messages (400 bytes; 0.9 MB), chunk size, CRCs, compression and level, to a memory file system.
Runs are interleaved, the median of REPEATS counts. The peer is the better of the crate's compression
threads 1 and 0. Prints JSON lines. Usage: mcap.py MCAP_BENCH [small] [image] [--repeats N] [--megabytes N]
"""
import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def build_peer():
    if not shutil.which("cargo"):
        print("mcap: cargo is not here (rustc 1.81 or newer is needed): the peer cannot be built",
              file=sys.stderr)
        return None
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(HERE, "mcap_rust", "target")
    subprocess.run(["cargo", "build", "--release", "--quiet", "--locked", "--manifest-path",
                    os.path.join(HERE, "mcap_rust", "Cargo.toml"), "--target-dir", target],
                   check=True)
    return os.path.join(target, "release", "mcap_bench")


def once(program, out, kind, compression, threads, total, data):
    text = subprocess.run([program, out, kind, compression, "1", str(threads), str(total), data],
                          check=True, capture_output=True, text=True).stdout
    seconds, size = text.split()
    os.unlink(out)
    return total / 1e6 / float(seconds), int(size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench")
    parser.add_argument("kinds", nargs="*", choices=("small", "image", []), default=[])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=400)
    args = parser.parse_args()
    peer = build_peer()
    if peer is None:
        return 1
    folder = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    try:
        for kind in args.kinds or ("small", "image"):
            data = os.path.join(folder, kind)
            out = os.path.join(folder, "out.mcap")
            subprocess.run([args.bench, "data", kind, data], check=True)
            ratios, ours_all, peer_all = [], [], []
            for compression in ("none", "lz4", "zstd"):
                runs = {"ours": [], "rust_1": [], "rust_0": []}
                sizes = {}
                for _ in range(args.repeats):
                    for name, program, threads in (("ours", args.bench, 1), ("rust_1", peer, 1),
                                                   ("rust_0", peer, 0)):
                        speed, size = once(program, out, kind, compression, threads,
                                           args.megabytes * 1000000, data)
                        runs[name].append(speed)
                        sizes[name] = size
                median = {name: statistics.median(r) for name, r in runs.items()}
                best = max(median["rust_1"], median["rust_0"])
                ratios.append(median["ours"] / best)
                ours_all.append(median["ours"])
                peer_all.append(best)
                print(json.dumps({"figure": f"detail_mcap_{kind}_{compression}",
                                  "ours": round(median["ours"], 1), "peer": round(best, 1),
                                  "ratio": round(median["ours"] / best, 3), "goal": 0.95,
                                  "unit": "MB/s", "peer_threads_1": round(median["rust_1"], 1),
                                  "peer_threads_0": round(median["rust_0"], 1),
                                  "ours_bytes": sizes["ours"], "peer_bytes": sizes["rust_0"]}),
                      flush=True)
            mean = [math.exp(sum(map(math.log, x)) / 3) for x in (ours_all, peer_all, ratios)]
            print(json.dumps({"figure": f"mcap_{kind}", "ours": round(mean[0], 1),
                              "peer": round(mean[1], 1), "ratio": round(mean[2], 3), "goal": 1.0,
                              "worst": round(min(ratios), 3), "unit": "MB/s"}), flush=True)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
