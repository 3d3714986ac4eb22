"""Two pictures compared: in Python, many at once, and by the command."""

import json
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from src import compare, compare_many
from src.cli import app
from src.errors import ConfigError, UnreadableImage
from src.features import measured_rows
from src.models.comparing.compare import Comparison, FailedComparison
from src.models.comparing.compare_pictures import render_comparison
from src.models.comparing.comparer import Comparer
from src.models.comparing.one_work import find_copies, show_one_work
from src.models.comparing.pair_figures import Curve
from src.models.comparing.pair_model import Verdicts
from src.models.comparing.pair_space import Placed, unit
from src.models.comparing.reasons import Reasons
from src.records import ModelTag

LIMITS = Verdicts(1.0, -1.0, 0.05, 0.3, 0.05, 0.3)
TAG = ModelTag("mine", "same_artist", "hands", "0" * 12)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments])


def test_works_of_one_artist_score_higher(comparer: Comparer, works: list[str]) -> None:
    pairs = list(combinations(works, 2))
    found = list(compare_many(pairs, model=comparer, jobs=1))
    scores = np.array([each.score for each in found if isinstance(each, Comparison)])
    same = np.array([Path(one).name[0] == Path(other).name[0] for one, other in pairs])
    assert len(scores) == len(pairs)
    assert Curve.of(scores, same).figures().auc > 0.8


def test_one_pair_and_many_get_the_same_score(comparer: Comparer, works: list[str]) -> None:
    alone = compare(works[0], works[4], model=comparer)
    (among,) = compare_many([(works[0], works[4])], model=comparer, jobs=1)
    assert isinstance(among, Comparison)
    assert among.score == pytest.approx(alone.score, abs=1e-5)
    assert (among.verdict, among.wrong, among.first) == (alone.verdict, alone.wrong, works[0])


def test_the_order_of_two_pictures_does_not_matter(comparer: Comparer, works: list[str]) -> None:
    one, other = (compare(*pair, model=comparer) for pair in (works[:5:4], works[4::-4]))
    assert one.score == pytest.approx(other.score, abs=1e-6)


def test_a_share_of_pairs_moves_the_score_and_not_the_verdict(
    comparer: Comparer, works: list[str]
) -> None:
    half, rare = (compare(works[0], works[5], model=comparer, same_share=s) for s in (0.5, 0.01))
    odds = [found.score / (1 - found.score) for found in (half, rare)]
    assert odds[0] / odds[1] == pytest.approx(99, rel=1e-6)
    assert half.verdict == rare.verdict


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_what_is_no_share_is_refused(comparer: Comparer, works: list[str], share: float) -> None:
    with pytest.raises(ConfigError, match="no share of pairs"):
        compare(works[0], works[1], model=comparer, same_share=share)
    with pytest.raises(ConfigError, match="no share of pairs"):
        compare_many([], model=comparer, same_share=share)


def test_verdicts_go_by_the_limits_of_the_model(comparer: Comparer, works: list[str]) -> None:
    limits = comparer.verdicts
    for found in compare_many(combinations(works, 2), model=comparer, jobs=1):
        assert isinstance(found, Comparison)
        odds = np.log(found.score / (1 - found.score))
        expected = "same" if odds >= limits.same_above else "unsure"
        expected = "different" if odds <= limits.different_below else expected
        assert found.verdict == expected


def test_a_picture_and_itself_are_told(comparer: Comparer, works: list[str]) -> None:
    found = compare(works[0], works[0], model=comparer)
    assert (found.score, found.verdict, found.copies) == (1, "same", "identical")
    (among,) = compare_many([(works[0], Path(works[0]).read_bytes())], model=comparer, jobs=1)
    assert isinstance(among, Comparison)
    assert among.copies == "identical"


