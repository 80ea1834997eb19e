#!/usr/bin/env python3
"""Decodes every image and cloud of recordings with other projects' tools: the messages by `mcap` with
`mcap-ros2-support` and by `rosbags`, pictures by Pillow. What both read must be equal. Where the folder has
files CHANNEL_STEP.bin, the numbers that went in, those must come out: exactly from PNG and raw, nearly from
JPEG. Boxes must lie on their pictures, camera_info must have their size and stamp.

Usage: read_pictures.py BAG_FOLDER...    (packages: mcap mcap-ros2-support rosbags numpy pillow)
Exit status 1 when anything is refused or differs.
"""
import io
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from PIL import Image
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

DTYPES = {"rgb8": (np.uint8, 3), "mono8": (np.uint8, 1), "mono16": (np.uint16, 1), "16UC1": (np.uint16, 1),
          "32FC1": (np.float32, 1)}
POINTS = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 8: "<f8"}


def pixels(message, encoding):
    """height x width x channels of an Image or CompressedImage"""
    dtype, channels = DTYPES[encoding]
    if hasattr(message, "format"):
        picture = Image.open(io.BytesIO(bytes(message.data)))
        picture.load()
        array = np.array(picture)
        assert array.dtype.itemsize >= np.dtype(dtype).itemsize, f"{array.dtype} instead of {dtype}"
        array = array.astype(dtype)
    else:
        assert message.encoding == encoding and not message.is_bigendian
        rows = np.frombuffer(bytes(message.data), np.uint8).reshape(message.height, message.step)
        array = np.ascontiguousarray(rows[:, :message.width * np.dtype(dtype).itemsize * channels]).view(dtype)
    return array.reshape(array.shape[0], -1, channels)


def points(message):
    """the cloud as a structured array"""
    assert len(message.data) == message.row_step * message.height and not message.is_bigendian
    assert message.row_step == message.point_step * message.width
    dtype = np.dtype({"names": [f.name for f in message.fields],
                      "formats": [POINTS[f.datatype] for f in message.fields],
                      "offsets": [f.offset for f in message.fields], "itemsize": message.point_step})
    return np.frombuffer(bytes(message.data), dtype)


def compare(folder, channel, step, array, lossy):
    """False when there is nothing to compare with"""
    source = Path(folder) / f"{channel}_{step}.bin"
    if not source.exists():
        return False
    want = np.frombuffer(source.read_bytes(), np.uint8)
    if lossy:
        error = np.sqrt(np.mean((array.reshape(-1).astype(float) - want) ** 2))
        assert error < 3, f"{source.name}: differs by {error:.2f} of 255"
    else:
        assert array.tobytes() == want.tobytes(), f"{source.name}: differs"
    return True


def read(folder):
    path = next(Path(folder).glob("*.mcap"))
    counts, compared, clouds = Counter(), 0, 0
    defs, sizes, seen = {}, {}, {}
    with open(path, "rb") as f:
        reader = make_reader(f, validate_crcs=True, decoder_factories=[DecoderFactory()])
        record = next(m for m in reader.iter_metadata() if m.name == "drydock").metadata
        hz, start = int(record["physics_hz"]), int(record["start_ns"])
        for schema, channel, message, decoded in reader.iter_decoded_messages():
            topic = channel.topic
            if "drydock.channel" in channel.metadata and topic not in defs:
                defs[topic] = json.loads(channel.metadata["drydock.channel"])
            if not hasattr(decoded, "header"):
                continue
            stamp = decoded.header.stamp.sec * 10**9 + decoded.header.stamp.nanosec
            step = -(-(stamp - start) * hz // 10**9)
            kind = schema.name.split("/")[-1]
            if kind in ("Image", "CompressedImage"):
                d = defs[topic]
                array = pixels(decoded, d["encoding"])
                assert array.shape[:2] == (int(d["meta"][1]), int(d["meta"][0])), f"{topic}: {array.shape}"
                compared += compare(folder, d["name"], step, array, d["meta"][2] == 2)
                sizes.setdefault(d["group"], {})[stamp] = array.shape[:2]
                seen[topic, stamp] = bytes(decoded.data)
                counts[topic] += 1
            elif kind == "PointCloud2":
                cloud = points(decoded)
                compared += compare(folder, defs[topic]["name"], step, cloud, False)
                seen[topic, stamp] = bytes(decoded.data)
                counts[topic] += 1
                clouds += len(cloud)
            elif kind == "CameraInfo":
                sizes.setdefault(defs[topic]["group"], {}).setdefault(stamp, (decoded.height, decoded.width))
                assert decoded.k[0] != 0 or decoded.width == 0, f"{topic}: no focal length"
            elif kind == "BoxLabels":
                counts[topic] += len(decoded.boxes)
                for box in decoded.boxes:
                    assert 0 <= box.class_id < len(defs[topic]["classes"]), f"{topic}: class {box.class_id}"
                    assert box.class_name == defs[topic]["classes"][box.class_id]
    # the same by the other library
    store = get_typestore(Stores.EMPTY)
    others = Counter()
    with Reader(folder) as bag:
        types = {}
        for c in bag.connections:
            types.update(get_types_from_msg(c.msgdef.data, c.msgtype))
        store.register(types)
        for c, _, raw in bag.messages():
            if c.msgtype.split("/")[-1] in ("Image", "CompressedImage", "PointCloud2"):
                m = store.deserialize_cdr(raw, c.msgtype)
                stamp = m.header.stamp.sec * 10**9 + m.header.stamp.nanosec
                assert seen[c.topic, stamp] == bytes(m.data), f"{c.topic}: the two readers read other bytes"
                others[c.topic] += 1
    for topic, n in others.items():
        assert counts[topic] == n, f"{topic}: {counts[topic]} and {n} messages"
    sources = len(list(Path(folder).glob("*_0.bin")))
    assert not sources or compared > 0, "nothing was compared with its source"
    return sum(others.values()), compared, clouds


def main(folders):
    bad = 0
    for folder in folders:
        try:
            n, compared, clouds = read(folder)
            print(f"{folder}: {n} images and clouds ({clouds} points) decoded, {compared} equal to their source")
        except Exception as error:  # whatever a reader throws is what we want to know
            bad = 1
            print(f"{folder}: {type(error).__name__}: {error}", file=sys.stderr)
    return bad


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
