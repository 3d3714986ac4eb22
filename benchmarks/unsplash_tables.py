"""Tables of photos and their keywords as Unsplash's data set has them: made, so of any size.

Run with ``python -m benchmarks.unsplash_tables FOLDER [PHOTOS]``. Nothing in them is Unsplash's.
"""

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple

PHOTOS: Final = 25_000
KEYWORDS_EACH: Final = 108
PARTS: Final = 3
PHOTO_COLUMNS: Final = (
    *("photo_id", "photo_url", "photo_image_url", "photo_submitted_at", "photo_featured"),
    *("photo_width", "photo_height", "photo_aspect_ratio", "photo_description"),
    *("photographer_username", "photographer_first_name", "photographer_last_name"),
    *("exif_camera_make", "exif_camera_model", "exif_iso", "exif_aperture_value"),
    *("exif_focal_length", "exif_exposure_time", "photo_location_name"),
    *("photo_location_latitude", "photo_location_longitude", "stats_views", "stats_downloads"),
    *("ai_description", "ai_primary_landmark_name", "blur_hash"),
)
KEYWORD_COLUMNS: Final = (
    *("photo_id", "keyword", "ai_service_1_confidence", "ai_service_2_confidence"),
    "suggested_by_user",
)
# How many photos of a hundred have a row of it.
COMMON: Final = {
    **{"nature": 55, "outdoors": 50, "person": 35, "human": 33, "plant": 30, "tree": 25},
    **{"water": 22, "animal": 12, "mountain": 14, "sea": 12},
}
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_ALPHABET: Final = _LETTERS + _LETTERS.upper() + "0123456789-_"
_WORDS: Final = 9000
_ODD: Final = (
    'He said "go"\nand went\tat once',
    "two lines\r\nof one photo",
    "a\ttab between",
    '"quoted" from its first letter',
    "día de otoño, 秋の日 🍁",
)


class Layout(NamedTuple):
    """How an edition is laid out: its separator, the ends of its names, and its services."""

    delimiter: str = "\t"
    suffix: str = ".tsv00"
    services: int = 2


LITE: Final = Layout()


def write_tables(
    folder: Path, photos: int, seed: int = 0, parts: int = PARTS, layout: Layout = LITE
) -> int:
    """Write ``photos.tsv000`` and ``keywords.tsv000`` and so on; return the rows of keywords.

    Parameters
    ----------
    folder : Path
    photos : int
    seed : int
    parts : int
        Of the keywords.
    layout : Layout
    """
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = ["".join(rng.choices(_ALPHABET, k=11)) for _ in range(photos)]
    with ExitStack() as stack:
        photo_file, *keyword_files = (
            stack.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            for name in (
                f"photos{layout.suffix}0",
                *(f"keywords{layout.suffix}{part}" for part in range(parts)),
            )
        )
        table = csv.writer(photo_file, delimiter=layout.delimiter, lineterminator="\n")
        table.writerow(PHOTO_COLUMNS)
        table.writerows(_photo(name, rng) for name in names)
        tables = [
            csv.writer(file, delimiter=layout.delimiter, lineterminator="\n")
            for file in keyword_files
        ]
        for each in tables:
            each.writerow(_columns(layout.services))
        return _write_keywords(names, tables, layout.services, rng)


def _columns(services: int) -> tuple[str, ...]:
    confidences = [f"ai_service_{number}_confidence" for number in range(1, services + 1)]
    return ("photo_id", "keyword", *confidences, "suggested_by_user")


def _photo(name: str, rng: random.Random) -> tuple[object, ...]:
    width, height = rng.choice([(6000, 4000), (4000, 6000), (5184, 3456)])
    there = rng.random
    description = "" if there() < 0.55 else rng.choice(_ODD) if there() < 0.05 else "fog on a hill"
    place = there() < 0.3
    return (
        *(name, f"https://unsplash.com/photos/{name}"),
        f"https://images.unsplash.com/photo-{rng.randrange(10**12):013d}-{rng.randrange(2**48):x}",
        f"2019-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} 08:00:00.123456",
        *("t", width, height, round(width / height, 2), description),
        *(f"someone{rng.randrange(9000)}", "Some", "One" if there() < 0.9 else ""),
        *(("NIKON", "D850", 100, "8.0", "35.0", "1/250") if there() < 0.7 else ("",) * 6),
        *(("Somewhere", 40.5, -73.25) if place else ("",) * 3),
        *(rng.randrange(10**7), rng.randrange(10**5), "a hill in fog", "", "LIDk-HWB00ayWBj[ofay"),
    )


def _write_keywords(
    names: Sequence[str], tables: Sequence[object], services: int, rng: random.Random
) -> int:
    rows, words = 0, ["".join(rng.choices(_LETTERS, k=rng.randint(3, 11))) for _ in range(_WORDS)]
    writers = cycle(tables)
    for name in names:
        found = list(_keywords(name, words, services, rng))
        next(writers).writerows(found)  # type: ignore[attr-defined]
        rows += len(found)
    return rows


def _keywords(
    name: str, words: Sequence[str], services: int, rng: random.Random
) -> Iterator[tuple[str, ...]]:
    common = [tag for tag, share in COMMON.items() if rng.random() * 100 < share]
    others = rng.sample(words, KEYWORDS_EACH - len(common))
    for word in (*common, *others):
        spelt = word.capitalize() if rng.random() < 0.01 else word
        said = [_confidence(rng) for _ in range(services)]
        by_user = rng.random() < 0.08 or not any(said)
        yield name, spelt, *said, "t" if by_user else "f"


def _confidence(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return ""
    if rng.random() < 0.3:
        return f"{rng.uniform(99, 100):.13f}"
    return f"{rng.uniform(20, 99):.13f}"


if __name__ == "__main__":
    folder, *rest = sys.argv[1:]
    print(write_tables(Path(folder), int(rest[0]) if rest else PHOTOS), "rows of keywords")
