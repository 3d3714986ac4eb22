"""Tables, labels and archives as people have them, and the same gone wrong. Pure."""

import csv
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.soak.mutants import (
    Mutation,
    flip_bits,
    overwrite_number,
    sound_files,
    splice,
    truncate,
)

_LABELS: Final = ("RED", "BLUE", "PINK", "TEAL")
ROWS: Final = 12
# What was met in tables that readers stumbled over: marks, halves of characters, numbers that are
# none, what separates and quotes, and far too much of it.
_ODDITIES: Final = (
    *(b",", b";", b"\t", b"|", b'"', b"'", b"\r", b"\n", b"\r\n", b"\\", b"\0", b"\x1a", b"\x0c"),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xe9",
        b"\xed\xa0\x80",
        b"\xf0\x9f",
        b"\xe2\x80\xa8",
    ),
    *(b"\\ud83d", b"\\u0000", b"NaN", b"nan", b"None", b"null", b"true", b"inf", b"-1", b"1e999"),
    *(b"1,5", b"1.234,5", b"0x10", b"1_000", b"\xc2\xb2", b"9" * 5000, b"2" * 25, b"[]", b"{}"),
    *(b"[" * 3000, b'{"a":' * 3000, b"x" * 200_000, b",\n" * 2000, b"&a;", b"<image>", b"]]>"),
    *(b"../", b"C:\\", b"http://[", b"http://a:99999/b", b"data:,", b"a" * 300 + b".png", b"=1+1"),
)


def odd_file(number: int, seed: int = 0) -> tuple[str, bytes]:
    """Return the name and the content of a file gone wrong; the same number, always the same.

    Examples
    --------
    >>> odd_file(7) == odd_file(7), odd_file(7) == odd_file(7, seed=1)
    (True, False)
    """
    chance, files = random.Random(f"{seed}/{number}"), sound_tables()
    name = sorted(files)[number % len(files)]
    content = files[name]
    for _ in range(chance.choice((1, 1, 1, 2))):
        content = _mutated(chance, content)
    return name, content


def _mutated(chance: random.Random, content: bytes) -> bytes:
    if zipfile.is_zipfile(io.BytesIO(content)) and chance.random() < 0.6:
        return repacked(chance, content)
    mutate = chance.choice(MUTATIONS)
    return mutate(chance, content) if len(content) > 8 else content


