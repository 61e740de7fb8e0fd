"""Partners, agreements and sources through the JSON API."""

import datetime as dt
from uuid import uuid4

import httpx
import pytest

from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.exchange import planting
from tests.exchange.agreeing.test_sources import FEED
from tests.exchange.cities import city

pytestmark = pytest.mark.usefixtures("http")
AGREED = {
    "title": "Exchange",
    "valid_from": "2026-11-01",
    "valid_until": "2027-10-31",
    "renews": True,
    "attribution": {"en": "Kobe"},
    "scopes": ["core"],
}


async def test_an_officers_program_makes_a_partner_an_agreement_and_a_source_and_reads_it(app: Frame) -> None:
    async with client(app, await token_for("officer")) as asker, city() as kobe:
        kobe.serve("/events.ics", FEED.encode())
        made = await asker.post("/api/v1/partners", json={"name": {"en": "Kobe"}, "code": "281000"})
        assert made.status_code == 201, made.text
        assert {name: made.json()[name] for name in ("slug", "state", "revision", "sources")} == {
            "slug": "kobe",
            "state": None,
            "revision": 0,
            "sources": 0,
        }
        agreed = (await asker.post("/api/v1/partners/kobe/agreements", json=AGREED)).json()
        assert (agreed["state"], agreed["until"], agreed["ends_on"]) == ("valid", "2027-10-31", None)
        assert agreed["fields"]["email"] == "confidential"
        added = await asker.post("/api/v1/partners/kobe/sources", json={"url": kobe.url("/events.ics")})
        assert added.status_code == 201, added.text
        source = added.json()
        assert (source["state"], source["kind"], source["events"]) == ("new", "ics", 2)
        assert "url" not in source
        report = (await asker.get(f"/api/v1/partners/kobe/sources/{source['id']}/report")).json()
        assert (report["outcome"], report["counts"]["added"], report["counts"]["refused"]) == ("read", 2, 1)
        found = {one["code"]: one for one in report["findings"]}
        assert found["start_missing"]["lost"]
        assert found["end_before_start"]["words"] == "The end lies before the start. The end was left out."
        live = await asker.post(f"/api/v1/sources/{source['id']}:live")
        assert live.json()["state"] == "live"
        assert (await asker.post(f"/api/v1/sources/{source['id']}:pull")).json()["outcome"] == "unchanged"
        assert (await asker.post(f"/api/v1/sources/{source['id']}:pause")).json()["state"] == "paused"
        for act in (":erase", "", ":"):
            assert (await asker.post(f"/api/v1/sources/{source['id']}{act}")).status_code in {404, 405}
        assert (await asker.get("/api/v1/partners")).json()[0]["events"] == 2


async def test_changes_name_the_revision_they_were_made_from(app: Frame) -> None:
    _made, agreed, source = await planting.city("kobe")
    async with client(app, await token_for("officer")) as asker:
        for path, sent in (
            ("/api/v1/partners/kobe", {"name": {"en": "Kobe"}}),
            (f"/api/v1/partners/kobe/agreements/{agreed}", AGREED),
            (f"/api/v1/partners/kobe/sources/{source}", {"name": "Events"}),
        ):
            assert (await asker.put(path, json=sent)).status_code == 409
            first = await asker.put(path, json=sent, headers={"if-match": '"0"'})
            assert (first.status_code, first.json()["revision"]) == (200, 1), first.text
            assert (await asker.put(path, json=sent, headers={"if-match": '"0"'})).status_code == 409
            unknown = await asker.put(path, json={**sent, "colour": "red"}, headers={"if-match": '"1"'})
            assert [one["field"] for one in unknown.json()["errors"]] == ["colour"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("福岡市", "fukuoka"), ("京都", "kyoto"), ("京都府", "kyoto"), ("さいたま市", "saitama"), ("三春町", "partner")],
)
async def test_a_city_with_a_japanese_name_alone_has_an_address_that_can_be_read(
    app: Frame, name: str, slug: str
) -> None:
    async with client(app, await token_for("officer")) as asker:
        made = await asker.post("/api/v1/partners", json={"name": {"ja": name}})
        assert (made.status_code, made.json()["slug"]) == (201, slug)


