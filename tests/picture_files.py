"""Picture files as bytes, colour profiles among them, made for the tests of decoding."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

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


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


# sRGB's primaries, adapted to the white of profiles (D50), by IEC 61966-2-1 and ICC.1:2010.
SRGB_PRIMARIES = (
    (0.4360, 0.2225, 0.0139),
    (0.3851, 0.7169, 0.0971),
    (0.1431, 0.0606, 0.7141),
)


def rgb_profile(
    primaries: tuple[tuple[float, float, float], ...] = SRGB_PRIMARIES, gamma: float | None = 1.0
) -> bytes:
    """Return a monitor's profile; without a gamma its curve is sRGB's own, as a table."""
    tags = {f"{name}XYZ": _xyz(*xyz) for name, xyz in zip("rgb", primaries, strict=True)}
    curves = {f"{name}TRC": _srgb_curve() if gamma is None else _curve(gamma) for name in "rgb"}
    return _profile("RGB ", "XYZ ", {**tags, **curves})


def grey_profile(gamma: float) -> bytes:
    return _profile("GRAY", "XYZ ", {"kTRC": _curve(gamma)})


def press_profile() -> bytes:
    """Return inks of which cyan prints red, black a dark grey, and the other two nothing."""
    white, red, black = (255, 128, 128), (136, 208, 195), (40, 128, 128)
    nodes = [
        black if key else red if cyan else white
        for cyan in (0, 1)
        for _ in range(4)  # magenta and yellow
        for key in (0, 1)
    ]
    black_on_dark = [(0, 0, 0, 0 if light else 255) for light in (0, 1) for _ in range(4)]
    tags = {"A2B0": _table(4, nodes), "B2A0": _table(3, black_on_dark)}
    return _profile("CMYK", "Lab ", tags, device=b"prtr")


def _table(inputs: int, nodes: Sequence[tuple[int, ...]]) -> bytes:
    """Return a table of 8 bits with two steps per input, the first input the slowest."""
    ramp, outputs = bytes(range(256)), len(nodes[0])
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    head = b"mft1\0\0\0\0" + bytes([inputs, outputs, 2, 0]) + identity
    return head + ramp * inputs + b"".join(bytes(node) for node in nodes) + ramp * outputs


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH2x", 1, round(gamma * 256))


def _srgb_curve() -> bytes:
    encoded_levels = np.linspace(0, 1, 1024)
    linear = np.where(
        encoded_levels <= 0.04045,
        encoded_levels / 12.92,
        ((encoded_levels + 0.055) / 1.055) ** 2.4,
    )
    table: bytes = np.rint(linear * 65535).astype(">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", 1024) + table


def _profile(space: str, pcs: str, tags: dict[str, bytes], device: bytes = b"mntr") -> bytes:
    """Return a version 2 profile (ICC.1:2001-04): header, table of tags, tags."""
    tags = {**tags, "wtpt": _xyz(0.9642, 1.0, 0.8249)}
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name.encode() + struct.pack(">II", offset + len(body), len(data))
        body += data
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = (
        struct.pack(
            ">I4xI4s4s4s12x", offset + len(body), 0x02400000, device, space.encode(), pcs.encode()
        )
        + b"acsp"
        + bytes(28)
        + white
        + bytes(48)
    )
    return header + table + body
