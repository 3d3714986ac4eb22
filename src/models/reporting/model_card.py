"""The README of a model folder, written from the model's metadata (pure)."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..storage.metadata import ModelMetadata
from .leaderboard import leaderboard_cells, render_params

INTENDED_USE = """\
**For** naming the {task} of pictures of artworks (paintings, prints, drawings, textiles),
for sorting a collection, for teaching, and as a base to compare other models with.

**Not for** measuring pigments or colours exactly, for judging authenticity, date or value, or
for deciding anything about people. Photographs of everyday scenes are not what it has seen."""

LIMITS = """\
- The answer is always one of the classes above, whatever the picture shows.
- It sees averages and spreads of colour over the whole picture and nothing of shapes, so frames,
  walls and colour charts in a photograph count as part of the work.
- The hold-out comes from the same source as the training rows. On pictures from elsewhere, expect
  a lower accuracy, and probabilities that promise too much.
- Classes with few rows have uncertain figures: see the number of rows beside each."""


def render_model_card(metadata: ModelMetadata) -> str:
    """Return the model card in Markdown.

    Parameters
    ----------
    metadata : ModelMetadata
        All that the card tells comes from here; the same metadata give the same text.

    Returns
    -------
    str
        Ends with a newline.

    References
    ----------
    M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, for the choice of headings.
    """
    sections = {
        f"Model card: {metadata.task.called}": _summary(metadata),
        "Intended use": INTENDED_USE.format(task=metadata.task.called),
        "Data": _data(metadata),
        "Leaderboard": _leaderboard(metadata),
        "Hold-out": _holdout(metadata),
        "By class": _by_class(metadata),
        "Confusion matrix": _confusion(metadata),
        "Limits": LIMITS,
        "Made with": _versions(metadata),
    }
    marks = ["#"] + ["##"] * (len(sections) - 1)
    parts = [
        f"{mark} {title}\n\n{text}\n"
        for mark, (title, text) in zip(marks, sections.items(), strict=True)
    ]
    return "\n".join(parts)


def _summary(metadata: ModelMetadata) -> str:
    spec = metadata.feature_spec
    return (
        f"Says which {metadata.task.called} a picture has, as one of {len(metadata.classes)} "
        f"classes ({', '.join(metadata.classes)}), with a probability for each.\n\n"
        f"It is a `{metadata.family}` ({render_params(metadata.parameters)}) on "
        f"{len(spec.names)} standardised features (version {spec.version}: {spec.decode}), with "
        f"{metadata.calibration} calibration fitted across the training folds. The most probable "
        "class is always the answer."
    )


def _data(metadata: ModelMetadata) -> str:
    return (
        f"Source: {metadata.data_source} (sha256 `{metadata.data_sha256}`).\n\n"
        f"Fitted on {metadata.training_rows} rows; {metadata.holdout.rows} rows, a quarter of "
        "every class, were set aside before anything was fitted or chosen and looked at once."
    )


def _leaderboard(metadata: ModelMetadata) -> str:
    table = _table(
        ("family", "parameters", "accuracy", "one fit"), leaderboard_cells(metadata.leaderboard)
    )
    return f"Best of each family in a `{metadata.search}` search, over the same folds:\n\n{table}"


def _holdout(metadata: ModelMetadata) -> str:
    holdout = metadata.holdout
    rows = [
        ("accuracy", f"{holdout.accuracy:.4f}"),
        ("balanced accuracy (mean recall)", f"{holdout.balanced_accuracy:.4f}"),
        ("macro F1", f"{holdout.macro_f1:.4f}"),
        ("expected calibration error, 15 bins", f"{holdout.ece:.4f}"),
    ]
    return _table(("figure", f"on {holdout.rows} rows"), rows)


def _by_class(metadata: ModelMetadata) -> str:
    counts = np.array(metadata.holdout.confusion_matrix)
    right, actual, answered = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    rows = [
        (name, _share(right[i], actual[i]), _share(right[i], answered[i]), str(actual[i]))
        for i, name in enumerate(metadata.classes)
    ]
    return _table(("class", "recall", "precision", "rows"), rows)


def _confusion(metadata: ModelMetadata) -> str:
    rows = [
        (name, *map(str, counts))
        for name, counts in zip(metadata.classes, metadata.holdout.confusion_matrix, strict=True)
    ]
    return f"Rows are the truth, columns the answer.\n\n{_table(('', *metadata.classes), rows)}"


def _versions(metadata: ModelMetadata) -> str:
    # In the order of model.json, so that the card can be written again from it.
    versions = sorted(metadata.library_versions.items())
    return f"{', '.join(' '.join(pair) for pair in versions)}; seed {metadata.seed}."


def _share(part: int, whole: int) -> str:
    """Return a proportion with two decimals, or a dash where there is nothing to divide by."""
    return f"{part / whole:.2f}" if whole else "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
