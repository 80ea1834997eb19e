#!/usr/bin/env python3
"""Every number of every message in a recording is finite, read by `mcap` with `mcap-ros2-support`.

usage: finite.py BAG_FOLDER
"""
import math
import sys
from pathlib import Path

from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory

from read_recording import numbers


def main(folder):
    bad, seen = {}, 0
    with open(next(Path(folder).glob("*.mcap")), "rb") as f:
        for _, channel, message, decoded in make_reader(
                f, decoder_factories=[DecoderFactory()]).iter_decoded_messages():
            values = numbers(decoded)
            seen += len(values)
            if not all(map(math.isfinite, values)):
                bad.setdefault(channel.topic, message.log_time)
    for topic, when in bad.items():
        print(f"{topic}: a number is not finite, first at {when} ns")
    print(f"{seen} numbers")
    return 1 if bad or not seen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
