"""The rules 9 (c) to (e), one by one, as a table: no table of a database, no key."""

from typing import Any
from uuid import UUID

import pytest

from app.attendance.identity.matching import Known, Match, Place, _one_edit, compare
from app.people.naming.names import organisation, spellings

AT, ELSEWHERE = b"one address", b"another"
BAY = "Green Bay"


def known(name: str, reading: str = "", *, at: bytes = AT, country: str = "US", works: str = "", **more: Any) -> Known:
    places = frozenset({Place(country, organisation(works))}) if country else frozenset[Place]()
    return Known(UUID(int=1), spellings(name, reading), at, places, **more)


ONE = known("山田 太郎", "やまだ たろう", works=BAY)
PARTY = frozenset({UUID(int=9)})
CASES: dict[str, tuple[Known, Known, Match | None]] = {
    "c: script and reading": (ONE, known("Taro Yamada"), Match(("address", "name"), "9c")),
    "c: residence may differ": (ONE, known("山田太郎", country="JP"), Match(("address", "name"), "9c")),
    "c: residence may be unknown": (ONE, known("山田太郎", country=""), Match(("address", "name"), "9c")),
    "c and d": (ONE, known("山田太郎", works=BAY), Match(("address", "country", "organisation", "name"), "9c")),
    "never the address alone": (ONE, known("鈴木 一郎", "すずき いちろう"), None),
    "d": (
        ONE,
        known("山田太郎", at=ELSEWHERE, works="Green Bay Inc."),
        Match(("country", "organisation", "name"), "9d"),
    ),
    "d needs the organisation": (ONE, known("山田太郎", at=ELSEWHERE, works="Nova"), None),
    "d needs the country": (ONE, known("山田太郎", at=ELSEWHERE, works=BAY, country="CA"), None),
    "d is not for residents of Japan": (
        known("山田 太郎", country="JP", works=BAY),
        known("山田太郎", at=ELSEWHERE, country="JP", works=BAY),
        None,
    ),
    "held back: registered together": (
        known("John Smith", parties=PARTY),
        known("John Smith", parties=PARTY),
        Match(("address", "name", "together")),
    ),
    "held back: read differently": (
        known("裕子 林", "はやし ゆうこ"),
        known("林裕子", "はやし ひろこ"),
        Match(("address", "name", "other_reading")),
    ),
    "held back: one word": (known("Suharto"), known("SUHARTO"), Match(("address", "name", "short_name"))),
    "e: no organisation": (ONE, known("山田太郎", at=ELSEWHERE), Match(("country", "name", "no_organisation"))),
    "e: scripts that cannot be compared": (
        known("李娜"),
        known("Li Na"),
        Match(("address", "other_script")),
    ),
    "e: other scripts say little of people of other countries": (known("李娜"), known("Li Na", country="CA"), None),
    "e: other characters of one sound": (
        known("李娜", "Li Na"),
        known("李纳", "Li Na"),
        Match(("address", "other_characters")),
    ),
    "e: a middle name": (known("Anna Maria Rossi"), known("Anna Rossi"), Match(("address", "part_of_name"))),
    "e: a letter": (
        known("Jonathan Meyer", works=BAY),
        known("Jonathan Meier", at=ELSEWHERE, works=BAY),
        Match(("country", "organisation", "near_name")),
    ),
    "e: not of a party": (
        known("Anna Maria Rossi", parties=PARTY),
        known("Anna Rossi", parties=PARTY),
        None,
    ),
    "e: nobody looks at residents of Japan": (
        known("Anna Maria Rossi", country="JP"),
        known("Anna Rossi", country="JP"),
        None,
    ),
    "strangers": (ONE, known("Kim Minsu", at=ELSEWHERE, country="KR"), None),
}


@pytest.mark.parametrize("case", CASES)
def test_rule(case: str) -> None:
    one, other, expected = CASES[case]
    assert compare(one, other) == expected
    assert compare(other, one) == expected, "whoever comes first"


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("meyer", "meier", True),
        ("meyer", "meyers", True),
        ("meyer", "eyer", True),
        ("meyer", "meyre", True),
        ("meyer", "meyer", True),
        ("meyer", "mayor", False),
        ("meyer", "yemer", False),
        ("meyer", "meyerss", False),
    ],
)
def test_one_edit(one: str, other: str, *, near: bool) -> None:
    assert _one_edit(one, other) is near is _one_edit(other, one)