def test_two_pictures_of_one_work_are_told_by_what_is_in_them() -> None:
    rng = np.random.default_rng(0)
    blobs = cv2.GaussianBlur(rng.integers(0, 256, (400, 400, 3)).astype(np.uint8), (0, 0), 3)
    work = cv2.normalize(blobs, None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    other = cv2.flip(np.rot90(work).copy(), -1)[::-1].copy() // 2
    assert show_one_work(work, cv2.resize(work[20:380, 30:390], (250, 250)))
    assert not show_one_work(work, cv2.GaussianBlur(other, (0, 0), 9))


@pytest.mark.parametrize(("cosine", "copies"), [(0.55, "near-copy"), (0.42, "")])
def test_a_second_look_is_taken_where_rows_are_a_little_alike(cosine: float, copies: str) -> None:
    blobs = np.random.default_rng(1).integers(0, 256, (30, 30, 3)).astype(np.uint8)
    work = np.asarray(cv2.resize(blobs, (300, 300), interpolation=cv2.INTER_CUBIC), np.uint8)
    looks = unit(np.array([[1, 0], [cosine, np.sqrt(1 - cosine**2)]]))
    placed = Placed(looks, np.zeros(2, np.float32), looks)
    assert find_copies(placed.looks, 0, 1, lambda _: work) == copies


def test_a_broken_picture_fails_in_its_place(comparer: Comparer, works: list[str]) -> None:
    broken = str(Path(works[0]).with_name("broken.png"))
    Path(broken).write_bytes(b"no picture")
    pairs = [(works[0], works[1]), (broken, works[1]), (works[2], b""), (works[0], works[3])]
    found = list(compare_many(pairs, model=comparer, jobs=1))
    assert [isinstance(each, FailedComparison) for each in found] == [False, True, True, False]
    assert "broken.png" in str(found[1].error)
    with pytest.raises(UnreadableImage):
        compare(broken, works[0], model=comparer)


def test_each_picture_is_measured_once(
    comparer: Comparer, works: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    whole = measured_rows.measure_rows

    def spy(paths: list[str], *rest: object, **options: object) -> object:
        asked.extend(paths)
        return whole(paths, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("src.models.comparing.compare.measure_rows", spy)
    list(compare_many(combinations(works, 2), model=comparer, jobs=1))
    assert sorted(asked) == sorted(works)


def test_arrays_are_rgb_unless_said_otherwise(comparer: Comparer, works: list[str]) -> None:
    bgr = [cv2.imread(path) for path in (works[0], works[6])]
    assert bgr[0] is not None
    assert bgr[1] is not None
    files = compare(works[0], works[6], model=comparer).score
    assert compare(bgr[0], bgr[1], model=comparer, order="bgr").score == pytest.approx(files)
    rgb = [picture[..., ::-1] for picture in bgr if picture is not None]
    assert compare(*rgb, model=comparer).score == pytest.approx(files)


def test_pictures_of_nothing_get_no_verdict(comparer: Comparer, works: list[str]) -> None:
    flat = np.zeros((40, 40, 3), np.uint8)
    found = compare(flat, works[0], model=comparer, same_share=0.2)
    assert (found.verdict, found.wrong, found.unusual) == ("unsure", 0, (True, False))
    assert found.score == pytest.approx(0.2)
    for many in compare_many([(works[0], flat), (works[0], works[1])], model=comparer, jobs=1):
        assert isinstance(many, Comparison)
        assert many.unusual == (False, many.second != works[1])
    assert compare(flat, flat, model=comparer).copies == "identical"


def test_the_command_says_why_nothing_can_be_told(kept: Path, works: list[str]) -> None:
    black = str(Path(works[0]).with_name("black.png"))
    cv2.imwrite(black, np.zeros((30, 30, 3), np.uint8))
    told = run(works[0], black, "--model", "mine").stdout.splitlines()[0]
    assert told.startswith("unsure  0.50  nothing tells a hand")
    assert "black.png" in told
    assert works[0] not in told


def test_a_work_by_none_of_the_known_artists_is_said_to_be_so() -> None:
    artists = (("anna", 0.8), ("berta", 0.196), ("clara", 0.004))
    stranger, known = Reasons(artists, stranger=0.9), Reasons(artists)
    found = Comparison(
        "a.jpg", "b.jpg", 0.3, "unsure", 0, "", (False, False), 0.013, (stranger, known), TAG
    )
    lines = render_comparison(found, LIMITS).splitlines()
    assert "0.30 is how probable one artist is, where 1.3% of" in lines[1]
    assert "  likely by none of the known artists 0.90; of these anna 0.80, berta 0.20" in lines
    assert "  likely by anna 0.80, berta 0.20" in lines


def test_the_command_says_what_it_found_and_why(comparer: Comparer, works: list[str]) -> None:
    found = run(works[0], works[1], "--model", "mine")
    assert found.exit_code == 0
    expected = compare(works[0], works[1], model=comparer)
    assert found.stdout.startswith(f"{expected.verdict}  {expected.score:.2f}")
    assert found.stdout.count("  near: 0") >= 2  # by the right artist


def test_the_command_writes_json(comparer: Comparer, works: list[str]) -> None:
    told = json.loads(run(works[0], works[1], "--model", "mine", "--format", "json").stdout)
    assert (told["first"], told["second"]) == (works[0], works[1])
    assert told["score"] == pytest.approx(
        compare(works[0], works[1], model=comparer).score, abs=1e-5
    )
    nearest = told["reasons"][0]["known"][0]
    assert nearest["artist"] == "artist 00"
    assert told["model"]["name"] == "mine"


def test_a_file_that_ends_too_early_is_said_to(kept: Path, works: list[str]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    cut = Path(works[0]).with_name("cut.jpg")
    cut.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes()[:20_000])
    told = json.loads(run(str(cut), works[1], "--model", "mine", "--format", "json").stdout)
    assert told["truncated"] == [True, False]
    assert "cut.jpg ends too early" in run(works[1], str(cut), "--model", "mine").stdout
    assert "too early" not in run(works[0], works[1], "--model", "mine").stdout


def test_the_command_says_that_both_are_the_same(kept: Path, works: list[str]) -> None:
    assert "both are the same picture" in run(works[0], works[0], "--model", "mine").stdout


@pytest.mark.parametrize("name", ["nothing.png", "broken.png"])
def test_a_picture_that_cannot_be_read_ends_the_command(
    kept: Path, works: list[str], name: str
) -> None:
    Path(works[0]).with_name("broken.png").write_bytes(b"no picture")
    found = run(works[0], str(Path(works[0]).with_name(name)), "--model", "mine")
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.startswith("error: cannot read")
    assert name in found.stderr
