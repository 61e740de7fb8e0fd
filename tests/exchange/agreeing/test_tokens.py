"""Tokens of feeds: shown once, worth something until revoked, worthless when the agreement is."""

import datetime as dt
import re

import pytest

from app.core.db import fetch
from app.core.signing import token_digest
from app.core.web.frame import Frame
from app.exchange.agreeing import tokens
from tests.clock import NOW
from tests.doors import value
from tests.exchange import planting
from tests.exchange.desk import actions, officer, partner_city, wrong

pytestmark = pytest.mark.usefixtures("http")


def shown_token(text: str) -> str:
    found = re.search(r'id="token">([\w-]{43})<', text)
    assert found, text[:2000]
    return found[1]


async def test_a_partner_rotates_its_token_the_old_one_stays_until_revoked(app: Frame) -> None:
    made, agreed, _source = await planting.city("kobe")
    async with partner_city(app, made) as desk:
        first = shown_token((await desk.post("/partner/kobe/tokens", data={"label": "Website"})).text)
        answer = await desk.post("/partner/kobe/tokens", data={"label": "Website, new"})
        second = shown_token(answer.text)
        assert f"/calendars/partners/{second}.ics" in answer.text
        assert answer.headers["cache-control"] == "private, no-store"
        later = (await desk.get("/partner/kobe/published")).text
        assert first not in later
        assert second not in later
        for token in (first, second):
            found = await tokens.agreement_behind(token, now=NOW)
            assert found is not None
            assert found.id == agreed
        old = await value("SELECT id FROM feed_token WHERE label = 'Website'")
        assert (await desk.post(f"/partner/kobe/tokens/{old}/revoke")).status_code == 303
        assert (await desk.post(f"/partner/kobe/tokens/{old}/revoke")).status_code == 409
    assert await tokens.agreement_behind(first, now=NOW) is None
    assert await tokens.agreement_behind(second, now=NOW) is not None
    assert await actions(made) == ["feed_token.create", "feed_token.create", "feed_token.revoke"]
    kept = str([tuple(row) for row in await fetch("SELECT * FROM feed_token, audit_entry")])
    assert first not in kept
    assert second not in kept
    assert await value("SELECT count(*) FROM feed_token WHERE digest = $1", token_digest(second)) == 1


async def test_a_token_opens_nothing_once_the_agreement_is_over(app: Frame) -> None:
    made = await planting.partner("kobe")
    agreed = await planting.agreement(made, renews=False, valid_until=dt.date(2026, 11, 30))
    async with officer(app) as desk:
        drawn = shown_token((await desk.post("/office/partners/kobe/tokens", data={"label": "Theirs"})).text)
        assert await tokens.agreement_behind(drawn, now=NOW) is not None
        assert await tokens.agreement_behind(drawn, now=NOW + dt.timedelta(days=10)) is None
        await fetch("UPDATE agreement SET revoked_at = $2 WHERE id = $1", agreed, NOW)
        assert await tokens.agreement_behind(drawn, now=NOW) is None
        refused = await desk.post("/office/partners/kobe/tokens", data={"label": "More"})
        assert wrong(refused, "label")
    assert await tokens.agreement_behind("no such token", now=NOW) is None


async def test_a_use_is_written_down_once_an_hour(app: Frame) -> None:
    await planting.city("kobe")
    async with officer(app) as desk:
        drawn = shown_token((await desk.post("/office/partners/kobe/tokens", data={"label": "Theirs"})).text)
    for minutes, seen in ((0, 0), (59, 0), (60, 60), (119, 60)):
        await tokens.agreement_behind(drawn, now=NOW + dt.timedelta(minutes=minutes))
        assert await value("SELECT used_at FROM feed_token") == NOW + dt.timedelta(minutes=seen)


async def test_tokens_need_a_label_and_there_are_not_endlessly_many(app: Frame) -> None:
    _made, agreed, _source = await planting.city("kobe")
    for number in range(tokens.MOST):
        await planting.insert("feed_token", agreement=agreed, digest=bytes([number]), label="x", created_at=NOW)
    async with officer(app) as desk:
        assert wrong(await desk.post("/office/partners/kobe/tokens", data={}), "label")
        assert wrong(await desk.post("/office/partners/kobe/tokens", data={"label": "One more"}), "label")
        await fetch("UPDATE feed_token SET revoked_at = $1 WHERE digest = $2", NOW, b"\x00")
        assert (await desk.post("/office/partners/kobe/tokens", data={"label": "One more"})).status_code == 200


async def test_a_partner_says_where_it_wants_to_be_told_and_sees_the_key_once(app: Frame) -> None:
    made, _agreed, _source = await planting.city("kobe")
    path = "/partner/kobe/ping-target"
    async with partner_city(app, made) as desk:
        assert wrong(await desk.post(path, data={"url": "https://10.0.0.1/told"}), "url")
        assert wrong(await desk.post(path, data={}), "url")
        answer = await desk.post(path, data={"url": "https://kobe.example/told"})
        found = re.search(r'id="secret">([\w-]{43})<', answer.text)
        assert found
        later = (await desk.get("/partner/kobe/published")).text
        assert "https://kobe.example/told" in later
        assert found[1] not in later
        assert (await desk.post(f"{path}/remove")).status_code == 303
        assert (await desk.post(f"{path}/remove")).status_code == 404
    assert await actions(made) == ["ping_target.set", "ping_target.remove"]