def repacked(chance: random.Random, content: bytes) -> bytes:
    """Change one file in a ZIP, whose sums are right again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:  # it is broken already, in one of many ways
        return content
    if changeable := [name for name, data in members.items() if len(data) > 8]:
        name = chance.choice(changeable)
        members[name] = chance.choice(MUTATIONS)(chance, members[name])
    return packed(members)


def packed(members: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@cache
def sound_tables() -> dict[str, bytes]:
    """Return a sound file of every kind that is read, by name."""
    rows = [_row(number) for number in range(ROWS)]
    frame: Any = pd.DataFrame(rows)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return {
        "comma.csv": _csv(rows, ","),
        "marked.csv": b"\xef\xbb\xbf" + _csv(rows, ","),
        "semi.csv": _csv(rows, ";"),
        "western.csv": _csv(rows, ",").decode().encode("cp1252"),
        "wide.csv": _csv(rows, "\t").decode().encode("utf-16"),
        "tabs.tsv": _csv(rows, "\t"),
        "lines.jsonl": lines.encode(),
        "list.json": json.dumps(rows).encode(),
        "studio.json": json.dumps([_studio(row) for row in rows]).encode(),
        "cvat.xml": _cvat(rows).encode(),
        "sheet.xlsx": _excel(rows),
        "plain.parquet": _parquet(frame),
        "indexed.parquet": _parquet(frame.set_index("filename"), index=True),
        "typed.parquet": _parquet(_typed(frame)),
        "held.parquet": _parquet(frame.assign(image=_pictures())),
        "folders.zip": packed(_folders()),
        "table.zip": packed({**_flat(), "labels.csv": _csv(rows, ",")}),
        "folders.tar": _tar("w"),
        "folders.tar.gz": _tar("w:gz"),
    }


def _row(number: int) -> dict[str, Any]:
    label, name = _LABELS[number % len(_LABELS)], f"{number:02}.png"
    words = {"asset_id": f"a{number}", "page": f"/a/{number}", "image": f"/i/{number}"}
    facts = {"filename": name, "sha256": f"{number:064x}", "bytes": 100 + number}
    features = {"h_hsv_mean": number + 0.25, "r_bgr_mean": 10.5 * number, "r_bgr_std": 1.5}
    told = {"color": label, "title": f"Größe, {number}", "creator": "É. “N”"}
    return {**words, **told, **facts, "width": 9, "height": 9, **features}


def _csv(rows: Sequence[dict[str, Any]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _studio(row: dict[str, Any]) -> dict[str, Any]:
    choice = {"from_name": "color", "value": {"choices": [row["color"]]}}
    return {"data": {"image": row["filename"]}, "annotations": [{"result": [choice]}]}


def _cvat(rows: Sequence[dict[str, Any]]) -> str:
    images = [f'<image name="{r["filename"]}"><tag label="{r["color"]}"/></image>' for r in rows]
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>{"".join(images)}</annotations>'


def _excel(rows: Sequence[dict[str, Any]]) -> bytes:
    book: Any = openpyxl.Workbook()
    buffer = io.BytesIO()
    for cells in [list(rows[0])] + [list(row.values()) for row in rows]:
        book.active.append(cells)
    book.save(buffer)
    return buffer.getvalue()


def _parquet(frame: pd.DataFrame, *, index: bool = False) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=index), buffer)
    return buffer.getvalue()


def _typed(frame: Any) -> Any:
    """Return a table with columns of every type that others write."""
    nothing = [None, *frame["bytes"].tolist()[1:]]
    odd = {"many": [["a"]] * ROWS, "inner": [{"x": 1}] * ROWS, "day": pd.Timestamp("2020-01-01")}
    return frame.assign(color=frame["color"].astype("category"), bytes=nothing, **odd)


def _pictures() -> list[dict[str, Any]]:
    files = sound_files()
    return [{"bytes": files[n % len(files)], "path": f"{n:02}.png"} for n in range(ROWS)]


def _folders() -> dict[str, bytes]:
    flat = _flat()
    return {f"{_LABELS[n % 2]}/{name}": data for n, (name, data) in enumerate(flat.items())}


def _flat() -> dict[str, bytes]:
    files = sound_files()
    return {f"{number:02}.png": files[number % len(files)] for number in range(ROWS)}


def _tar(mode: Any) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in _folders().items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _put_in(chance: random.Random, content: bytes) -> bytes:
    """Put something odd between any two bytes, or where a cell or a row begins."""
    odd = chance.choice(_ODDITIES)
    borders = [n + 1 for n, byte in enumerate(content[:4096]) if byte in b',;\t\n"[{>']
    place = (
        chance.choice(borders)
        if borders and chance.random() < 0.7
        else chance.randrange(len(content))
    )
    return content[:place] + odd + content[place:]


def _swap_words(chance: random.Random, content: bytes) -> bytes:
    """Take a word that the content has away, or something odd for it, once or everywhere."""
    words = content.replace(b"\n", b",").split(b",")
    word, odd = chance.choice(words), chance.choice((b"", *_ODDITIES[:40]))
    return content.replace(word, odd, chance.choice((1, -1))) if word else content


def _shuffle_lines(chance: random.Random, content: bytes) -> bytes:
    """Give rows another order, or some of them twice."""
    lines = content.split(b"\n")
    return b"\n".join(chance.choices(lines, k=len(lines)))


MUTATIONS: Final[Sequence[Mutation]] = (
    flip_bits,
    truncate,
    splice,
    overwrite_number,
    _put_in,
    _put_in,
    _swap_words,
    _shuffle_lines,
)
