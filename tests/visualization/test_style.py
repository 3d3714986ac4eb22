import pytest

from src.tasks import COLOR
from src.visualization.class_labels import class_colors
from src.visualization.style import ink_on


@pytest.mark.parametrize("name", COLOR.classes)
def test_text_on_a_class_color_has_the_contrast_that_wcag_asks_for(name: str) -> None:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    color = class_colors([name])[name]
    low, high = sorted([luminance(color), luminance(ink_on(color))])
    assert (high + 0.05) / (low + 0.05) >= 4.5
