from dataclasses import replace

from src.bot.wording import fit, hashtag, word_answer, word_why
from src.models.answers import TRUNCATED
from src.models.explain_model import ClassOdds, Contribution, Explanation
from src.records import PaletteColor, Prediction, PredictionWarning
from src.tasks import ARTIST, COLOR, Kind, Task

PALETTE = (PaletteColor("#a01f2c", 0.75, "dark red"), PaletteColor("#f0f0f0", 0.25, "white"))


def prediction(**scores: float) -> Prediction:
    best, score = next(iter(scores.items()))
    return Prediction("", best, score, scores, PALETTE)


def test_how_sure_it_is_is_heard() -> None:
    for score, said in ((0.9, "🟥 <b>red</b> (90%)"), (0.6, "🟥 probably <b>red</b> (60%)")):
        lines = list(word_answer([prediction(RED=score, BLUE=1 - score)], [COLOR], "en"))
        assert lines[0] == f"Colour: {said}"
    (line, *_) = word_answer([prediction(RED=0.4, BLUE=0.3, TEAL=0.3)], [COLOR], "en")
    assert line == "Colour: 🟥 perhaps <b>red</b> (40%), or blue (30%)"


def test_colours_are_shown_with_their_shares() -> None:
    lines = list(word_answer([prediction(RED=0.9, BLUE=0.1)], [COLOR], "en"))
    assert lines[1] == "Colours in it: 🟥 <code>#a01f2c</code> 75%, ⬜ <code>#f0f0f0</code> 25%"


def test_strangers_are_not_named() -> None:
    warning = PredictionWarning("none_of_these", "")
    found = replace(prediction(**{"claude-monet": 0.9, "b": 0.1}), warnings=(warning,))
    (line,) = word_answer([found], [ARTIST], "en")
    assert "none of the 2 that I know" in line
    assert "90%" not in line


def test_names_cannot_break_the_message() -> None:
    (line,) = word_answer([prediction(**{"<i>&": 0.9, "b": 0.1})], [Task("mood", "mood")], "en")
    assert line == "Mood: <b>&lt;i&gt;&amp;</b> (90%)"


def test_tags_are_links() -> None:
    scores = {"sea": 0.9, "old town": 0.8, "tree": 0.1}
    tagged = Prediction("", "sea", 0.9, scores, (), labels=("sea", "old town"))
    tags = Task("tags", "tags", Kind.MANY)
    assert list(word_answer([tagged], [tags], "en")) == ["Tags: #sea #old_town"]
    assert hashtag("#x") == "#_x"


def test_what_is_missing_of_a_picture_is_said_once() -> None:
    both = [replace(prediction(RED=0.9, BLUE=0.1), warnings=(TRUNCATED,)) for _ in range(2)]
    lines = list(word_answer(both, [COLOR, Task("mood", "mood")], "de"))
    assert sum("endet zu früh" in line for line in lines) == 1


def test_long_answers_end_between_two_lines() -> None:
    text = "\n".join(f"<b>{number:0100}</b>" for number in range(100))
    cut = fit(text)
    assert len(cut) <= 4096
    assert cut.endswith("</b>\n…")
    assert fit("short") == "short"


def test_one_tag_is_no_reason_against_another() -> None:
    def odds(name: str) -> ClassOdds:
        return ClassOdds(name, 0.9, 3.2, -1.0)

    parts = (Contribution("bottom", "lower third", None, None, 2.0, 0.1),)
    reasons = Explanation("", odds("sea"), odds("sunset"), parts)
    for many, head in ((True, "<b>Why sea:</b>"), (False, "<b>Why sea, and not sunset:</b>")):
        told = word_why([(Task("look", "look"), replace(reasons, many=many))], "en")
        assert told.splitlines()[0] == head
