"""What a collection has come to, in numbers and in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TextIO

from tqdm import tqdm

from ..fetching.reporting import describe_end, exit_code_of
from .post_store import HOLDS, LACKING, UNREADABLE, ListingRow, PostStore, may_be_had

# Of the thousand that Reddit lists, a few are often held back.
_NEARLY_ALL: Final = 950


@dataclass(frozen=True, slots=True)
class ClassRow:
    """How many pictures of a class are wanted, on the disk, and may be had another time."""

    label: str
    wanted: int
    stored: int
    failed: int

    def text(self) -> str:
        """Say it in words.

        Examples
        --------
        >>> ClassRow("ink", 60, 59, 1).text()
        'ink: 59 of 60 pictures stored, 1 failed'
        """
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.label}: {self.stored:,} of {self.wanted:,} pictures stored{failed}"


@dataclass(frozen=True, slots=True)
class Collected:
    """How far everything has come.

    Attributes
    ----------
    holds : str
        What is collected: posts of which place, by which recipe, out of which sources.
    classes : tuple of ClassRow
    looked_at : int
        Posts, of which some were refused.
    refused : dict of str to int
        By reason.
    gone : dict of str to int
        Pictures that are not to be had, and whose place was taken, by reason.
    failed : dict of str to int
        Pictures that may be had another time, by reason.
    unreadable : int
        Lines of files that were no posts.
    lacking : int
        Pictures that galleries say they had, without where.
    deleted : int
        Posts that were deleted since they were listed.
    listings : tuple of ListingRow
        How each listing ended.
    blocked : str
        Which host is left alone, and until when; empty if none is.
    stopped : bool
        Whether the user stopped it.
    """

    holds: str
    classes: tuple[ClassRow, ...]
    looked_at: int
    refused: dict[str, int]
    gone: dict[str, int]
    failed: dict[str, int]
    unreadable: int
    lacking: int
    deleted: int
    listings: tuple[ListingRow, ...]
    blocked: str
    stopped: bool

    @property
    def exit_code(self) -> int:
        """0 if everything that is to be had is there, else the code of what kept it away."""
        unfinished = not self.classes or any(row.stored < row.wanted for row in self.classes)
        lost = self.failed or self.unreadable or any(listing.reason for listing in self.listings)
        return exit_code_of(
            failed=bool(unfinished or lost), blocked=self.blocked, stopped=self.stopped
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain types, for JSON."""
        listings = [listing._asdict() for listing in self.listings]
        return asdict(self) | {"listings": listings, "exit_code": self.exit_code}

    def text(self) -> str:
        """Return a line for each class, and one for each kind of loss."""
        lines = [self.holds, *(row.text() for row in self.classes)]
        lines.append(f"posts looked at: {self.looked_at:,}" + _told("refused", self.refused))
        lines += filter(None, map(_describe_listing, self.listings))
        if self.unreadable:
            lines.append(f"lines of files that are no posts: {self.unreadable:,}")
        if self.lacking:
            lines.append(f"pictures that galleries do not have any more: {self.lacking:,}")
        if self.deleted:
            lines.append(f"deleted since they were listed: {self.deleted:,} posts")
        if self.gone:
            lines.append(f"gone, and replaced where there were more posts{_told('', self.gone)}")
        if self.failed:
            lines.append(
                f"failed{_told('', self.failed)}; take them up again with --retry-failed, or give "
                "their places to others with --replace-failed"
            )
        return "\n".join(lines + describe_end(blocked=self.blocked, stopped=self.stopped))


class CollectingProgress:
    """A line on a terminal: how many pictures came, and how many did not."""

    def __init__(self, stream: TextIO) -> None:
        self._bar = tqdm(desc="fetching", unit=" pictures", file=stream)
        self._lost = 0

    def tell(self, event: str, **facts: Any) -> None:
        """Take the event into account."""
        if event == "image":
            self._lost += bool(facts["reason"])
            self._bar.set_postfix(lost=self._lost, refresh=False)
            self._bar.update()
        elif event == "comparing":
            self._bar.set_description("comparing")
            self._bar.set_description("fetching", refresh=False)


def _describe_listing(row: ListingRow) -> str:
    """Say what one should know of a listing, if anything."""
    if row.reason:
        return f"{row.name}: {row.reason}"
    if row.found < _NEARLY_ALL:
        return ""
    return f"{row.name}: {row.found:,} posts; Reddit lists no more than a thousand, a dump has all"


def _told(what: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
    return f", {what}: {reasons}" if what else f": {reasons}"


def summarise(store: PostStore, *, blocked: str = "", stopped: bool = False) -> Collected:
    """Read from the state how far a collection has come."""
    states, failures = store.states(), store.failures()
    return Collected(
        store.note(HOLDS),
        tuple(_row(label, keys, states) for label, keys in store.wanted().items()),
        store.count_posts(),
        store.refusals(),
        {reason: count for reason, count in failures.items() if not may_be_had(reason)},
        {reason: count for reason, count in failures.items() if may_be_had(reason)},
        int(store.note(UNREADABLE) or 0),
        int(store.note(LACKING) or 0),
        Counter(map(bool, store.asked_again().values()))[True],
        tuple(store.listings()),
        blocked,
        stopped,
    )


def _row(label: str, keys: Sequence[str], states: Mapping[str, str]) -> ClassRow:
    found = Counter(
        "waiting" if key not in states else "stored" if not states[key] else "lost"
        if not may_be_had(states[key]) else "failed"
        for key in keys
    )  # fmt: skip
    # Of a gallery a picture may be gone while the others stay.
    return ClassRow(label, len(keys) - found["lost"], found["stored"], found["failed"])
