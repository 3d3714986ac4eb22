import numpy as np
import pandas as pd

from src.features.extract_features import FEATURE_NAMES, extract_features
from src.features.gallery_table import gallery_table
from src.gallery.paintings import paint, plan_gallery


def test_a_row_holds_the_features_of_its_painting() -> None:
    table = gallery_table(12, seed=3, jobs=1).set_index("filename")
    for commission in plan_gallery(12, seed=3):
        row = table.loc[f"{commission.name}.png"]
        assert row["color"] == commission.color
        assert (row["image"], row["page"]) == (f"gallery:{commission.name}", "")
        features = row[list(FEATURE_NAMES)].to_numpy(np.float64)
        assert (features == extract_features(paint(commission))).all()


def test_it_is_the_same_with_more_processes_and_another_with_another_seed() -> None:
    table = gallery_table(20, seed=0, jobs=1)
    pd.testing.assert_frame_equal(gallery_table(20, seed=0, jobs=2), table, check_exact=True)
    other = gallery_table(5, seed=1, jobs=1)
    assert not np.isin(other["r_bgr_mean"], table["r_bgr_mean"]).any()


def test_rows_are_sorted_and_numbered_within_their_class() -> None:
    table = gallery_table(30, seed=0, jobs=1)
    assert table["filename"].is_monotonic_increasing
    assert table["filename"].is_unique
    for _, rows in table.groupby("color"):
        assert rows["index"].tolist() == list(range(len(rows)))
