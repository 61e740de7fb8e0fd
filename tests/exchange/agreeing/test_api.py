"""Partners, agreements and sources through the JSON API."""

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
