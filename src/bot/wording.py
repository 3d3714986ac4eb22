"""What models say, as a message: HTML as Telegram takes it, and the buttons under it (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from ..errors import ArtlensError, ImageTooLarge
from ..features.feature_words import describe_feature
from ..features.oklab import to_oklab
from ..models.comparing.similar import SimilarWork
from ..models.explain_model import Explanation
from ..models.predict_model import Classifier
from ..records import Prediction
from ..tasks import Kind, Task
from .telegram_api import Unfetched
from .texts import name_class, name_part, name_task, percent, say

# From which probability on something is said outright, and as probable.
_SURE: Final = 0.8
_LIKELY: Final = 0.5
# So many colours of a palette, reasons, and names of classes are told.
_COLORS: Final = 4
_REASONS: Final = 3
# To base 2; what moved the odds less is not told.
_LEAST_PUSH: Final = 0.1
_NAMES: Final = 4
# Squares that every phone has, by the colour that they are shown in.
_SQUARES: Final = {
    "⬛": "#1b1b1b",
    "⬜": "#f2f2f2",
    "🟥": "#d63031",
    "🟧": "#ef8420",
    "🟨": "#f7cf2f",
    "🟩": "#4fae4a",
    "🟦": "#3b7fe0",
    "🟪": "#8e5bc0",
    "🟫": "#83502e",
}
WHY: Final = "why"
SIMILAR: Final = "similar"
# What a message may have at most; an album's answer could have more.
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Said:
    """A text as HTML, and the buttons under it."""

    text: str
    buttons: InlineKeyboardMarkup | None = None


def square_of(color: str) -> str:
    """Return the square that is nearest to a colour.

    Examples
    --------
    >>> square_of("#c8202f"), square_of("#2457c5"), square_of("#1a1a1a")
    ('🟥', '🟦', '⬛')
    """
    away = _oklab(list(_SQUARES.values())) - _oklab([color])
    return list(_SQUARES)[int(np.argmin((away**2).sum(axis=1)))]


def _oklab(colors: Sequence[str]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    rgb = np.array([list(bytes.fromhex(color[1:])) for color in colors], float)
    return to_oklab(rgb[:, ::-1] / 255)


def word_answer(
    answers: Sequence[Prediction], tasks: Sequence[Task], language: str
) -> Iterator[str]:
    """Yield the lines that are said of one picture."""
    for answer, task in zip(answers, tasks, strict=True):
        noun = escape(name_task(language, task.name, task.called))
        yield f"{noun}: {_word_one(answer, task, language)}"
    if any(task.swatches for task in tasks):
        yield _word_palette(answers[0], language)
    codes = {warning.code for answer in answers for warning in answer.warnings}
    if "unusual_image" in codes:
        yield f"<i>{say(language, 'unusual')}</i>"
    if "truncated" in codes:
        yield f"<i>{say(language, 'truncated')}</i>"


def _word_one(answer: Prediction, task: Task, language: str) -> str:
    if task.kind is Kind.MANY:
        return " ".join(map(hashtag, answer.labels)) or say(language, "no_tags")
    (best, share), *others = answer.scores.items()
    label = f"<b>{escape(name_class(language, best))}</b>"
    if any(warning.code == "none_of_these" for warning in answer.warnings):
        return say(language, "none", count=len(answer.scores), label=label)
    words = {"label": label, "share": percent(language, share)}
    if share >= _LIKELY or not others:
        said = say(language, "sure" if share >= _SURE else "likely", **words)
    else:
        second, second_share = others[0]
        words |= {"second": escape(name_class(language, second))}
        said = say(language, "guess", second_share=percent(language, second_share), **words)
    swatch = task.swatch_of(best)
    return f"{square_of(swatch)} {said}" if swatch else said


def hashtag(tag: str) -> str:
    """Return a tag as Telegram makes a link of it: letters, digits and _.

    Examples
    --------
    >>> hashtag("old town"), hashtag("19th-century")
    ('#old_town', '#19th_century')
    """
    return "#" + "".join(letter if letter.isalnum() else "_" for letter in tag)


def _word_palette(answer: Prediction, language: str) -> str:
    names = (
        f"{square_of(color.hex)} <code>{color.hex}</code> {percent(language, color.share)}"
        for color in answer.palette[:_COLORS]
    )
    return say(language, "palette", names=", ".join(names))


def word_failure(error: ArtlensError, language: str) -> str:
    """Return why a picture could not be looked at, for who sent it."""
    if isinstance(error, Unfetched):
        return say(language, "unfetched")
    return say(language, "too_many_pixels" if isinstance(error, ImageTooLarge) else "unreadable")


def word_too_large(size: int, most: int, language: str) -> str:
    """Return that a file is larger than allowed; both in bytes."""
    # A little more than allowed must not read as what is allowed.
    return say(language, "too_large", size=-(-size // 1_000_000), most=most // 1_000_000)


def word_why(reasons: Sequence[tuple[Task, Explanation]], language: str) -> str:
    """Return what spoke most for each label, and against it."""
    return "\n\n".join(
        "\n".join(_word_reasons(task, explanation, language)) for task, explanation in reasons
    )


def _word_reasons(task: Task, explanation: Explanation, language: str) -> Iterator[str]:
    label, other = (
        escape(name_class(language, odds.name))
        for odds in (explanation.label, explanation.runner_up)
    )
    if explanation.many:
        yield f"<b>{say(language, 'why_tag', label=label)}</b>"
    else:
        yield f"<b>{say(language, 'why', label=label, other=other)}</b>"
    parts = sorted(explanation.contributions, key=lambda part: -part.label)
    # What spoke most for it, and what most against it.
    for part in [*parts[:_REASONS], parts[-1]]:
        what = escape(name_part(language, describe_feature(part.feature)))
        if abs(part.label) >= _LEAST_PUSH:
            key = "why_push" if part.label > 0 else "why_pull"
            yield "• " + say(language, key, part=what, factor=f"{2 ** abs(part.label):.1f}")


def word_similar(works: Sequence[tuple[str, SimilarWork]], count: int, language: str) -> str:
    """Return the list of the nearest works."""
    lines = [
        say(
            language,
            "similar_work",
            place=place,
            name=escape(name),
            share=percent(language, work.score),
        )
        for place, (name, work) in enumerate(works, 1)
    ]
    return "\n".join([f"<b>{say(language, 'similar', count=count)}</b>", *lines])


def word_hello(tasks: Sequence[Task], language: str) -> str:
    """Return what the bot is for."""
    nouns = (name_task(language, task.name, task.called) for task in tasks)
    # German nouns keep their capitals.
    said = ", ".join(noun if language == "de" else noun.lower() for noun in nouns)
    return escape(say(language, "hello", nouns=said), quote=False)


def word_tasks(models: Sequence[Classifier], works: int, language: str) -> str:
    """Return what each model knows, and how good it is."""
    lines = [say(language, "tasks")]
    for model in models:
        task, known = model.task, len(model.classes)
        names = ", ".join(name_class(language, name) for name in model.classes[:_NAMES])
        if known > _NAMES:
            names = say(language, "and_more", names=names, count=known - _NAMES)
        lines.append(
            say(
                language,
                "tags_task" if task.kind is Kind.MANY else "task",
                noun=name_task(language, task.name, task.called),
                count=known,
                names=names,
                accuracy=percent(language, model.metadata.holdout.accuracy),
            )
        )
    if works:
        lines.append(say(language, "similar_task", count=works))
    return escape("\n".join(lines), quote=False)


def buttons(keys: Sequence[str], language: str) -> InlineKeyboardMarkup | None:
    """Return a row of buttons."""
    if not keys:
        return None
    row = [InlineKeyboardButton(say(language, f"{key}_button"), callback_data=key) for key in keys]
    return InlineKeyboardMarkup([row])


def fit(text: str) -> str:
    """Cut what is longer than a message may be, between two lines."""
    if len(text) <= _LONGEST:
        return text
    return text[: text.rindex("\n", 0, _LONGEST - 2)] + "\n…"
