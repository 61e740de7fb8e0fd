"""The words of verdicts: for every reason and every fact, in every language, and filled in."""

import datetime as dt
import re

import pytest

from app.attendance.judging.reasons import (
    QUARANTINE,
    REASONS,
    SHORT,
    TOLD,
    WARNINGS,
    Facts,
    all_words,
    explain,
    key_of,
    reason_text,
)
from app.core.i18n import LANGUAGES, use_language
from tests.vectors.asking import vectors

AT = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
TOKYO = "Asia/Tokyo"
NAMES = {
    "n": {"en": "North gate", "ja": "北口"},
    "p": {"en": "Pier", "ja": "埠頭"},
    "q": {"en": "Park"},
}
HERE = {"since": "2026-11-21T01:12:00Z", "gate": "n"}

SAID: list[tuple[str, Facts, str]] = [
    ("not_yet_valid", {"from": "2026-11-21T08:00:00Z"}, "Too early: opens at 17:00"),
    ("not_yet_valid", {"from": "2026-11-22"}, "Too early: this ticket is valid from Sun, Nov 22"),
    ("expired", {"until": "2026-11-21T08:00:00Z"}, "Too late: closed at 17:00"),
    ("expired", {"until": "2026-11-20"}, "Too late: this ticket was valid until Fri, Nov 20"),
    ("wrong_day", {"days": ["2026-11-20", "2026-11-22"]}, "This ticket is for other days: Fri, Nov 20 / Sun, Nov 22"),
    ("wrong_venue", {"venues": ["p", "q"]}, "This ticket is for another venue: Pier / Park"),
    ("wrong_organiser", {"events": ["p"]}, "This ticket is for other events: Pier"),
    ("already_admitted", HERE, "Already inside since 10:12, North gate"),
    (
        "already_admitted",
        HERE | {"since": "2026-11-20T01:12:00Z"},
        "Already inside since Fri, Nov 20 10:12, North gate",
    ),
    (
        "already_admitted",
        {"since": "2026-11-21T01:12:00Z"},
        "This ticket came in at 10:12 and has left; it does not come in again",
    ),
    ("already_admitted", {"times": 3}, "All entries of this ticket are used: 3"),
    (
        "already_inside_elsewhere",
        {"venue": "p", "since": "2026-11-21T00:30:00Z"},
        "Inside Pier since 09:30; please check out there first",
    ),
    ("venue_full", {"capacity": 100}, "The venue is full: 100 people are inside"),
    ("revoked", {"listed": "2026-11-21T00:55:00Z"}, "This ticket is not on the list of this device, made at 09:55"),
    ("canceled", {}, "This ticket was canceled."),
    ("wrong_venue", {"venues": []}, "This ticket is for another venue."),
    ("wrong_venue", {"venues": ["unknown"]}, "This ticket is for another venue."),
    ("already_admitted", HERE | {"gate": "unknown"}, "This ticket is already inside."),
    ("canceled", {"something": "new"}, "This ticket was canceled."),
    ("a_reason_of_a_newer_device", {}, "a_reason_of_a_newer_device"),
]


@pytest.mark.parametrize(("code", "facts", "words"), SAID)
def test_facts_in_words(code: str, facts: Facts, words: str) -> None:
    assert explain(code, facts, at=AT, zone=TOKYO, names=NAMES, tag="en") == words


def test_nothing_to_explain() -> None:
    assert explain(None, {}, at=AT, zone=TOKYO) == ""
    assert reason_text(None) == ""


def test_the_guests_language_and_not_the_readers() -> None:
    use_language("en")
    assert explain("canceled", {}, at=AT, zone=TOKYO, tag="ja") == "このチケットは取り消されました。"
    assert explain("canceled", {}, at=AT, zone=TOKYO) == "This ticket was canceled."


def test_moments_by_the_clocks_of_the_place() -> None:
    facts = {"from": "2026-11-21T08:00:00Z"}
    assert explain("not_yet_valid", facts, at=AT, zone="Europe/Berlin", tag="en") == "Too early: opens at 09:00"
    assert "Sat, Nov 21 17:00" in explain("not_yet_valid", facts, at=AT - dt.timedelta(days=1), zone=TOKYO, tag="en")


def test_words_of_guests_are_not_taken_for_places_to_fill_in() -> None:
    names = {"n": {"en": "{since} \\1"}}
    assert explain("already_admitted", HERE, at=AT, zone=TOKYO, names=names, tag="en").endswith(", {since} \\1")


def test_every_reason_has_a_word_and_a_sentence() -> None:
    assert set(SHORT) == set(REASONS)
    assert {key.partition(".")[0] for key in TOLD} <= set(REASONS)


def test_every_fact_of_the_vectors_is_told() -> None:
    refused = [v["expect"] for v in vectors()["cases"] if v["expect"]["facts"]]
    keys = {key_of(expect["reason"], expect["facts"]) for expect in refused}
    assert keys == set(TOLD) - {"revoked.listed"}  # which the device alone finds


def test_sentences_name_their_facts() -> None:
    for key, sentence in TOLD.items():
        named = set(re.findall(r"{(\w+)}", str(sentence)))
        parts = set(key.split(".")[1:])
        assert len(named) == 1 if parts == {"day"} else named == parts, key


def test_all_words_are_there_in_every_language() -> None:
    words = all_words()
    keys = {*REASONS, *QUARANTINE, *WARNINGS, *TOLD, *(f"{code}.short" for code in SHORT)}
    assert set(words) == set(LANGUAGES)
    for tag, known in words.items():
        assert keys <= set(known), tag
        for key in TOLD:
            assert set(re.findall(r"{\w+}", known[key])) == set(re.findall(r"{\w+}", words["en"][key])), (tag, key)
