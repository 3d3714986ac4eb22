"""Picture files gone wrong: damaged, cut short, mislabelled, or promising far too much. Pure."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
from PIL import Image
from pillow_heif import from_pillow

_SIDE: Final = 48
_HEAD: Final = 64
_EXTREMES: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_HUGE: Final = (0x4001, 0x7FFF, 0xFFFF)

Mutation = Callable[[random.Random, bytes], bytes]
Bomb = Callable[[int, int], bytes]


def mutant(number: int, seed: int = 0) -> bytes:
    """Return a damaged picture; the same number and seed always give the same bytes.

    Parameters
    ----------
    number : int
        Which one; types and kinds of damage take turns.
    seed : int
        Another seed, other damage.

    Examples
    --------
    >>> mutant(7) == mutant(7), mutant(7) == mutant(7, seed=1)
    (True, False)
    """
    chance = random.Random(f"{seed}/{number}")
    files = sound_files()
    mutate = MUTATIONS[number // len(files) % len(MUTATIONS)]
    damaged = mutate(chance, files[number % len(files)])
    return flip_bits(chance, damaged) if chance.random() < 0.2 else damaged


@cache
def sound_files() -> tuple[bytes, ...]:
    """Return a small sound file of every type that is read, in several variants."""
    noise = np.random.default_rng(0).integers(0, 256, (_SIDE, _SIDE, 4), np.uint8)
    smooth = Image.fromarray(noise[:6, :6, :3]).resize((_SIDE, _SIDE))
    rgba = Image.fromarray(noise)
    deep = Image.fromarray(noise[..., :2].copy().view(np.uint16)[..., 0])
    exif = Image.Exif()
    exif[0x0112] = 6
    return (
        _encode(smooth, "JPEG", exif=exif),
        _encode(smooth, "JPEG", progressive=True),
        _encode(smooth.convert("CMYK"), "JPEG"),
        _encode(rgba, "PNG"),
        _encode(deep, "PNG"),
        _encode(smooth.quantize(16), "PNG"),
        _encode(smooth, "WEBP"),
        _encode(rgba, "WEBP", lossless=True),
        _encode(smooth, "GIF", save_all=True, append_images=[smooth.rotate(90)]),
        _encode(smooth, "BMP"),
        _encode(smooth.quantize(4), "BMP"),
        _encode(smooth, "TIFF", compression="tiff_lzw"),
        _encode(smooth, "TIFF", compression="jpeg"),
        _encode(deep, "TIFF"),
        _encode(smooth, "TIFF", big_tiff=True),
        _encode(rgba, "AVIF"),
        _encode(smooth, "JPEG2000"),
        _encode_heic(smooth),
    )


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _encode_heic(image: Image.Image) -> bytes:
    file = io.BytesIO()
    from_pillow(image).save(file)
    return file.getvalue()


def flip_bits(chance: random.Random, data: bytes) -> bytes:
    """Flip a few bits, half of the time in the head alone, where it says what follows."""
    damaged = bytearray(data)
    end = min(_HEAD, len(data)) if chance.random() < 0.5 else len(data)
    for _ in range(chance.choice((1, 2, 8, 64)) if end else 0):
        damaged[chance.randrange(end)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def truncate(chance: random.Random, data: bytes) -> bytes:
    """Cut off the end."""
    return data[: chance.randrange(len(data))]


def _swap_head(chance: random.Random, data: bytes) -> bytes:
    """Put the head of another type before this one's body."""
    length = chance.choice((2, 4, 8, 12, 32))
    return chance.choice(sound_files())[:length] + data[length:]


def splice(chance: random.Random, data: bytes) -> bytes:
    """Cut a piece out, or put it in once more somewhere else."""
    start, place = chance.randrange(len(data)), chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 200)]
    if chance.random() < 0.5:
        return data[:start] + data[start + len(piece) :]
    return data[:place] + piece + data[place:]


def overwrite_number(chance: random.Random, data: bytes) -> bytes:
    """Write an extreme number over what may be a length, a count or an offset."""
    code = chance.choice((">H", "<H", ">I", "<I"))
    number = struct.pack(code, chance.choice(_EXTREMES) & (0xFFFF if "H" in code else 0xFFFFFFFF))
    end = min(2 * _HEAD, len(data)) - len(number)
    place = chance.randrange(end) if chance.random() < 0.7 else chance.randrange(len(data) - 4)
    return data[:place] + number + data[place + len(number) :]


def _promise_pixels(chance: random.Random, _: bytes) -> bytes:
    """Promise more pixels than the few bytes hold, in every type."""
    return chance.choice(BOMBS)(chance.choice(_HUGE), chance.choice(_HUGE))


def _png_bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _gif_bomb(width: int, height: int) -> bytes:
    screen = struct.pack("<HH", width, height)
    return b"GIF89a" + screen + b"\x80\0\0" + bytes(6) + b"," + bytes(4) + screen + b"\0\2\2D\1\0;"


def _bmp_bomb(width: int, height: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info + bytes(64)


def _tiff_bomb(width: int, height: int) -> bytes:
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: 64}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0\x48\0\0\0" + bytes(64) + struct.pack("<H", len(tags)) + entries + bytes(4)


def _jpeg_bomb(width: int, height: int) -> bytes:
    data = sound_files()[1]
    frame = data.index(b"\xff\xc2") + 5
    return data[:frame] + struct.pack(">HH", height, width) + data[frame + 4 :]


def _webp_bomb(width: int, height: int) -> bytes:
    """Promise a canvas in the lossless form: 14 bits less one for each side (RFC 9649)."""
    sides = struct.pack("<I", (width - 1 & 0x3FFF) | (height - 1 & 0x3FFF) << 14)
    chunk = b"VP8L" + struct.pack("<I", 16) + b"/" + sides + bytes(11)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


BOMBS: Final[Sequence[Bomb]] = (_png_bomb, _gif_bomb, _bmp_bomb, _tiff_bomb, _jpeg_bomb, _webp_bomb)

MUTATIONS: Final[Sequence[Mutation]] = (
    flip_bits,
    truncate,
    _swap_head,
    splice,
    overwrite_number,
    _promise_pixels,
)
