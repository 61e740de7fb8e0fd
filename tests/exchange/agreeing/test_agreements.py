"""Partners and agreements through the office's pages: made, changed, ended by notice, revoked."""

import datetime as dt

import msgspec
import pytest

from app.core.db import fetch_one
from app.core.web.frame import Frame
from app.exchange import terms
from app.exchange.agreeing import reach
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value
from tests.exchange import planting
from tests.exchange.desk import AGREEMENT, actions, officer, wrong

pytestmark = pytest.mark.usefixtures("http")


async def test_a_partner_is_made_and_changed_by_an_officer(app: Frame) -> None:
    async with officer(app) as desk:
        assert "/office/partners/sources/new" in (await desk.get("/office/partners")).text
        made = await desk.post("/office/partners/new", data={"name.ja": "神戸市", "name.en": "Kobe", "code": "281000"})
        assert made.headers["location"] == "/office/partners/kobe?done=added"
        found = await reach.any_partner("kobe")
        assert (found.name, found.code) == ({"ja": "神戸市", "en": "Kobe"}, "281000")
        assert "Kobe" in (await desk.get("/office/partners")).text
        saved = await desk.post("/office/partners/kobe/settings", data={"name.en": "Kobe City", "seen": "0"})
        assert saved.headers["location"] == "/office/partners/kobe?done=saved"
        late = await desk.post("/office/partners/kobe/settings", data={"name.en": "Kobe!", "seen": "0"})
        assert late.status_code == 409
        assert "Kobe City" in late.text
        again = await desk.post("/office/partners/new", data={"name.en": "Kobe"})
        assert again.headers["location"] == "/office/partners/kobe-2?done=added"
    assert await actions(found.id) == ["partner.create", "partner.change"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"),
        ({"name.en": "Kobe", "code": "28100"}, "code"),
        ({"name.en": "Kobe", "slug": "cards"}, "slug"),
        ({"name.en": "Kobe", "slug": "sources"}, "slug"),
        ({"name.en": "Kobe", "slug": "1a79bb26-7c9e-4d8b-9a7c-0d8f5a3e2b11"}, "slug"),
        ({"name.en": "Kobe", "slug": "taken"}, "slug"),
        ({"name.en": "Kobe", "url": "javascript:alert(1)"}, "url"),
    ],
)
async def test_a_partner_that_cannot_be_says_where(app: Frame, sent: dict[str, str], field: str) -> None:
    await planting.partner("taken")
    async with officer(app) as desk:
        assert wrong(await desk.post("/office/partners/new", data=sent), field)
    assert await value("SELECT count(*) FROM partner") == 1


async def test_an_agreement_keeps_what_was_agreed_and_mail_addresses_confidential(app: Frame) -> None:
    made = await planting.partner("kobe")
    async with officer(app) as desk:
        assert "Valid until" in (await desk.get("/office/partners/kobe/agreements/new")).text
        sent = {**AGREEMENT, "licence": "own", "licence_words": "By word of mouth", "onward": "true"}
        answer = await desk.post("/office/partners/kobe/agreements/new", data=sent)
        assert answer.headers["location"] == "/office/partners/kobe?done=added"
        (found,) = await reach.agreements_of(made)
        shown = (await desk.get("/office/partners/kobe")).text
        assert "By word of mouth" in shown
        form = (await desk.get(f"/office/partners/kobe/agreements/{found.id}")).text
        assert 'name="fields.phone" value="partner" checked' in form
        assert 'name="licence" value="own" checked' in form
    assert (found.licence, found.onward, found.notice_days) == ("By word of mouth", True, 90)
    assert found.fields == {
        "title": "public", "time": "public", "place": "public", "description": "public", "url": "public",
        "categories": "public", "organiser": "public", "price": "public", "contact": "confidential",
        "phone": "partner", "other": "partner", "email": "confidential",
    }  # fmt: skip
    assert found.publishes.scopes == ("core", "linked")
    assert not found.publishes.partners
    assert await actions(made) == ["agreement.create"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"valid_until": "2026-10-31"}, "valid_until"),
        ({"valid_from": "tomorrow"}, "valid_from"),
        ({"notice_days": "366"}, "notice_days"),
        ({"licence": "WTFPL"}, "licence"),
        ({"licence": "own"}, "licence_words"),
        ({"attribution.ja": ""}, "attribution"),
        ({"fields.title": "secret"}, "fields-title"),
        ({"fields.email": "public"}, "fields-email"),
        ({"scopes": "everything"}, "scopes-0"),
    ],
)
async def test_an_agreement_that_cannot_be_says_where(app: Frame, sent: dict[str, str], field: str) -> None:
    await planting.partner("kobe")
    async with officer(app) as desk:
        assert wrong(await desk.post("/office/partners/kobe/agreements/new", data={**AGREEMENT, **sent}), field)
    assert await value("SELECT count(*) FROM agreement") == 0


