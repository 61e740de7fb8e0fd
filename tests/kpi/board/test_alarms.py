"""Alarms: each at its limit and just beyond, and in words."""

import datetime as dt
from typing import get_args

import pytest

from app.core.chain import GENESIS, Link
from app.core.i18n import LANGUAGES, use_language
from app.kpi.board.alarms import Alarm, Checked, Closing, Code, Feed, Standing, Waiting, alarms
from app.kpi.board.words import told
from app.kpi.counting import count
from app.kpi.figures import _figure
from tests.clock import NOW
from tests.kpi.ledgers import YEAR, scan

WEEK = dt.timedelta(days=7)
SECOND = dt.timedelta(seconds=1)


def figure(known: int, unknown: int):
    entries = [scan(n, n, residence="SG" if n <= known else None) for n in range(1, known + unknown + 1)]
    return _figure(count(entries, fiscal_year=YEAR), Link(0, GENESIS), 0)


CALM = figure(1, 0)


def codes(standing: Standing, *, of=CALM, now: dt.datetime = NOW) -> list[str]:
    return [alarm.code for alarm in alarms(of, standing, now=now)]


@pytest.mark.parametrize(
    ("known", "unknown", "called"),
    [(0, 0, False), (98, 2, False), (97, 2, True), (97, 3, True), (0, 1, True), (49, 1, False), (48, 1, True)],
)
def test_unknown_residence_above_two_per_cent(known, unknown, called):
    """Two of a hundred are two per cent; two of ninety-nine are more."""
    assert codes(Standing(), of=figure(known, unknown)) == ["residence_unknown"] * called


@pytest.mark.parametrize(("age", "called"), [(WEEK - SECOND, False), (WEEK, False), (WEEK + SECOND, True)])
def test_case_that_waits_longer_than_a_week(age, called):
    waiting = Standing(queues=[Waiting(3, NOW - age), Waiting(2, NOW), Waiting()])
    found = alarms(CALM, waiting, now=NOW)
    assert [(one.code, one.n, one.of) for one in found] == [("review_old", 5, 7)] * called


def test_empty_queue_is_not_old():
    assert codes(Standing(queues=[Waiting(0, NOW - 2 * WEEK)])) == []


@pytest.mark.parametrize(
    ("last_day", "called"),
    [
        (dt.date(2026, 10, 21), False),  # closed yesterday
        (dt.date(2026, 10, 22), True),  # closes today
        (dt.date(2026, 10, 29), True),
        (dt.date(2026, 10, 30), False),  # in eight days
    ],
)
def test_imports_that_close_within_a_week(last_day, called):
    found = alarms(CALM, Standing(imports=[Closing({"en": "YOXO"}, last_day)]), now=NOW)
    assert [(one.code, one.day) for one in found] == [("imports_closing", last_day + dt.timedelta(days=30))] * called


@pytest.mark.parametrize(
    ("day", "called"),
    [
        ((2027, 5, 30), []),
        ((2027, 5, 31), ["freeze_due"]),
        ((2027, 6, 30), ["freeze_due"]),
        ((2027, 7, 1), ["freeze_overdue"]),
    ],
)
def test_year_that_is_to_be_frozen(day, called):
    """From 31 May; and from 1 July it is too late. Days in Japan: an hour before midnight in UTC is the next one."""
    noon = dt.datetime.combine(dt.date(*day), dt.time(3), tzinfo=dt.UTC)
    assert codes(Standing(unfrozen=[2026]), now=noon) == called
    assert codes(Standing(unfrozen=[2026]), now=noon.replace(hour=23) - dt.timedelta(days=1)) == called


def test_broken_chain_and_wrong_heads():
    assert codes(Standing(checked=Checked(10, 0, 0, NOW))) == []
    found = alarms(CALM, Standing(checked=Checked(10, 4, 2, NOW)), now=NOW)
    assert [(one.code, one.n, one.level) for one in found] == [
        ("chain_broken", 4, "error"),
        ("heads_wrong", 2, "error"),
    ]


def test_urgent_ones_come_first():
    standing = Standing(
        queues=[Waiting(1, NOW - 2 * WEEK)],
        feeds=[Feed("gates_silent", {"en": "YOXO"}, 2)],
        checked=Checked(10, 4, 0, NOW),
    )
    assert codes(standing, of=figure(1, 1)) == ["chain_broken", "gates_silent", "residence_unknown", "review_old"]


@pytest.mark.parametrize("code", get_args(Code))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alarm_has_words(code, language):
    use_language(language)
    alarm = Alarm(code, 2026, 99, {"en": "YOXO"}, dt.date(2027, 6, 30))
    found = told(alarm)
    assert found.code == code
    assert found.what
    assert found.to_do
    assert "%" not in found.what.replace("%.", "").replace("%。", "") or code == "residence_unknown"
    use_language("en")


def test_words_say_how_much():
    use_language("en")
    assert told(Alarm("residence_unknown", 2, 99)).what == (
        "Where 2 of 99 people live is unknown: 2.1%. The limit is 2%."
    )
    assert told(Alarm("review_old", 5, 8)).what == "5 cases wait for review, the oldest for 8 days."
    assert told(Alarm("gates_silent", 1, name={"en": "YOXO"})).what == (
        "YOXO: no scan for 30 minutes, although 1 gate is open."
    )
