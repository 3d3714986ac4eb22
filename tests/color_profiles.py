"""Colour profiles as bytes, after the standards of ICC and the published primaries."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


# sRGB's primaries, adapted to the white of profiles (D50), by IEC 61966-2-1 and ICC.1:2010.
SRGB_PRIMARIES = (
    (0.4360, 0.2225, 0.0139),
    (0.3851, 0.7169, 0.0971),
    (0.1431, 0.0606, 0.7141),
)


def rgb_profile(
    primaries: Sequence[Sequence[float]] = SRGB_PRIMARIES,
    gamma: float | None = 1.0,
    version: int = 2,
) -> bytes:
    """Return a monitor's profile; without a gamma its curve is sRGB's own.

    Version 2 (ICC.1:2001-04) has that curve as a table, version 4 (ICC.1:2010) as a formula.
    """
    srgb = _srgb_curve() if version == 2 else _srgb_formula()
    tags = {f"{name}XYZ": _xyz(*xyz) for name, xyz in zip("rgb", primaries, strict=True)}
    curves = {f"{name}TRC": srgb if gamma is None else _curve(gamma) for name in "rgb"}
    return _profile("RGB ", "XYZ ", {**tags, **curves}, version=version)


# How light of D65 looks under the D50 of profiles: Bradford's cone responses, as ICC.1:2010,
# annex E, has them, and the whites of CIE 15 and of ICC.1:2010.
_BRADFORD = np.array(
    [(0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)]
)
D50 = (0.9642, 1.0, 0.8249)
D65_XY = (0.3127, 0.3290)


def primaries_of(
    red: tuple[float, float], green: tuple[float, float], blue: tuple[float, float]
) -> list[list[float]]:
    """Return X, Y and Z under D50 of primaries that are given by their x and y, with white D65."""
    columns = np.transpose([_xyz_of(*xy) for xy in (red, green, blue)])
    white = _xyz_of(*D65_XY)
    columns = columns * np.linalg.solve(columns, white)
    cones = np.diag((_BRADFORD @ D50) / (_BRADFORD @ white))
    adapted: list[list[float]] = (np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ columns).T.tolist()
    return adapted


def _xyz_of(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x / y, 1, (1 - x - y) / y])


def display_p3(version: int = 4) -> bytes:
    """Return the space of Apple's screens and cameras: SMPTE EG 432-1, with sRGB's curve."""
    primaries = primaries_of((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
    return rgb_profile(primaries, None, version)


def adobe_rgb() -> bytes:
    """Return the space of Adobe RGB (1998) Color Image Encoding, version 2005-05, 4.3.1."""
    return rgb_profile(primaries_of((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), 2 + 51 / 256)


def prophoto_rgb() -> bytes:
    """Return ROMM RGB (ISO 22028-2, annex B), its primaries under D50, with a gamma of 1.8."""
    return rgb_profile(
        ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249)), 1.8
    )


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


def _srgb_formula() -> bytes:
    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    fixed = (round(number * 65536) for number in numbers)
    return b"para\0\0\0\0" + struct.pack(">H2x5i", 3, *fixed)


def _profile(
    space: str,
    pcs: str,
    tags: dict[str, bytes],
    device: bytes = b"mntr",
    version: int = 2,
) -> bytes:
    """Return a profile: header, table of tags, tags."""
    tags = {**tags, "wtpt": _xyz(0.9642, 1.0, 0.8249)}
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name.encode() + struct.pack(">II", offset + len(body), len(data))
        body += data
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = (
        struct.pack(
            ">I4xI4s4s4s12x",
            offset + len(body),
            version << 24 | 0x400000,
            device,
            space.encode(),
            pcs.encode(),
        )
        + b"acsp"
        + bytes(28)
        + white
        + bytes(48)
    )
    return header + table + body
