import re
from dataclasses import replace

import numpy as np

from src.tasks import Task
from src.visualization.image_files import DrawnPlate
from src.visualization.report_page import render_page
from tests.models.example_metadata import METADATA, WITH_LEAK


def test_what_comes_from_outside_is_escaped() -> None:
    metadata = replace(METADATA, data_source='<b>"mine" & yours.csv')
    plate = DrawnPlate("one", "A & B", "what <it> shows", "image/png", b"bytes")
    page = render_page(metadata, [plate])
    assert "&lt;b&gt;&quot;mine&quot; &amp; yours.csv" in page
    assert "what &lt;it&gt; shows" in page
    assert "<b>&quot;" not in page
    assert 'src="data:image/png;base64,Ynl0ZXM="' in page


def test_a_class_without_rows_and_answers_has_dashes() -> None:
    assert render_page(METADATA, []).count('<td class="n">–</td>') == 3


def test_of_many_classes_all_stand_in_a_table_worst_first() -> None:
    names = tuple(f"class {i:02d}" for i in range(25))
    counts = 10 * np.eye(25, dtype=int)
    counts[7, 3] = 5
    counts[24] = counts[:, 24] = 0
    metadata = replace(
        METADATA,
        task=Task("kind", "kind").learned(names),
        classes=names,
        holdout=replace(METADATA.holdout, rows=245, confusion_matrix=counts.tolist()),
    )
    page = render_page(metadata, [])
    assert "Its answer is one of 25 classes." in page
    table = page.split('<div class="long">')[1].split("</table>")[0]
    shown = re.findall(r'title="(class \d\d)"', table)
    assert shown[:3] == ["class 03", "class 07", "class 00"]
    assert shown[-1] == "class 24"
    assert len(shown) == 25


def test_a_label_may_hold_any_text() -> None:
    names = ('<script>"', "السجاد")
    task = Task("kind", "kind").learned(names)
    holdout = replace(METADATA.holdout, confusion_matrix=[[5, 1], [2, 12]])
    plate = DrawnPlate("confusion", "Confusions", "", "image/png", b"")
    page = render_page(replace(METADATA, task=task, classes=names, holdout=holdout), [plate])
    assert "<script" not in page
    assert page.count("&lt;script&gt;&quot;</bdi>") == 3
    assert "السجاد</bdi>" in page


def test_the_words_for_features_are_explained_where_features_have_words() -> None:
    plate = DrawnPlate("importance", "What it goes by", "", "image/png", b"")
    page = render_page(METADATA, [plate])
    assert "<td>redness</td><td><code>a_lab_…</code></td><td>red against green:" in page
    network = replace(METADATA.feature_spec, name="embedding", names=("block1_mean", "block1_std"))
    assert "What the features are" not in render_page(
        replace(METADATA, feature_spec=network), [plate]
    )


def test_the_page_tells_of_a_leak_and_of_the_likeliest_five() -> None:
    page, plain = render_page(WITH_LEAK, []), render_page(METADATA, [])
    for shown in (
        "<dt>top-5 accuracy</dt><dd>0.9250<",
        "<dt>with a leak</dt><dd>0.9500<small>accuracy, if one cluster stood on both sides<",
    ):
        assert shown in page
        assert shown[:20] not in plain
