"""A collection, measured and asked: every work, its answers, its copies, its neighbours, its place.

All models are asked of what one look at each picture gives; arrays grow with the number of works,
and hold some 4 KB of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.near_duplicates import Cluster, find_clusters
from ..errors import ArtlensError
from ..features.measuring import Specs
from ..jobs.shard_store import Picture
from ..models.answers import Panel
from ..models.comparing.comparer import Comparer, load_comparer
from ..models.comparing.pair_space import sigmoid
from ..models.registry import answers_already, choose_models, find_models
from ..records import FailedPrediction, Prediction, PredictionWarning
from ..tasks import TASKS, Kind, Task
from .glances import Errand, Glance, LastingGlances, Seen
from .likeness_map import map_collection
from .named_pictures import Named
from .nearest_works import Nearest, find_nearest, pairs_of_alike
from .wall_order import Palette, lab_of, order_wall

# What is shown beside a picture.
NEIGHBOURS: Final = 12
# Cosine of works that may be parts of one another. Of 150 works and three quarters of their sides
# 143 have more, and all are nearest to their own among 8,942, of which 2,451 have another so near.
_LEAST_ALIKE: Final = 0.8
# Works that are asked about at once: 17 MB of rows.
_BLOCK: Final = 512
_TOP: Final = 5


class Answer(NamedTuple):
    """What a model says of a work.

    Attributes
    ----------
    labels : tuple of str
        All that is said, most probable first.
    scores : dict of str to float
        Of the most probable classes.
    warnings : tuple of PredictionWarning
    """

    labels: tuple[str, ...]
    scores: dict[str, float]
    warnings: tuple[PredictionWarning, ...]

    @classmethod
    def of(cls, found: Prediction) -> "Answer":
        """Keep the part of a prediction that is shown."""
        return cls(found.labels, dict(islice(found.scores.items(), _TOP)), found.warnings)


class Work(NamedTuple):
    """A picture of the collection, seen and answered; an answer for each model, in their order."""

    picture: Picture
    glance: Glance
    answers: tuple[Answer, ...]

    @property
    def palette(self) -> Palette:
        """Its colours."""
        return Palette(lab_of(self.glance.measured.colors), self.glance.measured.shares)


@dataclass(frozen=True, slots=True)
class Judges:
    """What is asked about every picture: some questions, and what tells works alike."""

    panel: Panel
    comparer: Comparer

    @property
    def specs(self) -> Specs:
        """What has to be measured, each once."""
        return tuple(dict.fromkeys([*self.panel.specs, self.comparer.metadata.feature_spec]))

    @property
    def tasks(self) -> list[Task]:
        """The questions, in the order of the answers, with the classes of their models."""
        return [model.task.learned(model.classes) for model in self.panel.models]


def choose_judges(names: Sequence[str] | None) -> Judges:
    """Return the models of some questions, or of all that a model answers.

    Parameters
    ----------
    names : sequence of str or None
        Of questions or models; one text may hold several, with commas between them.

    Raises
    ------
    ModelError, ConfigError
        If one of them cannot be used, or there is none.
    """
    asked = [name.strip() for text in names or () for name in text.split(",") if name.strip()]
    return Judges(Panel.of(choose_models(asked or _answered(), None)), load_comparer())


def _answered() -> list[str]:
    """Return the questions about single pictures that a model answers."""
    own = {model.metadata.task.name: model.metadata.task for model in find_models()}
    known = {**TASKS, **dict(sorted(own.items()))}
    return [
        name
        for name, task in known.items()
        if task.kind is not Kind.SAME and answers_already(name) is not None
    ]


@dataclass(slots=True)
class Seeing:
    """Works as they are seen, with the vectors by which they are near."""

    works: list[Work]
    failed: list[tuple[Picture, ArtlensError]]
    looks: NDArray[np.float32]
    hands: NDArray[np.float32]
    biases: NDArray[np.float32]


class Copy(NamedTuple):
    """A work that is shown with another one, and what it is, seen from there."""

    work: Work
    relation: str


@dataclass(frozen=True, slots=True)
class Collection:
    """All that a site tells; works in the order of the wall.

    Attributes
    ----------
    works : list of Work
        One of each; the others are copies.
    copies : dict of int to list of Copy
        By the place of the work that is shown.
    by_look, by_hand : Nearest
        Scores are a cosine, and a probability of one artist where half of all pairs are by one.
    map : ndarray of float64, shape (n, 2)
    failed : list of tuple
        Pictures that cannot be read, and why not.
    """

    works: list[Work]
    copies: dict[int, list[Copy]]
    by_look: Nearest
    by_hand: Nearest
    map: NDArray[np.float64]
    failed: list[tuple[Picture, ArtlensError]] = field(default_factory=list)


def gather_collection(
    named: Named,
    judges: Judges,
    errand: Errand,
    jobs: int | None = None,
    *,
    closely: bool = False,
) -> Collection:
    """Look at all pictures, ask of each what is asked, and find out how they stand to one another.

    Parameters
    ----------
    named : Named
    judges : Judges
    errand : Errand
        With `Judges.specs`.
    jobs : int, optional
        Number of processes; by default one per core.
    closely : bool
        Whether copies are looked for in frames and on walls, too: see `find_clusters`.
    """
    seen = see_works(named, judges, errand, jobs)
    clusters = _find_copies(seen, errand.folder, jobs, closely=closely)
    folded = {place for cluster in clusters for place in cluster.others}
    shown = np.array([k for k in range(len(seen.works)) if k not in folded], np.intp)
    shown = shown[order_wall([seen.works[k].palette for k in shown])]
    looks = seen.looks[shown]
    place_of = {int(k): place for place, k in enumerate(shown)}
    return Collection(
        [seen.works[k] for k in shown],
        {place_of[c.kept]: _copies(c, seen.works) for c in clusters},
        find_nearest(looks, np.zeros(len(looks), np.float32), NEIGHBOURS),
        _by_hand(seen, shown, judges.comparer.offset),
        map_collection(looks),
        seen.failed,
    )


def see_works(named: Named, judges: Judges, errand: Errand, jobs: int | None = None) -> Seeing:
    """Look at all pictures and ask the models."""
    total = len(named.pictures)
    found = Seeing([], [], *_room(total, judges.comparer))
    with LastingGlances(errand) as lasting:
        looked = zip(named.pictures, lasting.see(named.pictures, named.stdin, jobs), strict=True)
        while some := list(islice(looked, _BLOCK)):
            found.failed += [(p, seen) for p, seen in some if isinstance(seen, ArtlensError)]
            _ask([(p, seen) for p, seen in some if isinstance(seen, Seen)], judges, found)
    count = len(found.works)
    found.looks, found.hands = found.looks[:count], found.hands[:count]
    found.biases = found.biases[:count]
    return found


def _room(
    total: int, comparer: Comparer
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return arrays for so many works."""
    one = comparer.place(np.zeros((1, len(comparer.metadata.feature_spec.names))))
    looks, hands = (
        np.empty((total, part.shape[1]), np.float32) for part in (one.looks, one.vectors)
    )
    return looks, hands, np.empty(total, np.float32)


