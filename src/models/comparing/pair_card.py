"""What is told of a model that compares hands: in a terminal, and as its card (pure)."""

from typing import Any, Final

from ...edges import align
from ..storage.metadata import ModelMetadata

_CALLED: Final = {
    "auc": "area under the ROC curve",
    "equal_error": "equal error rate",
    "true_accepts": "pairs of one artist found at 1 % false ones",
    "precision": "of these right, where 1.3 % of pairs are of one artist",
}
_HEAD: Final = ("", "artists never seen", "known artists, other works")
_USE: Final = (
    "**For** sorting a collection, for finding works that may belong together, for teaching.\n\n"
    "**Not for** judging who made a work, authenticity, date or value. Works of a school, a "
    "workshop or a follower are alike as those of one hand are."
)
_LIMITS: Final = (
    "- It sees photographs, at a few hundred pixels: subject, technique, period and how a picture "
    "was taken count\n  as much as the hand. Two prints in one manner, or two photographs with one "
    "cast of colour, score too high.\n"
    "- The score is calibrated where half of all pairs are by one artist. In a collection of "
    "hundreds of artists about\n  one pair in a hundred is: give the share with "
    "`--same-share`, which lowers scores as it should.\n"
    "- Figures come from one collection. Artists are few, so intervals are wide: they come from "
    "drawing artists, not pairs.\n"
    "- The limits of verdicts were chosen by the same pairs as their errors are told of, and so "
    "were the two numbers of\n  the calibration."
)


def render_pair_figures(metadata: ModelMetadata) -> str:
    """Return the figures as plain text, ready to print."""
    return align([_HEAD, *_figures(metadata)])


def _figures(metadata: ModelMetadata) -> list[tuple[str, str, str]]:
    new, known = metadata.parameters["new"], metadata.parameters["known"]
    return [(called, _cell(new[name]), _cell(known[name])) for name, called in _CALLED.items()]


def _cell(figure: list[float]) -> str:
    value, low, high = figure
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def render_pair_card(metadata: ModelMetadata) -> str:
    """Return the model card in Markdown; the same metadata give the same text.

    References
    ----------
    M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, for the choice of headings.
    """
    versions = sorted(metadata.library_versions.items())
    sections = {
        f"# Model card: {metadata.task.called}": _summary(metadata),
        "## Intended use": _USE,
        "## Data": _data(metadata),
        "## How well": _how_well(metadata),
        "## Verdicts": _verdicts(metadata.parameters["verdicts"]),
        "## Limits": _LIMITS,
        "## Made with": f"{', '.join(map(' '.join, versions))}; seed {metadata.seed}.",
    }
    return "\n".join(f"{title}\n\n{text}\n" for title, text in sections.items())


def _summary(metadata: ModelMetadata) -> str:
    spec = metadata.feature_spec
    return (
        "Says how probable it is that two pictures are by one artist, whether or not that artist "
        f"is known here.\n\nIt adds up three signs of the {len(spec.names):,} numbers that the "
        f"network {spec.network.replace(' ', ' (sha256 `')}`) gives for a picture ({spec.decode}): "
        "the likelihood ratio of a two-covariance probabilistic discriminant analysis, the cosine "
        "of the two works' logits by a classifier of artists, and the product of the roots of "
        "their class probabilities. A logistic calibration makes it a probability."
    )


def _data(metadata: ModelMetadata) -> str:
    told = metadata.parameters
    unseen = (
        "; of the artists that it was judged and calibrated by as never seen, the network had seen "
        "no picture either"
        if metadata.judged_unseen
        else "; it had seen works of the artists that the model was judged by, so that all figures "
        "are too good"
    )
    seen = f" The network was trained on {metadata.seen_rows:,} of them{unseen}."
    return (
        f"Source: {metadata.data_source} (sha256 `{metadata.data_sha256}`).\n\n"
        f"Fitted on {metadata.training_rows:,} works of {told['artists']} artists."
        f"{seen if metadata.seen_rows else ''} Figures and calibration come from models of the "
        "same kind that were fitted without the works that are compared."
    )


def _how_well(metadata: ModelMetadata) -> str:
    rows = [_HEAD, ("---",) * 3, *_figures(metadata)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"{table}\n\nOver all pairs of works, with 95 % intervals. Artists never seen: "
        f"{metadata.parameters['new_artists']}, each left out of a fit with all works. "
        f"Of pairs of these of which half are by one artist, {metadata.holdout.accuracy:.1%} are "
        f"told right, with a calibration error of {metadata.holdout.ece:.3f}."
    )


def _verdicts(told: dict[str, Any]) -> str:
    return (
        f"**same**: {told['same_found']:.1%} of the pairs of one artist are called so, and "
        f"{told['same_wrong']:.1%} of the pairs of two. **different**: "
        f"{told['different_found']:.1%} of the pairs of two artists, and "
        f"{told['different_wrong']:.1%} of those of one. All else is **unsure**. The artists are "
        "those never seen."
    )
