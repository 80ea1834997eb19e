#!/usr/bin/env python3
"""Reads recordings with other projects' readers: every message decoded, by `mcap` with
`mcap-ros2-support`, and by `rosbags`, which opens the folder as a bag. Counts must agree, with each
other and with the folder's metadata.yaml; so must what both read from the samples.

Usage: read_recording.py BAG_FOLDER...     (packages: mcap mcap-ros2-support rosbags)
Exit status 1 when a reader refuses anything.
"""
import math
import os
import sys
from collections import Counter
from pathlib import Path

from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore


def numbers(value, depth=0):
    """All floats of a decoded message, in order, whichever library made it."""
    if isinstance(value, float):
        return [value]
    if isinstance(value, (str, bytes, bool, int)) or value is None or depth > 8:
        return []
    if hasattr(value, "dtype"):
        return [float(v) for v in value.flat] if value.dtype.kind == "f" else []
    if isinstance(value, (list, tuple)):
        return [x for v in value for x in numbers(v, depth + 1)]
    names = getattr(value, "__slots__", None) or getattr(value, "__dataclass_fields__", {})
    return [x for name in names if not name.startswith("_")
            for x in numbers(getattr(value, name, None), depth + 1)]


def same(a, b):
    return len(a) == len(b) and all(
        x == y or (math.isnan(x) and math.isnan(y)) for x, y in zip(a, b))


def read_mcap(path):
    """Counts per topic, and the numbers of the first 20 messages of each."""
    counts, first = Counter(), {}
    with open(path, "rb") as f:
        reader = make_reader(f, validate_crcs=True, decoder_factories=[DecoderFactory()])
        summary = reader.get_summary()
        total = summary.statistics.message_count
        last = 0
        for _, channel, message, decoded in reader.iter_decoded_messages():
            counts[channel.topic] += 1
            assert message.log_time >= last, f"{channel.topic}: goes back in time"
            last = message.log_time
            if counts[channel.topic] <= 20:
                first.setdefault(channel.topic, []).append(numbers(decoded))
        for attachment in reader.iter_attachments():
            assert len(attachment.data) > 0, f"attachment {attachment.name} is empty"
        records = [m.name for m in reader.iter_metadata()]
    assert sum(counts.values()) == total, f"{sum(counts.values())} of {total} messages were read"
    assert "drydock" in records, "no run record"
    return counts, first


def read_bag(folder):
    counts, first = Counter(), {}
    with Reader(folder) as bag:
        said = {c.topic: c.msgcount for c in bag.connections}
        text = Path(folder, "metadata.yaml").read_text(encoding="utf-8")
        assert 'closed: "yes"' in text, "metadata.yaml does not say that the bag is closed"
        store = get_typestore(Stores.EMPTY)
        types = {}
        for c in bag.connections:
            types.update(get_types_from_msg(c.msgdef.data, c.msgtype))
        store.register(types)
        for c, _, raw in bag.messages():
            decoded = store.deserialize_cdr(raw, c.msgtype)
            counts[c.topic] += 1
            if counts[c.topic] <= 20:
                first.setdefault(c.topic, []).append(numbers(decoded))
    for topic, n in said.items():
        assert counts[topic] == n, f"{topic}: metadata.yaml says {n} messages, there are {counts[topic]}"
    with AnyReader([Path(folder)]) as bag:
        assert bag.message_count == sum(counts.values())
    return counts, first


def main(folders):
    bad = 0
    for folder in folders:
        path = Path(folder) / f"{Path(folder).resolve().name}.mcap"
        if not path.exists():
            path = next(Path(folder).glob("*.mcap"))
        try:
            a, first_a = read_mcap(path)
            b, first_b = read_bag(folder)
            assert +a == +b, f"mcap reads {dict(a)}, rosbags reads {dict(b)}"
            for topic, rows in first_a.items():
                for x, y in zip(rows, first_b[topic]):
                    assert same(x, y), f"{topic}: the two readers read other numbers"
            print(f"{folder}: {sum(a.values())} messages on {len(+a)} topics, "
                  f"{os.path.getsize(path)} bytes: read by mcap-ros2-support and rosbags")
        except Exception as error:  # whatever a reader throws is what we want to know
            bad = 1
            print(f"{folder}: {type(error).__name__}: {error}", file=sys.stderr)
    return bad


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
