"""The README of a model folder, written from the model's metadata (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from ...edges import align, name_some
from ...tasks import Kind, Task
from ..one_answer import name_counts
from ..storage.metadata import LeaderboardRow, ManyFigures, ModelMetadata
from ..training.plan import AVERAGE, MOST_CLASSES, families_of

# So many classes are told one by one, in sentences, tables and confusion matrices; of more, those
# that differ most.
FULLY_TOLD: Final = 20
_TOLD_OF_MORE: Final = 10
TAG_HEAD: Final = (
    "tag",
    "average precision",
    "F1",
    "precision",
    "recall",
    "threshold",
    "has it",
    "known",
)


def intended_use(metadata: ModelMetadata) -> str:
    """Return what a model is for, and what not, in Markdown."""
    exactly = "measuring pigments or colours exactly, for " if metadata.task.swatches else ""
    return (
        f"**For** naming the {metadata.task.called} of pictures like those that it was trained on, "
        "for sorting a collection, for teaching, and as a base to compare other models with.\n\n"
        f"**Not for** {exactly}judging authenticity, date or value, or for deciding anything about "
        "people. Pictures of another sort than its training rows are not what it has seen."
    )


def limits(metadata: ModelMetadata) -> str:
    """Return what a model cannot do, as a list in Markdown."""
    seen = _SEEN.get(metadata.feature_spec.name, _SEEN_OTHERWISE)
    answer = (
        "- It knows no other tags than those above. What is known of some sources' pictures alone "
        "may be\n  said for the look of these sources.\n"
        if metadata.holdout.many
        else "- The answer is always one of the classes above, whatever the picture shows.\n"
    )
    return (
        f"{answer}"
        f"- {seen}\n"
        "- The hold-out comes from the same source as the training rows. On pictures from "
        "elsewhere, expect\n  a lower accuracy, and probabilities that promise too much.\n"
        "- Classes with few rows have uncertain figures: see the number of rows beside each."
    )


# By the name of the features.
_SEEN: Final[Mapping[str, str]] = {
    "color": (
        "It sees averages and spreads of colour over the whole picture and nothing of shapes, so "
        "frames,\n  walls and colour charts in a photograph count as part of the work."
    ),
}
_SEEN_OTHERWISE: Final = "It sees the whole picture, so frames and walls count as part of the work."


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
        "Intended use": intended_use(metadata),
        "Data": _data(metadata),
        "Leaderboard": _leaderboard(metadata),
        **_networks(metadata),
        "Hold-out": _holdout(metadata),
        **_class_sections(metadata),
        "Limits": limits(metadata),
        "Made with": _versions(metadata),
    }
    marks = ["#"] + ["##"] * (len(sections) - 1)
    parts = [
        f"{mark} {title}\n\n{text}\n"
        for mark, (title, text) in zip(marks, sections.items(), strict=True)
    ]
    return "\n".join(parts)


def _class_sections(metadata: ModelMetadata) -> dict[str, str]:
    """Return by heading what is told of each class."""
    if metadata.holdout.many is not None:
        return {"By tag": _by_tag(metadata.holdout.many)}
    many = len(metadata.classes) > FULLY_TOLD
    confusions = "Confusions" if many else "Confusion matrix"
    return {"By class": _by_class(metadata), confusions: _confusion(metadata)}


def name_classes(classes: Sequence[str]) -> str:
    """Return classes in one line: all of them, or of many the first.

    Examples
    --------
    >>> name_classes([f"no {i}" for i in range(300)])[-23:]
    'no 8, no 9 and 290 more'
    """
    return name_some(classes, FULLY_TOLD if len(classes) <= FULLY_TOLD else _TOLD_OF_MORE)


def leaderboard_cells(leaderboard: Sequence[LeaderboardRow]) -> list[tuple[str, str, str, str]]:
    """Return family, parameters, accuracy over the folds and time of one fit, row by row."""
    return [
        (row.family, render_params(row.params), render_score(row), f"{row.fit_seconds:.1f} s")
        for row in leaderboard
    ]


def render_leaderboard(leaderboard: Sequence[LeaderboardRow], compared_by: str = "accuracy") -> str:
    """Return the leaderboard as a table with aligned columns.

    Examples
    --------
    >>> row = LeaderboardRow("svm", {"C": 100, "gamma": 0.01}, 0.8785, 0.0021, 1.3)
    >>> print(render_leaderboard([row]))
    family  parameters         CV accuracy      fit time
    svm     C=100, gamma=0.01  0.8785 ± 0.0021  1.3 s
    """
    head = ("family", "parameters", f"CV {compared_by}", "fit time")
    return align([head, *leaderboard_cells(leaderboard)])


def render_networks(metadata: ModelMetadata) -> str:
    """Return what the networks that were compared are worth and cost, with aligned columns."""
    head, *rows = network_cells(metadata)
    return align([head, *rows])


def network_cells(metadata: ModelMetadata) -> list[tuple[str, ...]]:
    """Return a line of names, then one for each network that was compared; ``*`` marks the best."""
    kept = metadata.feature_spec.network.partition(" ")[0]
    figures = list(metadata.networks[0].figures)
    head = ("", "network", "numbers", "MB", "ms a picture", "pictures/s", "CV score", *figures)
    return [
        head,
        *(
            (
                "*" if row.network == kept else "",
                row.network,
                f"{row.width:,}",
                f"{row.bytes / 1e6:.1f}",
                f"{row.picture_ms:.1f}",
                f"{1000 / row.picture_ms:.1f}",
                f"{row.cv_mean:.4f} ± {row.cv_std:.4f}",
                *(f"{row.figures[name]:.4f}" for name in figures),
            )
            for row in metadata.networks
        ),
    ]


def render_params(params: Mapping[str, Any]) -> str:
    """Return parameters in one line, in the order in which ``model.json`` has them.

    Examples
    --------
    >>> render_params({"gamma": 0.01, "C": 100})
    'C=100, gamma=0.01'
    """
    return ", ".join(f"{name}={params[name]}" for name in sorted(params))


def render_score(row: LeaderboardRow, digits: int = 4) -> str:
    """Return mean and standard deviation over the folds, and over which unless over all.

    Examples
    --------
    >>> render_score(LeaderboardRow("lda", {}, 0.7, 0, 0.1, given_up_after=1))
    '0.7000 on the first fold, given up'
    """
    mean, spread = f"{row.cv_mean:.{digits}f}", f" ± {row.cv_std:.{digits}f}"
    if not row.given_up_after:
        return mean + spread
    if row.given_up_after == 1:
        return f"{mean} on the first fold, given up"
    return f"{mean}{spread} on {row.given_up_after} folds, given up"


def describe_given_up(leaderboard: Sequence[LeaderboardRow]) -> str:
    """Say why not every family was tried on all folds; empty where it was."""
    if not any(row.given_up_after for row in leaderboard):
        return ""
    return "A family was given up where it was too far behind the leader of the same folds to win."


def families_left_out(searched: Sequence[str], classes: int, width: int = 1) -> str:
    """Say which families do not compete where there are so many classes; empty for none.

    Examples
    --------
    >>> families_left_out(["svm", "logistic_regression", "neural_network"], 300)
    '300 classes are too many for random_forest, gradient_boosting'
    """
    left_out = [
        name
        for name, most in MOST_CLASSES.items()
        if name in families_of(width) and name not in searched and classes > most
    ]
    return f"{classes} classes are too many for {', '.join(left_out)}" if left_out else ""


def describe_split(metadata: ModelMetadata) -> str:
    """Say in a few words which rows a model was judged by."""
    if metadata.judged_unseen and metadata.seen_rows:
        several = bool(metadata.networks)
        network = "none of the networks was" if several else "the network was not"
        as_was = "one of them was" if several else "it was"
        return (
            f"pictures that {network} trained on, as {as_was} on those of {metadata.seen_rows} rows"
        )
    if metadata.given_split:
        return "those that the table marks as `test`"
    if metadata.task.kind is Kind.MANY:
        return "about a quarter of those that have each tag, and of those that lack it"
    if metadata.task.group:
        return f"about a quarter, so that no `{metadata.task.group}` stands on both sides"
    return "about a quarter" if metadata.painted_rows else "a quarter of every class"


def _summary(metadata: ModelMetadata) -> str:
    spec = metadata.feature_spec
    name, _, digest = spec.network.partition(" ")
    network = f" of the network {name} (sha256 `{digest}`)" if name else ""
    classes = _plain(name_classes(metadata.classes))
    if metadata.holdout.many:
        what = (
            f"Says which of {len(metadata.classes)} tags ({classes}) a picture has: any number of "
            "them, each with a probability of its own."
        )
        how = "Each tag has a threshold, and is said where its probability reaches that."
    else:
        what = (
            f"Says which {metadata.task.called} a picture has, as one of {len(metadata.classes)} "
            f"classes ({classes}), with a probability for each."
        )
        how = "The most probable class is always the answer."
    return (
        f"{what}\n\n"
        f"It is a `{metadata.family}` ({render_params(metadata.parameters)}) on "
        f"{len(spec.names)} standardised features{network} (version {spec.version}: "
        f"{spec.decode}), with {metadata.calibration} calibration fitted across the training "
        f"folds. {how}"
    )


def _data(metadata: ModelMetadata) -> str:
    text = (
        f"Source: {metadata.data_source} (sha256 `{metadata.data_sha256}`).\n\n"
        f"Fitted on {metadata.training_rows} rows{_beside(metadata)}; {metadata.holdout.rows} "
        f"rows, {describe_split(metadata)}, were set aside before anything was fitted or chosen "
        "and looked at once."
    )
    if not metadata.left_out:
        return text
    return (
        f"{text}\n\nLeft out, for they have too few rows to be learned "
        f"({metadata.min_count} are needed): {_plain(name_counts(metadata.left_out))}."
    )


def _beside(metadata: ModelMetadata) -> str:
    mirrored, painted = metadata.mirrored_rows, metadata.painted_rows
    if painted:
        return (
            f", and on {painted} paintings of the built-in gallery (sha256 "
            f"`{metadata.gallery_sha256}`), which have no say in what is compared, calibrated and "
            "judged"
        )
    return (
        f", and on {mirrored} of their pictures mirrored, of classes with few" if mirrored else ""
    )


def _leaderboard(metadata: ModelMetadata) -> str:
    table = _table(
        ("family", "parameters", compared_by(metadata.task), "one fit"),
        leaderboard_cells(metadata.leaderboard),
    )
    text = f"Best of each family in a `{metadata.search}` search, over the same folds:\n\n{table}"
    if given_up := describe_given_up(metadata.leaderboard):
        text += f"\n\n{given_up}"
    searched, width = [row.family for row in metadata.leaderboard], len(metadata.feature_spec.names)
    missing = families_left_out(searched, len(metadata.classes), width)
    if AVERAGE in searched:
        text += (
            "\n\nThe parameters of `average` are the shares of the families that it averages, each "
            "with its parameters above. As these were chosen on the same folds, all figures here "
            "are a little too good; those of the hold-out are not."
        )
    return f"{text}\n\n{missing[0].upper()}{missing[1:]}." if missing else text


def _networks(metadata: ModelMetadata) -> dict[str, str]:
    """Return a section on the networks that were compared, if any were."""
    if not metadata.networks:
        return {}
    head, *rows = network_cells(metadata)
    return {
        "Networks side by side": f"{_table(head, rows)}\n\nAll measured the same pictures, were "
        "trained on the same rows, and judged by the same hold-out. The one with the mark did best "
        "over the training folds; the hold-out had no say. A picture is timed from its pixels to "
        "its row, on one thread of the machine that trained it."
    }


def compared_by(task: Task) -> str:
    """Return the figure by which families compete over the folds."""
    if task.kind is Kind.MANY:
        return "mean average precision"
    return "balanced accuracy" if task.balanced else "accuracy"


def _holdout(metadata: ModelMetadata) -> str:
    holdout = metadata.holdout
    rows = [
        ("accuracy", f"{holdout.accuracy:.4f}"),
        ("balanced accuracy (mean recall)", f"{holdout.balanced_accuracy:.4f}"),
        ("macro F1", f"{holdout.macro_f1:.4f}"),
        ("expected calibration error, 15 bins", f"{holdout.ece:.4f}"),
    ]
    if holdout.many is not None:
        rows = [
            ("mean average precision", f"{holdout.many.mean_average_precision:.4f}"),
            ("macro F1", f"{holdout.macro_f1:.4f}"),
            ("micro F1", f"{holdout.many.micro_f1:.4f}"),
            ("all that is known right", f"{holdout.accuracy:.4f}"),
            ("wrong of all that is said (hamming loss)", f"{holdout.many.hamming_loss:.4f}"),
            rows[-1],
        ]
    if holdout.top_5 is not None:
        rows.insert(1, ("among the five likeliest", f"{holdout.top_5:.4f}"))
    table = _table(("figure", f"on {holdout.rows} rows"), rows)
    return f"{table}\n\n{leak}" if (leak := describe_leak(metadata)) else table


def describe_leak(metadata: ModelMetadata) -> str:
    """Say what keeping groups together is for, in figures; nothing where no group has two rows."""
    leak, group = metadata.leak, metadata.task.group
    if leak is None:
        return ""
    apart = metadata.holdout.accuracy
    lucky = "" if leak.accuracy > apart else " So on these few it makes no difference that shows."
    return (
        f"{leak.repeated} rows share their `{group}` with others, and each `{group}` stands on one "
        f"side. Were they dealt out one by one, the accuracy would seem to be {leak.accuracy:.4f}, "
        f"rather than {apart:.4f}.{lucky}"
    )


def tag_cells(many: ManyFigures) -> list[tuple[str, ...]]:
    """Return a row of texts for each tag, under `TAG_HEAD`."""
    return [
        (
            tag.name,
            *(f"{n:.2f}" for n in (tag.average_precision, tag.f1, tag.precision, tag.recall)),
            f"{tag.threshold:.2f}",
            str(tag.positives),
            str(tag.rows),
        )
        for tag in many.tags
    ]


def _by_tag(many: ManyFigures) -> str:
    return (
        f"{_table(TAG_HEAD, tag_cells(many))}\n\nA tag is known in so many rows, and there in so "
        "many of these. Its threshold was chosen across the training folds."
    )


def _by_class(metadata: ModelMetadata) -> str:
    """Return the figures of every class; of many, of those that are told best and worst."""
    counts = np.array(metadata.holdout.confusion_matrix)
    right, actual, answered = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    places, head = list(range(len(counts))), ""
    if len(counts) > FULLY_TOLD:
        places = [i for i in np.argsort(-right / np.maximum(actual, 1), kind="stable") if actual[i]]
        head = f"The {_TOLD_OF_MORE} best and the {_TOLD_OF_MORE} worst by recall:\n\n"
        if len(places) > 2 * _TOLD_OF_MORE:
            places = [*places[:_TOLD_OF_MORE], *places[-_TOLD_OF_MORE:]]
    rows = [
        (
            metadata.classes[i],
            _share(right[i], actual[i]),
            _share(right[i], answered[i]),
            str(actual[i]),
        )
        for i in places
    ]
    return head + _table(("class", "recall", "precision", "rows"), rows)


def _confusion(metadata: ModelMetadata) -> str:
    """Return the confusion matrix; of many classes, the pairs that are taken for another most."""
    classes, counts = metadata.classes, np.array(metadata.holdout.confusion_matrix)
    if len(classes) <= FULLY_TOLD:
        rows = [(name, *map(str, row)) for name, row in zip(classes, counts, strict=True)]
        return f"Rows are the truth, columns the answer.\n\n{_table(('', *classes), rows)}"
    wrong = counts * (1 - np.eye(len(classes), dtype=int))
    most = np.argsort(-wrong, axis=None, kind="stable")[:FULLY_TOLD]
    pairs = [
        (i, j) for i, j in zip(*np.unravel_index(most, wrong.shape), strict=True) if wrong[i, j]
    ]
    rows = [(classes[i], classes[j], str(wrong[i, j]), str(counts[i].sum())) for i, j in pairs]
    table = _table(("truth", "answer", "times", "of rows"), rows)
    return f"What is taken for another class most often:\n\n{table}"


def _versions(metadata: ModelMetadata) -> str:
    # In the order of model.json, so that the card can be written again from it.
    versions = sorted(metadata.library_versions.items())
    return f"{', '.join(' '.join(pair) for pair in versions)}; seed {metadata.seed}."


def _share(part: int, whole: int) -> str:
    """Return a proportion with two decimals, or a dash where there is nothing to divide by."""
    return f"{part / whole:.2f}" if whole else "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[_plain(cell) for cell in line] for line in (head, *rows)]
    lines.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Keep what a class is called, which may be any text, from being read as Markdown or HTML."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")
