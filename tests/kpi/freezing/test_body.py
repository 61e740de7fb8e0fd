"""The frozen body: one text for one figure, for ever; and a digest that gives no small country away."""

import hashlib
import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.chain import Link
from app.kpi.counting import CountryRow, Figure, count
from app.kpi.freezing.body import Body, Noted, differences, read
from tests.kpi.ledgers import YEAR, random_ledger, scan, stay

HEAD = Link(7, bytes(range(32)))
NOTED = Noted(registrations=31, blind="0f" * 32)


def row(country: str, people: int) -> CountryRow:
    return CountryRow(country=country, people=people, on_site=people, online=0, both=0)


def figure(*rows: CountryRow) -> Figure:
    empty = count([], fiscal_year=YEAR)
    return msgspec.structs.replace(empty, people=sum(one.people for one in rows), by_country=rows)


def body(found: Figure, noted: Noted = NOTED) -> Body:
    return Body(figure=found, at=HEAD, noted=noted)


def test_text_and_digest_are_fixed_for_ever():
    """Changing the text would break every digest that was ever published."""
    made = body(count([scan(1), stay(2, 2, residence="KR"), scan(3, 3, residence=None)], fiscal_year=YEAR))
    assert made.text == (
        '{"figure":{"both":0,"by_country":[{"both":0,"country":"KR","on_site":0,"online":1,"people":1},'
        '{"both":0,"country":"SG","on_site":1,"online":0,"people":1}],"conflicts":0,"core_only":0,'
        '"fiscal_year":2026,"on_site":1,"online":1,"participations":2,"people":2,"rule":"kpi2-v1",'
        '"sensitivity":{"0":2,"1":2,"10":2,"30":1},"unknown_residence":1,"visits":2,"with_exhibitors":2},'
        '"form":"kpi2-body-1","head":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
        f'"noted":{{"blind":"{"0f" * 32}","registrations":31}},"position":7}}'
    )
    assert made.digest == hashlib.sha256(made.text.encode()).digest()


@given(st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_a_body_read_is_the_body_written(rng):
    made = body(count(random_ledger(rng), fiscal_year=YEAR))
    assert read(made.text) == made
    assert read(made.text).text == made.text


@pytest.mark.parametrize("change", [{"form": "kpi2-body-2"}, {"more": 1}, {"position": None}])
def test_unknown_form_is_refused(change):
    plain = msgspec.json.decode(body(figure()).text) | change
    with pytest.raises(ValueError, match=r"unknown|more|int"):
        read(msgspec.json.encode(plain).decode())


def _tried(published: bytes, noted: Noted) -> list[tuple[int, ...]]:
    """Every way in which 20 people of three small countries give the published digest."""
    ways = [(a, b, 20 - a - b) for a, b in itertools.product(range(1, 10), repeat=2) if 1 <= 20 - a - b <= 9]
    bodies = {way: body(figure(*map(row, ("KR", "SG", "TH"), way)), noted) for way in ways}
    return [way for way, made in bodies.items() if made.digest == published]


def test_digest_gives_no_small_country_away():
    """Who knows all but the folded cells tries every value: without the random number that finds them at once."""
    secret = body(figure(row("KR", 9), row("SG", 4), row("TH", 7)), Noted(31, "5c" * 32))
    assert _tried(secret.digest, Noted(31, "5c" * 32)) == [(9, 4, 7)]
    assert _tried(secret.digest, Noted(31, "")) == []
    assert _tried(secret.digest, Noted(31, "00" * 32)) == []


def test_differences_name_lines_and_countries():
    before, after = figure(row("KR", 3), row("SG", 2)), figure(row("SG", 2), row("TH", 5))
    assert differences(before, after) == {"people": 2, "country KR": -3, "country TH": 5}
    assert differences(before, before) == {}


def test_head_is_a_part_of_it():
    other = Body(figure=figure(), at=Link(8, HEAD.digest), noted=NOTED)
    assert other.digest != body(figure()).digest
