"""All figures: pure functions from tables and results to a matplotlib `Figure`.

Nothing here opens a window, needs a display or touches pyplot's state: ``figure.savefig(path)``
writes a figure, and a notebook with ``%matplotlib inline`` shows one that a cell ends with. All are
drawn in one style, as wide as a README is shown. A class has the colour by which its task shows it;
whatever else has a colour has one of a set that colour-blind people tell apart. Of hundreds of
classes a figure shows what can be read: the commonest, or the most confused.

=============================  ====================================================================
function                       shows
=============================  ====================================================================
`draw_class_counts`            works per class
`draw_channel_boxes`           channel means by class, from dark to light
`draw_channel_densities`       how each channel is spread
`draw_feature_boxes`           any features by class
`draw_feature_correlation`     every two features' correlation
`draw_feature_pairs`           the most important features against one another
`draw_leaderboard`             families with error bars
`draw_confusion`               truth against answers, in per cent and counts
`draw_reliability`             how sure against how right, with the ECE
`draw_class_scores`            recall and precision by class, with their intervals
`draw_abstention`              how right the surest answers are, by how many are given
`draw_importance`              permutation importance, single and by colour space
`draw_feature_curve`           accuracy against the number of features
`draw_learning_curve`          accuracy against the number of works
`draw_collection`              works of every class, with their titles
`draw_class_sheet`             a class's works, with the answers to them
`draw_mistakes`                the surest mistakes
`draw_least_certain`           the least certain answers
`draw_precision_recall`        precision over recall by tag, with its threshold
`draw_threshold_curves`        precision, recall and F1 by tag over its threshold
`draw_tag_counts`              works that have each tag, lack it, or may
`draw_tag_pairs`               which tags go together, in truth and as said
`draw_tag_sheet`               works by the tag that something was said of
`draw_confused_pairs`          works of classes that are taken for one another
`draw_picture_map`             works as small pictures, those alike side by side
`draw_class_map`               the same map with the names of classes
`draw_picture_sizes`           widths and heights
`draw_clusters`                works that occur more than once
`draw_cut_borders`             pictures before and after their borders were cut
`draw_prediction`              one picture's palette and scores
`draw_explanation`             which features pushed a picture to its label
=============================  ====================================================================
"""

from .collection_charts import draw_clusters, draw_cut_borders, draw_picture_sizes
from .confusion_sheets import draw_confused_pairs
from .contact_sheets import (
    draw_class_sheet,
    draw_collection,
    draw_least_certain,
    draw_mistakes,
)
from .evaluation_charts import draw_abstention, draw_class_scores
from .map_charts import draw_class_map, draw_picture_map
from .picture_charts import draw_explanation, draw_prediction
from .relation_charts import draw_feature_correlation, draw_feature_pairs
from .score_charts import draw_confusion, draw_leaderboard, draw_reliability
from .study_charts import (
    draw_feature_curve,
    draw_importance,
    draw_learning_curve,
)
from .table_charts import (
    draw_channel_boxes,
    draw_channel_densities,
    draw_class_counts,
    draw_feature_boxes,
)
from .tag_charts import (
    draw_precision_recall,
    draw_tag_counts,
    draw_tag_pairs,
    draw_threshold_curves,
)
from .tag_sheets import draw_tag_sheet

__all__ = [
    "draw_abstention",
    "draw_channel_boxes",
    "draw_channel_densities",
    "draw_class_counts",
    "draw_class_map",
    "draw_class_scores",
    "draw_class_sheet",
    "draw_clusters",
    "draw_collection",
    "draw_confused_pairs",
    "draw_confusion",
    "draw_cut_borders",
    "draw_explanation",
    "draw_feature_boxes",
    "draw_feature_correlation",
    "draw_feature_curve",
    "draw_feature_pairs",
    "draw_importance",
    "draw_leaderboard",
    "draw_learning_curve",
    "draw_least_certain",
    "draw_mistakes",
    "draw_picture_map",
    "draw_picture_sizes",
    "draw_precision_recall",
    "draw_prediction",
    "draw_reliability",
    "draw_tag_counts",
    "draw_tag_pairs",
    "draw_tag_sheet",
    "draw_threshold_curves",
]
