from dataclasses import replace

from src.visualization.image_files import DrawnPlate
from src.visualization.report_page import render_page
from tests.models.example_metadata import METADATA


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
