"""Picture files as bytes, made for the tests of decoding."""

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()  # which lets Pillow write them, too

ORANGE_RGB = (200, 100, 50)
ORANGE_BGR = (50, 100, 200)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise_rgb(height: int = 40, width: int = 52, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def png(
    size: tuple[int, int], depth: int, color_type: int, row: bytes, *chunks: tuple[bytes, bytes]
) -> bytes:
    """Return a PNG, all its rows alike, of kinds that Pillow does not write."""
    width, height = size
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress((b"\0" + row) * height))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*part) for part in [*parts, (b"IEND", b"")])


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def sixteen_bit_tiff(
    level: int, changes: Mapping[int, int] | None = None, endian: str = "<"
) -> bytes:
    """Return an uncompressed 2 x 2 grey TIFF, some of its tags added or changed."""
    tags = {256: 2, 257: 2, 258: 16, 259: 1, 262: 1, 277: 1, 278: 2, 279: 8, **(changes or {})}
    tags[273] = 8 + 2 + 12 * (len(tags) + 1) + 4  # where the pixels begin: right after the tags
    entries = [struct.pack(endian + "HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags)]
    directory = struct.pack(endian + "H", len(tags)) + b"".join(entries) + bytes(4)
    start = b"II" if endian == "<" else b"MM"
    header = start + struct.pack(endian + "HI", 42, 8)
    return header + directory + struct.pack(endian + "4H", *[level] * 4)


def float_tiff(rgb: NDArray[np.float32], tags: Mapping[int, int] | None = None) -> bytes:
    """Return an uncompressed TIFF of floats, with some more tags of one number each."""
    height, width, _ = rgb.shape
    single = {256: width, 257: height, 259: 1, 262: 2, 277: 3, 278: height, 279: rgb.nbytes}
    single |= {273: 0, **(tags or {})}
    three = 8 + 2 + 12 * (len(single) + 2) + 4  # where three numbers stand that are too long
    single[273] = three + 12
    entries = {tag: struct.pack("<HHII", tag, 4, 1, value) for tag, value in single.items()}
    entries[258] = struct.pack("<HHII", 258, 3, 3, three)
    entries[339] = struct.pack("<HHII", 339, 3, 3, three + 6)
    table = struct.pack("<H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
    numbers = struct.pack("<6H", 32, 32, 32, 3, 3, 3)
    return b"II" + struct.pack("<HI", 42, 8) + table + bytes(4) + numbers + rgb.tobytes()


def jpeg2000_with(data: bytes, profile: bytes) -> bytes:
    """Put a profile in the place of what a JPEG 2000 says of its colours (ISO 15444-1, I.5.3.3)."""
    old = struct.pack(">I4sBBBI", 15, b"colr", 1, 0, 0, 16)
    new = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    place, colors = data.index(b"jp2h") - 4, data.index(old)
    (length,) = struct.unpack_from(">I", data, place)
    length += len(new) - len(old)
    head = data[:place] + struct.pack(">I", length) + data[place + 4 : colors]
    return head + new + data[colors + len(old) :]
