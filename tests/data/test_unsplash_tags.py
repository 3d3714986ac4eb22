"""Three bands of an answer: yes, no, and between them nothing that is known."""

from typing import Any

import numpy as np
import pytest

from src.data.unsplash_tables import Said
from src.data.unsplash_tags import Evidence, KeywordRules, decide, gather, name_tags
from src.errors import ConfigError

# One photo a row: what the two services and the photographer say of a tag -> by the rules.
CASES = [
    (99.0, None, False),
    (98.9999999, None, False),
    (99.5, 10.0, False),
    (99.5, 99.1, False),
    (50.0, None, False),
    (50.1, 20.0, False),
    (None, 0.0, False),
    (None, None, True),
    (12.0, None, True),
    (None, None, False),
]


def verdicts(**rules: Any) -> list[int]:
    names = {str(place): place for place in range(len(CASES))}
    said = [
        Said(str(n), 0, case[:2], case[2])
        for n, case in enumerate(CASES)
        if any(value is not None and value is not False for value in case)
    ]
    found = gather(said, names, tags=1, services=2)
    return [int(row[0]) for row in decide(found, KeywordRules(("sea",), **rules), [1, 2])]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, [1, -1, 1, 1, 0, -1, 0, -1, 0, -1]),
        ({"service": "both"}, [-1, -1, -1, 1, 0, -1, 0, -1, 0, -1]),
        ({"service": "1"}, [1, -1, 1, 1, 0, -1, -1, -1, 0, -1]),
        ({"service": "2"}, [-1, -1, 0, 1, -1, 0, 0, -1, -1, -1]),
        ({"suggested": True}, [1, -1, 1, 1, 0, -1, 0, 1, 1, -1]),
        ({"absent_no": True}, [1, -1, 1, 1, 0, -1, 0, -1, 0, 0]),
        # As the study read them.
        ({"absent_no": True, "no_below": 99.0}, [1, 0, 1, 1, 0, 0, 0, -1, 0, 0]),
        ({"min_confidence": 12.0, "no_below": 1.0}, [1, 1, 1, 1, 1, 1, 0, -1, 1, -1]),
    ],
)
def test_each_band_follows_from_the_rules(rules: dict[str, Any], expected: list[int]) -> None:
    assert verdicts(**rules) == expected


def test_of_several_rows_the_highest_of_each_service_counts() -> None:
    said = [
        Said("x", 0, (12.0, 99.5), suggested=False),
        Said("x", 0, (70.0, 3.0), suggested=True),
        Said("stranger", 0, (99.0, None), suggested=False),
    ]
    found = gather(said, {"x": 0}, tags=2, services=2)
    assert found.confidences[0, 0].tolist() == [70.0, 99.5]
    assert np.isnan(found.confidences[0, 1]).all()
    assert (found.suggested.tolist(), found.strangers) == ([[True, False]], 1)
    assert (found.text(0, 0), found.text(0, 1)) == ("70 99.5 user", "")


def test_a_table_without_services_knows_what_users_suggested() -> None:
    found = Evidence(np.empty((2, 1, 0)), np.array([[True], [False]]), 0)
    for service in ("any", "both"):
        rules = KeywordRules(("sea",), service=service, suggested=True)
        assert decide(found, rules, []).tolist() == [[1], [-1]]


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"no such service \('3'\); give --service any, both, 1, 2"
    ):
        KeywordRules(service="3").choose([1, 2])
    with pytest.raises(ConfigError, match="--no-below 90 is over --min-confidence 80"):
        KeywordRules(min_confidence=80, no_below=90)
    for tags, named in (((), "''"), (("sea", "title"), "'title'"), (("a|b",), r"'a\|b'")):
        with pytest.raises(ConfigError, match=f"no name for a tag .{named}."):
            KeywordRules(tags)


def test_tags_are_lower_case_and_there_once() -> None:
    assert name_tags(" Sea ,TREE,sea,, fog  bank") == ("sea", "tree", "fog bank")