async def test_saving_too_late_shows_what_is_stored(app: Frame) -> None:
    made = await planting.partner("kobe")
    agreed = await planting.agreement(made)
    path = f"/office/partners/kobe/agreements/{agreed}"
    async with officer(app) as desk:
        assert (await desk.post(path, data={**AGREEMENT, "seen": "0"})).status_code == 303
        late = await desk.post(path, data={**AGREEMENT, "title": "Mine", "seen": "0"})
    assert late.status_code == 409
    assert "Exchange of calendars" in late.text
    assert await value("SELECT title FROM agreement") == "Exchange of calendars"


async def test_notice_ends_the_term_and_can_be_taken_back(app: Frame, clock: Clock) -> None:
    made = await planting.partner("kobe")
    agreed = await planting.agreement(made, valid_until=dt.date(2027, 3, 31))
    path = f"/office/partners/kobe/agreements/{agreed}/notice"
    async with officer(app) as desk:
        assert 'value="2026-11-21"' in (await desk.get(path)).text
        assert wrong(await desk.post(path, data={"notice_on": "2026-11-22"}), "notice_on")
        assert (await desk.post(path, data={"notice_on": "2026-11-20"})).headers["location"].endswith("?done=noticed")
        assert (await desk.post(path, data={"notice_on": "2026-11-20"})).status_code == 409
        found = await reach.any_agreement(agreed)
        assert terms.ends_on(found) == dt.date(2027, 3, 31)
        assert (await desk.post(f"{path}/back")).status_code == 303
        assert terms.ends_on(await reach.any_agreement(agreed)) is None
        assert (await desk.post(f"{path}/back")).status_code == 409
    assert await actions(made) == ["agreement.notice", "agreement.notice_back"]


async def test_a_revoked_agreement_is_over_at_once_and_for_good(app: Frame) -> None:
    made, agreed, source = await planting.city("kobe", url="https://kobe.example/events.ics")
    path = f"/office/partners/kobe/agreements/{agreed}"
    await planting.event(source, "港の音楽")
    async with officer(app) as desk, client(app) as stranger:
        assert "港の音楽" in (await stranger.get("/yokohama-2026/partners")).text
        assert "for ever" in (await desk.get(f"{path}/revoke")).text
        assert wrong(await desk.post(f"{path}/revoke", data={}), "reason")
        assert [one.id for one in await reach.valid_agreements(NOW)] == [agreed]
        answer = await desk.post(f"{path}/revoke", data={"reason": "Broken promises"})
        assert answer.headers["location"] == "/office/partners/kobe?done=revoked"
        assert await reach.valid_agreements(NOW) == []
        assert "港の音楽" not in (await stranger.get("/yokohama-2026/partners")).text
        assert (await desk.post(f"{path}/revoke", data={"reason": "Again"})).status_code == 409
        assert (await desk.post(path, data={**AGREEMENT, "seen": "1"})).status_code == 409
        for button in ("live", "pull", "secret"):
            assert (await desk.post(f"/office/partners/kobe/sources/{source}/{button}")).status_code == 409
    assert await actions(made) == ["agreement.revoke"]
    row = await fetch_one("SELECT detail FROM audit_entry ORDER BY position DESC LIMIT 1")
    assert row is not None
    assert msgspec.json.decode(row["detail"])["reason"] == "Broken promises"


async def test_a_new_agreement_takes_calendars_over_but_no_token_of_a_revoked_one(app: Frame) -> None:
    made = await planting.partner("kobe")
    ended = await planting.agreement(made, valid_until=dt.date(2026, 10, 31), renews=False)
    revoked = await planting.agreement(made, revoked_at=NOW)
    first, second = await planting.source(ended), await planting.source(revoked)
    for number, of in enumerate((ended, revoked)):
        await planting.insert("feed_token", agreement=of, digest=bytes([number]), label="x", created_at=NOW)
    async with officer(app) as desk:
        await desk.post("/office/partners/kobe/agreements/new", data={**AGREEMENT, "takes_over": "true"})
    (new,) = [one.id for one in await reach.valid_agreements(NOW)]
    assert (await reach.any_source(first)).agreement == (await reach.any_source(second)).agreement == new
    assert await value("SELECT digest FROM feed_token WHERE agreement = $1", new) == b"\x00"
    assert await value("SELECT count(*) FROM feed_token WHERE agreement = $1", revoked) == 1
