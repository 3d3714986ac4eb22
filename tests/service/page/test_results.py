"""What can be done with results: reasons, a table, taking them down."""

import csv
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from selenium.webdriver.common.keys import Keys

from src.models.answer_tables import Heading, table_columns
from tests.service.page.detour import Detour, Refusal
from tests.service.page.visit import Visit

# Never answers, and counts who asks and who does not wait any more.
MUTE_JS = """
window.asked = window.left = 0;
window.fetch = (path, { signal }) => new Promise((_, reject) => {
  window.asked += 1;
  signal.addEventListener("abort", () => {
    window.left += 1;
    reject(signal.reason);
  });
});
"""


def names(visit: Visit) -> list[str]:
    return [node.text for node in visit.find_all(".filename")]


def explained(visit: Visit, path: Path) -> Any:
    """Ask the service itself."""
    headers = {"Content-Type": "image/jpeg"}
    request = Request(f"{visit.url}/v1/explain", path.read_bytes(), headers)
    with urlopen(request, timeout=60) as reply:
        return json.load(reply)


def cells(visit: Visit) -> list[list[str]]:
    rows = visit.find_all(".reasons tbody tr")
    return [[cell.text for cell in row.find_elements("css selector", "th, td")] for row in rows]


def test_reasons_are_told_when_asked_for_and_hidden_again(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "figure.jpg")
    visit.exhibits(1)
    told = explained(visit, pictures / "figure.jpg")
    label, other = (told[end]["name"].title() for end in ("label", "runner_up"))
    assert not visit.find(".similar").is_displayed()
    button = visit.find(".why")
    button.click()
    assert visit.wait_for(".reasons h4").text == f"Why {label}, and not {other}"
    heads = [head.text for head in visit.find_all(".reasons thead th")]
    assert heads == ["What was measured", f"for {label}", f"for {other}"]
    first, *rest = told["contributions"]
    shown = cells(visit)
    assert shown[0][0] == f"{first['words']} {first['level']} {first['feature']}"
    assert shown[0][1].replace("−", "-") == f"{first['label']:+.1f}"
    assert shown[0][2].replace("−", "-") == f"{first['runner_up']:+.1f}"
    assert [row[0].split()[-1] for row in shown[1:6]] == [part["feature"] for part in rest[:5]]
    assert shown[6][0] == f"the other {len(rest) - 5}"
    assert shown[6][1].replace("−", "-") == f"{sum(part['label'] for part in rest[5:]):+.1f}"
    assert f"figure.jpg: {first['words']} is {first['level']}" in " ".join(visit.announced())
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    assert not visit.find(".reasons").is_displayed()
    assert button.get_attribute("aria-expanded") == "false"


def test_reasons_that_are_refused_can_be_asked_for_again(
    visit: Visit, detour: Detour, pictures: Path
) -> None:
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    detour.refuse(Refusal(503, "busy"))
    visit.find(".why").click()
    assert "busy with other pictures" in visit.wait_for(".reasons .problem").text
    detour.refuse(None)
    visit.find(".why").click()
    visit.find(".why").click()
    visit.wait_for(".reasons table")
    assert not visit.find_all(".reasons .problem")


def saved(visit: Visit, folder: Path) -> str:
    visit.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    visit.find("#save").click()
    visit.until((folder / "artlens.csv").is_file)
    return (folder / "artlens.csv").read_bytes().decode()


def test_results_are_saved_as_the_table_of_the_command_line(
    visit: Visit, pictures: Path, tmp_path: Path
) -> None:
    name = 'a, "b" é.jpg'
    shutil.copy(pictures / "hill.jpg", tmp_path / name)
    ground = {"hex": "#39545b", "share": 0.03, "name": "SLATE"}
    visit.alter_answers("", warnings=[{"code": "truncated", "message": "x"}])
    visit.alter_answers(stands_on=ground, warnings=[{"code": "unusual_image", "message": "x"}])
    visit.choose(tmp_path / name, pictures / "notes.txt")
    visit.exhibits(2)
    visit.find(".copy").click()
    visit.wait_for(".copy", "Copied")
    told = visit.clipboard()
    text = saved(visit, tmp_path)
    # Excel knows by the mark that it is UTF-8.
    assert text.startswith("\ufeffsource,color,")
    assert text.count("\r\n") == text.count("\n") == 3
    first, second = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))
    tasks = [task for task in visit.facts("/v1/tasks")["tasks"] if task["kind"] != "same"]
    headings = [Heading(task["task"], tuple(task["classes"])) for task in tasks]
    assert list(first) == table_columns(headings)
    assert first["source"] == name
    for answer in told["answers"]:
        task = answer["task"]
        assert first[task] == "|".join(answer["labels"])
        assert float(first[f"{task} score"]) == answer["score"]
        scores = {label: float(first[f"{task}: {label}"]) for label in answer["scores"]}
        assert scores == answer["scores"]
        assert first[f"{task} model"] == f"{answer['model']['name']}@{answer['model']['version']}"
    palette = [f"{color['hex']}:{color['share']:.3f}" for color in told["palette"]]
    assert first["palette"] == " ".join(palette)
    assert first["stands_on"] == "#39545b"
    codes = " ".join(["color:unusual_image", *(f"{task['task']}:truncated" for task in tasks)])
    assert (first["warnings"], first["error"]) == (codes, "")
    assert second.pop("source") == "notes.txt"
    assert second.pop("error") == visit.find(".problem").text
    assert set(second.values()) == {""}
    assert "Saved as artlens.csv." in visit.announced()