async def test_a_partner_reads_its_own_and_changes_nothing(app: Frame) -> None:
    made, agreed, source = await planting.city("kobe", url="https://kobe.example/secret.ics")
    await planting.city("sapporo")
    async with client(app, await token_for("partner", scope=Scope(partners=(made,)))) as asker:
        assert [one["slug"] for one in (await asker.get("/api/v1/partners")).json()] == ["kobe"]
        assert [one["id"] for one in (await asker.get("/api/v1/partners/kobe/agreements")).json()] == [str(agreed)]
        listed = await asker.get("/api/v1/partners/kobe/sources")
        assert [one["id"] for one in listed.json()] == [str(source)]
        assert "secret.ics" not in listed.text
        assert (await asker.get(f"/api/v1/partners/kobe/sources/{source}/report")).status_code == 404  # not read yet
        for path in ("/api/v1/partners", "/api/v1/partners/kobe/sources", f"/api/v1/sources/{source}:pull"):
            assert (await asker.post(path, json={})).status_code == 403


async def test_nothing_is_read_without_a_valid_agreement(app: Frame) -> None:
    made = await planting.partner("kobe")
    source = await planting.source(await planting.agreement(made, revoked_at=NOW), url="https://kobe.example/a.ics")
    async with client(app, await token_for("officer")) as asker:
        for act in ("pull", "live"):
            answer = await asker.post(f"/api/v1/sources/{source}:{act}")
            assert answer.status_code == 409
            assert answer.json()["type"].endswith("/problems/agreement-not-valid")
        refused = await asker.post("/api/v1/partners/kobe/sources", json={"url": "https://kobe.example/b.ics"})
        assert refused.status_code == 409


async def _pages(asker: httpx.AsyncClient, path: str, limit: int) -> list[list[str]]:
    """Return the ids of each part of a list, following the Link header to its end."""
    found, address = [], f"{path}?lang=ja&limit={limit}"
    while address:
        answer = await asker.get(address)
        assert answer.status_code == 200, answer.text
        found.append([one["id"] for one in answer.json()])
        address = answer.links.get("next", {}).get("url", "").removeprefix("http://test")
        assert not address or address.startswith(f"{path}?lang=ja&limit={limit}&cursor="), "what was asked stays"
    return found


async def test_lists_come_in_parts_that_lead_to_one_another(app: Frame) -> None:
    made = await planting.partner("aaa")
    others = [await planting.partner(f"aaa-{n}") for n in range(4)]
    agreed = [await planting.agreement(made, valid_from=NOW.date() - dt.timedelta(days=n)) for n in range(5)]
    sources = sorted([await planting.source(agreed[0]) for _n in range(5)])
    wanted = {
        "/api/v1/partners": [made, *others],
        "/api/v1/partners/aaa/agreements": agreed,
        "/api/v1/partners/aaa/sources": sources,
    }
    office = await token_for("officer")
    async with client(app, office) as asker:
        for path, keys in wanted.items():
            parts = await _pages(asker, path, 2)
            assert [len(part) for part in parts[:-1]] == [2] * (len(parts) - 1)
            whole = [key for part in parts for key in part]
            assert whole[:5] == [str(key) for key in keys]
            assert await _pages(asker, path, len(whole)) == [whole], "a list that just fits leads nowhere"
            for wrong in ("limit=0", "limit=201", "limit=x", "cursor=x", f"cursor={uuid4()}"):
                assert (await asker.get(f"{path}?{wrong}")).status_code == 422, wrong


async def test_parts_of_a_partner_lead_to_nobody_else(app: Frame) -> None:
    mine, other = await planting.partner("aaa"), await planting.partner("aab")
    async with client(app, await token_for("partner", scope=Scope(partners=(mine,)))) as asker:
        first = await asker.get("/api/v1/partners?limit=1")
        assert [one["slug"] for one in first.json()] == ["aaa"]
        assert "link" not in first.headers
        for cursor, found in ((mine, 200), (other, 422), (uuid4(), 422)):
            answer = await asker.get(f"/api/v1/partners?cursor={cursor}")
            assert answer.status_code == found
            assert "aab" not in answer.text
