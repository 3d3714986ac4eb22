"""What an import of Unsplash's data set has come to, in numbers and in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from tqdm import tqdm

from ..edges import align
from ..fetching.downloads import is_transient
from ..fetching.reporting import describe_end, exit_code_of

# By which its table of photos says that all that was asked for is there.
KEPT: Final = ""


class TagRow(NamedTuple):
    """How many pictures of the table have a tag, do not have it, and of how many nobody knows."""

    tag: str
    yes: int
    no: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Imported:
    """How far an import has come.

    Attributes
    ----------
    table : Path
        The table of pictures.
    photos : Path
        The table of all photos, with the reason of each.
    looked_at, keywords : int
        Photos, and rows of keywords.
    strangers : int
        Rows of keywords that are about wanted tags, and about photos that are not there.
    pictures : int
        Rows of the table of pictures.
    fetched : bool
        Whether pictures were asked for.
    tags : tuple of TagRow
    reasons : dict of str to int
        Photos that are not in the table of pictures, by reason.
    blocked : str
        Which host is left alone, and until when; empty if none is.
    stopped : bool
        Whether the user stopped it.
    """

    table: Path
    photos: Path
    looked_at: int
    keywords: int
    strangers: int
    pictures: int
    fetched: bool
    tags: tuple[TagRow, ...]
    reasons: Mapping[str, int]
    blocked: str = ""
    stopped: bool = False

    @property
    def exit_code(self) -> int:
        """0 if everything that is to be had is there, else the code of what kept it away."""
        failed = any(map(is_transient, self.reasons))
        return exit_code_of(failed=failed, blocked=self.blocked, stopped=self.stopped)

    def as_dict(self) -> dict[str, Any]:
        """Return plain types, for JSON."""
        tags = [row._asdict() for row in self.tags]
        paths = {"table": str(self.table), "photos": str(self.photos)}
        return asdict(self) | paths | {"tags": tags, "exit_code": self.exit_code}

    def text(self) -> str:
        """Return what was read, a line for each tag, and what was left out."""
        rows = [(row.tag, *(f"{count:,}" for count in row[1:])) for row in self.tags]
        lines = [
            f"{self.looked_at:,} photos and {self.keywords:,} keywords looked at; "
            f"{self.pictures:,} {'pictures' if self.fetched else 'photos without pictures'} in "
            f"{self.table}",
            align([("tag", "yes", "no", "not known"), *rows], numbers=True),
        ]
        if self.reasons:
            told = ", ".join(f"{count:,} {reason}" for reason, count in self.reasons.items())
            lines.append(f"left out: {told}; see {self.photos}")
        if self.strangers:
            lines.append(f"keywords of photos that are in no table of photos: {self.strangers:,}")
        if any(map(is_transient, self.reasons)):
            lines.append("what failed is asked for again with --retry-failed")
        return "\n".join(lines + describe_end(blocked=self.blocked, stopped=self.stopped))


class ImportProgress:
    """A line on a terminal: which table is read, then how many pictures came."""

    def __init__(self, stream: TextIO) -> None:
        self._bar = tqdm(desc="reading", unit=" rows", file=stream)
        self._lost = 0

    def tell(self, event: str, **facts: Any) -> None:
        """Take the event into account."""
        if event == "read":
            self._bar.update(facts["rows"])
        elif event == "fetching":
            self._bar.close()
            self._bar = tqdm(
                desc="fetching",
                unit=" pictures",
                file=self._bar.fp,
                total=facts["pictures"],
                initial=facts["there"],
            )
        elif event == "image":
            self._lost += bool(facts["reason"])
            self._bar.set_postfix(lost=self._lost, refresh=False)
            self._bar.update()