def table(visit: Visit, pictures: Any, tasks: Any) -> list[list[str]]:
    """Return the rows of the table that the page makes of answers."""
    text = visit.browser.execute_async_script(
        "const [pictures, tasks, done] = arguments;"
        "import('/static/table.js').then(({ toCsv }) => done(toCsv(pictures, tasks)))",
        pictures,
        tasks,
    )
    return list(csv.reader(StringIO(text, newline="")))


def test_the_table_of_one_task_is_that_of_predict_and_tags_are_a_list(visit: Visit) -> None:
    model = {"name": "tags", "version": "1"}
    tags = {"task": "tags", "kind": "many", "labels": ["sea", "sun"], "label": "sea", "score": 0.9}
    answer = {**tags, "scores": {"sun": 0.6, "sea": 0.9}, "warnings": [], "model": model}
    told = {"answers": [answer], "warnings": [], "palette": []}
    head, row = table(
        visit, [{"source": "a", "answer": told}], [{"task": "tags", "classes": ["sea", "sun"]}]
    )
    assert head == table_columns([Heading("tags", ("sea", "sun"))])
    assert row == ["a", "sea|sun", "0.9", "0.9", "0.6", "tags@1", "", "", "", ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\tx", "\uff1d1"])
def test_no_spreadsheet_takes_a_name_for_a_formula(visit: Visit, name: str) -> None:
    failed = {"source": name, "problem": {"message": name}}
    head, row = table(visit, [failed], [{"task": "a", "classes": [name]}])
    assert [head[3], row[0], row[-1]] == [f"'{name}"] * 3


def test_other_names_stay_as_they_are_in_the_table(visit: Visit) -> None:
    (_, row) = table(visit, [{"source": "a=b-c@d.jpg"}], [])
    assert row == ["a=b-c@d.jpg", "", "", "", ""]


def test_a_picture_is_taken_down_by_its_button(visit: Visit, pictures: Path) -> None:
    visit.choose(*(pictures / f"{name}.jpg" for name in ("hill", "figure", "flowers")))
    visit.exhibits(3)
    assert visit.find(".remove").accessible_name == "Remove hill.jpg"
    visit.find_all(".remove")[1].click()
    assert names(visit) == ["hill.jpg", "flowers.jpg"]
    assert "figure.jpg is removed." in visit.announced()
    assert visit.focus.accessible_name == "Remove flowers.jpg"
    assert visit.find("#progress").text == "2 pictures"
    visit.find("#copy-all").click()
    visit.wait_for("#copy-all", "Copied")
    assert [answer["filename"] for answer in visit.clipboard()] == ["hill.jpg", "flowers.jpg"]


def test_a_picture_is_taken_down_by_the_keyboard(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg", pictures / "figure.jpg")
    visit.exhibits(2)
    visit.run("arguments[0].focus()", visit.find_all(".copy")[1])
    visit.press(Keys.DELETE)
    assert names(visit) == ["hill.jpg"]
    assert visit.focus.accessible_name == "Remove hill.jpg"
    visit.press(Keys.ENTER)
    assert not visit.find("#results").is_displayed()
    assert visit.focus.get_attribute("id") == "choose"
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)


def test_nobody_waits_for_what_was_taken_down(visit: Visit) -> None:
    visit.run(MUTE_JS)
    visit.drop_zeros(*"abcd")
    visit.until(lambda: len(visit.find_all(".looking")) == 2)
    # One that waits, then one that is being looked at.
    for name in "da":
        visit.find(f"[aria-label='Remove {name}']").click()
    visit.until(lambda: len(visit.find_all(".looking")) == 2)
    assert names(visit) == ["b", "c"]
    visit.find("[aria-label='Remove b']").click()
    visit.until(lambda: visit.run("return left") == 2)
    assert visit.run("return asked") == 3
    visit.find("#clear").click()
    visit.until(lambda: visit.run("return left") == 3)
    assert not visit.find("#results").is_displayed()
    assert not any(":" in line for line in visit.announced())
