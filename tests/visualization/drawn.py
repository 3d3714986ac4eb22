"""What stands in a figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text


def titles(figure: Figure) -> list[str]:
    """Return the titles of all axes at the left, where this package puts them."""
    return [axes.get_title(loc="left") for axes in figure.axes]


def texts(figure: Figure) -> list[str]:
    """Return every text of a figure that can be seen."""
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [artist.get_text() for artist in found if isinstance(artist, Text)]


def bars(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def bar_lengths(axes: Axes) -> list[float]:
    """Return the lengths of lying bars."""
    return [float(bar.get_width()) for bar in bars(axes)]


def x_names(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def y_names(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]
