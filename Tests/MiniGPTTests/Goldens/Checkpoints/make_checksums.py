"""CRC-64/XZ of some bytes, as xz computes it: the check it stores behind a block.

    python make_checksums.py > checksums.json
"""
import json
import lzma
import struct

SAMPLES = {
    "nine digits": b"123456789",
    "one byte": b"a",
    "a hundred bytes": bytes(range(100)),
    "all bytes, 40 times": bytes(range(256)) * 40,
    "zeros": bytes(1000),
}


def crc64(data):
    stream = lzma.compress(data, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64)
    # At the end: the block's check, the index, and a footer of 12 bytes that has the index's size.
    index_size = (struct.unpack("<I", stream[-8:-4])[0] + 1) * 4
    end = len(stream) - 12 - index_size
    return struct.unpack("<Q", stream[end - 8 : end])[0]


print(json.dumps({name: f"{crc64(data):016x}" for name, data in SAMPLES.items()}, indent=2))