def _ask(some: Sequence[tuple[Picture, Seen]], judges: Judges, found: Seeing) -> None:
    if not some:
        return
    specs, panel = judges.specs, judges.panel
    asked = [specs.index(spec) for spec in panel.specs]
    compared = specs.index(judges.comparer.metadata.feature_spec)
    start = len(found.works)
    part = slice(start, start + len(some))
    placed = judges.comparer.place(np.array([seen.rows[compared] for _, seen in some]))
    found.looks[part], found.hands[part] = placed.looks, placed.vectors
    found.biases[part] = placed.biases
    batch = [
        (picture.name, seen.measured.with_rows([seen.rows[k] for k in asked]))
        for picture, seen in some
    ]
    for (picture, seen), results in zip(some, panel.answer(batch), strict=True):
        answers = tuple(Answer.of(r) for r in results if not isinstance(r, FailedPrediction))
        found.works.append(Work(picture, seen.glance, answers))


def _find_copies(seen: Seeing, folder: str, jobs: int | None, *, closely: bool) -> list[Cluster]:
    """Find what shows one work; what has to be looked at closer is, in the small pictures."""
    paths = [str(Path(folder, work.glance.small.large)) for work in seen.works]
    prints = {place: work.glance.print for place, work in enumerate(seen.works)}
    alike = partial(pairs_of_alike, seen.looks, least=_LEAST_ALIKE)
    return find_clusters(paths, prints, alike, jobs, closely=closely)


def _copies(cluster: Cluster, works: Sequence[Work]) -> list[Copy]:
    pairs = zip(cluster.others, cluster.relations, strict=True)
    return [Copy(works[place], relation) for place, relation in pairs]


def _by_hand(seen: Seeing, shown: NDArray[np.intp], offset: float) -> Nearest:
    found = find_nearest(seen.hands[shown], seen.biases[shown], NEIGHBOURS)
    scores = sigmoid(found.scores.astype(np.float64) + offset).astype(np.float32)
    return Nearest(found.places, scores)
