"""Accepted posts -> their pictures: fetched, each once, and the next where one is gone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import Final

from ..data.near_duplicates import Cluster, find_duplicates
from ..errors import Blocked, DownloadError
from ..fetching.client import Body
from ..fetching.downloads import Accept, Fetcher, Request, download
from ..fetching.outside import host_of, stand_in_address
from .choosing import WantedPicture, choose, considered, pictures_of
from .placeholders import is_placeholder, known_placeholders
from .post_store import DELETED, LACKING, PostStore
from .posts import post_of
from .recipe import Recipe
from .run_parts import Run
from .selection import Candidate, Candidates

_COMPARED: Final = "compared"
# Of a host that answers, but not to us.
_REFUSED: Final = "refused"
Chosen = Mapping[str, list[Candidate]]


@dataclass(slots=True)
class Gathering:
    """The pictures of one run.

    Attributes
    ----------
    run : Run
    candidates : Candidates
        The accepted posts.
    recipe : Recipe
    fetcher : Fetcher
    blocked : Blocked, optional
        The last host that is left alone.
    """

    run: Run
    candidates: Candidates
    recipe: Recipe
    fetcher: Fetcher
    blocked: Blocked | None = None
    _left_alone: set[str] = field(default_factory=set)

    @property
    def store(self) -> PostStore:
        """What is known."""
        return self.run.store

    def chosen(self) -> dict[str, list[Candidate]]:
        """Return the posts to collect, after what is known by now."""
        states, said = self.store.states(), self.store.asked_again()
        return choose(self.candidates, self.recipe, states, said)

    def considered(self) -> Iterator[Candidate]:
        """Yield the posts that were chosen, and those that they took the places of."""
        states, said = self.store.states(), self.store.asked_again()
        for label, chosen in self.chosen().items():
            yield from considered(self.candidates.in_order(label), chosen, states, said)

    def gather(self) -> None:
        """Fetch until each class has its pictures, or no more are to be had in this run."""
        while not self.run.stop.is_set():
            chosen = self._note(self.chosen())
            if self._drop_deleted(chosen) or self._fetch(chosen):
                continue
            if self.blocked or not self._drop_duplicates(chosen):
                return

    def _note(self, chosen: Chosen) -> Chosen:
        keys = {
            label: [picture.key for post in posts for picture in pictures_of(post)]
            for label, posts in chosen.items()
        }
        self.store.note_wanted(keys)
        lacking = sum(post.post.missing for posts in chosen.values() for post in posts)
        self.store.set_note(LACKING, str(lacking))
        return chosen

    def tidy(self) -> None:
        """Remove pictures that are not wanted: of a duplicate, or where a class got fewer posts."""
        wanted = {picture.key for picture in _pictures(self._note(self.chosen()))}
        self.store.forget_images(self.store.stored().keys() - wanted)
        known = {stored.filename for stored in self.store.stored().values()}
        for path in self.run.folder.images.iterdir():
            if path.name not in known and self.store.is_accepted(path.stem.partition("-")[0]):
                path.unlink()

    def _drop_deleted(self, chosen: Chosen) -> bool:
        """Ask for posts again that are about to be fetched; tell whether some are gone."""
        if self.run.api is None:
            return False
        known = self.store.asked_again()
        ids = [c.post.id for posts in chosen.values() for c in posts if c.post.id not in known]
        if not ids:
            return False
        said = dict.fromkeys(ids, DELETED)
        for submission in self.run.api.ask_again(ids):
            post = post_of(submission)
            said[post.id] = DELETED if post.removed_by else ""
        self.store.note_asked(said)
        return DELETED in said.values()

    def _fetch(self, chosen: Chosen) -> bool:
        """Fetch what was not asked for yet; tell whether there was anything."""
        known = self.store.states().keys() | self._left_alone
        waiting = [picture for picture in _pictures(chosen) if picture.key not in known]
        requests = [self._request(picture) for picture in waiting]
        hosts = Counter(host_of(self._request(p).url) for p in _pictures(chosen))
        accept = _acceptor(self.recipe)
        for result in download(requests, self.run.folder.images, self.store, self.fetcher, accept):
            reason = result.reason
            if isinstance(result.outcome, Blocked):
                reason = self._leave_alone(result.request, result.outcome, hosts)
            self.run.report.tell("image", label=result.request.tag, reason=reason)
        return bool(requests)

    def _leave_alone(self, request: Request, error: Blocked, hosts: Counter[str]) -> str:
        """Let a picture wait for another run, or fail if its host is one of many that are down."""
        if error.reason != _REFUSED and 2 * hosts[host_of(request.url)] <= hosts.total():
            failure = DownloadError(error.reason, str(error))
            self.store.record_images([(request.key, failure)])
            return failure.reason
        self._left_alone.add(request.key)
        self.blocked = error
        return error.reason

    def _request(self, picture: WantedPicture) -> Request:
        url = stand_in_address(self.run.site, picture.url)
        return Request(picture.key, url, tag=picture.candidate.verdict.label)

    def _drop_duplicates(self, chosen: Chosen) -> bool:
        """Look for pictures that another post shows as well; tell whether there are any."""
        stored = self.store.stored()
        pictures = [picture for picture in _pictures(chosen) if picture.key in stored]
        digest = sha256(repr([(p.key, stored[p.key].sha256) for p in pictures]).encode())
        if digest.hexdigest() == self.store.note(_COMPARED):
            return False
        self.run.report.tell("comparing", pictures=len(pictures))
        paths = [str(self.run.folder.images / stored[picture.key].filename) for picture in pictures]
        shown_by = dict(chain.from_iterable(
            _copies(cluster, pictures, paths) for cluster in find_duplicates(paths).clusters
        ))  # fmt: skip
        self.store.note_duplicates(shown_by)
        if not shown_by:
            self.store.set_note(_COMPARED, digest.hexdigest())
        return bool(shown_by)


def _pictures(chosen: Chosen) -> Iterator[WantedPicture]:
    for candidates in chosen.values():
        for candidate in candidates:
            yield from pictures_of(candidate)


def _copies(
    cluster: Cluster, pictures: list[WantedPicture], paths: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield what a cluster holds beside the best of its pictures; a gallery may show a work twice.

    Unless it does so in the very same bytes.
    """
    kept = pictures[cluster.kept]
    for place, relation in zip(cluster.others, cluster.relations, strict=True):
        other = pictures[place]
        if other.candidate.post.id != kept.candidate.post.id or relation == "the same file":
            yield other.key, kept.key


def _acceptor(recipe: Recipe) -> Accept:
    """Return what refuses placeholders, and pictures that are too small for the recipe."""
    known, wanted = known_placeholders(), recipe.posts

    def accept(body: Body, width: int, height: int) -> None:
        if is_placeholder(body, known):
            raise DownloadError("placeholder", f"what stands for a removed picture ({body.url})")
        if width < wanted.least_width or height < wanted.least_height:
            least = f"{wanted.least_width} x {wanted.least_height}"
            raise DownloadError("too-small", f"{width} x {height} pixels, expected {least}")

    return accept
