"""If-Match and If-None-Match, against an event that is there and one that is not."""

import pytest

from app.exchange.pushing.conditions import Conditions

HERE = '"v1"'
TABLE = [
    # If-Match, If-None-Match, holds where it is there, holds where there is none
    ("", "", True, True),
    ('"v1"', "", True, False),
    ('"v0", "v1"', "", True, False),
    (' "v1" ', "", True, False),
    ('"v0"', "", False, False),
    ("*", "", True, False),
    ('W/"v1"', "", False, False),
    ("v1", "", False, False),
    ('"v1', "", False, False),
    ('"v1" "v2"', "", False, False),
    ('"v1","é"', "", True, False),
    ("", "*", False, True),
    ("", '"v1"', False, True),
    ("", 'W/"v1"', False, True),
    ("", '"v0"', True, True),
    ("", "v1", False, False),
    ('"v1"', "*", False, False),
]


@pytest.mark.parametrize(("match", "none_match", "here", "nowhere"), TABLE)
def test_conditions(match: str, none_match: str, here: object, nowhere: object) -> None:
    conditions = Conditions(match, none_match)
    assert conditions.hold(HERE) is here
    assert conditions.hold("") is nowhere
