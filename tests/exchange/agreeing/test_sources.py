"""A calendar goes live in three actions; until then nobody sees it, and afterwards its report says what it is worth."""

from collections.abc import AsyncIterator

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange import terms
from app.exchange.agreeing import reach
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.exchange import planting
from tests.exchange.cities import City, city
from tests.exchange.desk import actions, officer, partner_city, wrong

pytestmark = pytest.mark.usefixtures("http")
FEED = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Kobe//EN\r
BEGIN:VEVENT\r
UID:1@kobe.example\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Asia/Tokyo:20261122T100000\r
DTEND;TZID=Asia/Tokyo:20261122T120000\r
SUMMARY:港の音楽\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2@kobe.example\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Asia/Tokyo:20261123T100000\r
DTEND;TZID=Asia/Tokyo:20261123T090000\r
SUMMARY:灯りの夜\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:3@kobe.example\r
DTSTAMP:20261101T000000Z\r
SUMMARY:日の分からない催し\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
async def kobe() -> AsyncIterator[City]:
    """A city that serves a calendar with two events that can be saved and one that cannot."""
    async with city() as found:
        found.serve("/events.ics", FEED.encode())
        yield found


def source_of(answer_location: str) -> str:
    return answer_location.partition("?")[0].rpartition("/")[2]


async def test_a_new_city_is_live_in_three_actions_with_a_report_before_the_third(app: Frame, kobe: City) -> None:
    async with officer(app) as desk:
        pasted = await desk.post(
            "/office/partners/sources/new", data={"url": kobe.url("/events.ics"), "city": "Kobe", "kind": "ics"}
        )
        assert pasted.status_code == 303, pasted.text[:3000]
        path = pasted.headers["location"]
        source = await reach.any_source(source_of(path))
        assert path == f"/office/partners/kobe/sources/{source.id}?done=read"
        assert (source.live_at, source.paused_at) == (None, NOW)

        report = (await desk.get(path)).text
        assert "Not live yet" in report
        assert "The end lies before the start. The end was left out." in report
        assert "There is no start." in report
        assert kobe.url("/events.ics") not in report

        async with client(app) as stranger:
            assert "港の音楽" not in (await stranger.get("/yokohama-2026/partners")).text
            live = await desk.post(f"/office/partners/kobe/sources/{source.id}/live")
            assert live.headers["location"].endswith("?done=live")
            shown = (await stranger.get("/yokohama-2026/partners")).text
            assert "港の音楽" in shown
            assert "Kobe" in shown
    source = await reach.any_source(source.id)
    assert (source.live_at, source.paused_at, source.next_at) == (NOW, None, NOW)
    titles = await fetch("SELECT title FROM exchanged_event WHERE source = $1 ORDER BY uid", source.id)
    assert [row["title"] for row in titles] == ["港の音楽", "灯りの夜"]
    agreement = await reach.agreement_of(source.id)
    assert terms.state(agreement, NOW) == "valid"
    assert (agreement.licence, agreement.renews, str(agreement.valid_until)) == ("CC BY 4.0", True, "2027-11-20")
    assert await actions(source.partner) == ["partner.create", "agreement.create", "source.create", "source.live"]
    assert len(kobe.asked) == 1


async def test_the_report_shows_lost_and_repaired_apart_with_line_and_reason(app: Frame, kobe: City) -> None:
    made, _agreed, source = await planting.city("kobe", url=kobe.url("/events.ics"))
    async with officer(app) as desk:
        path = f"/office/partners/kobe/sources/{source}"
        assert "Nothing was read yet." in (await desk.get(path)).text
        assert (await desk.post(f"{path}/pull")).headers["location"] == f"{path}?done=read"
        lost = (await desk.get(f"{path}?show=lost")).text
        assert "There is no start." in lost
        repaired = (await desk.get(f"{path}?show=repaired")).text
        assert "There is no start." not in repaired
        assert (await desk.get(f"{path}?show=nonsense")).status_code == 200
        assert "開始がありません" not in lost
        reading = await value("SELECT id FROM pull WHERE source = $1", source)
        raw = await desk.get(f"{path}/readings/{reading}/file")
        assert raw.content == FEED.encode()
        assert raw.headers["content-disposition"].startswith("attachment")
        assert (await desk.get(f"{path}/readings/{source}/file")).status_code == 404
        assert (await desk.get(f"{path}?reading={reading}")).status_code == 200
        assert (await desk.get(f"{path}?reading={source}")).status_code == 404
    async with partner_city(app, made) as own:
        shown = (await own.get(f"/partner/kobe/sources/{source}")).text
        assert "There is no start." in shown
        assert f"{reading}/file" not in shown


async def test_a_calendar_that_cannot_be_read_says_why_and_does_not_go_live(app: Frame, kobe: City) -> None:
    await planting.city("kobe")
    async with officer(app) as desk:
        sent = {"url": kobe.url("/nothing.ics"), "partner": "kobe", "kind": "ics"}
        added = await desk.post("/office/partners/sources/new", data=sent)
        path = added.headers["location"].partition("?")[0]
        assert "The server answered with an error." in (await desk.get(path)).text
        refused = await desk.post(f"{path}/live")
        assert refused.status_code == 409
        assert "Nothing has been read from this calendar yet." in refused.text
    assert (await reach.any_source(source_of(path))).live_at is None


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ("partner",)),
        ({"kind": "page"}, ("partner", "url")),
        ({"partner": "kobe", "kind": "page"}, ("url",)),
        ({"url": "https://kobe.example/a.ics"}, ("partner",)),
        ({"url": "https://kobe.example/a.ics", "city": "\u200b"}, ("city",)),
        ({"partner": "kobe", "url": "http://kobe.example/a.ics"}, ("url",)),
        ({"partner": "kobe", "url": "https://user:word@kobe.example/a.ics"}, ("url",)),
        ({"partner": "kobe", "url": "https://10.0.0.1/a.ics"}, ("url",)),
        ({"partner": "kobe", "url": "https://kobe.example:9000/a.ics"}, ("url",)),
        ({"partner": "kobe", "url": "file:///etc/passwd"}, ("url",)),
        ({"partner": "kobe", "url": "https://kobe.example/a.ics", "zone": "Japan Time"}, ("zone",)),
        ({"partner": "kobe", "url": "https://kobe.example/a.ics", "kind": "fax"}, ("kind",)),
        ({"partner": "kobe", "url": "https://kobe.example/a.ics", "kind": "push"}, ("url",)),
        ({"partner": "ended", "url": "https://kobe.example/a.ics"}, ("partner",)),
    ],
)
async def test_a_calendar_that_cannot_be_says_where(app: Frame, sent: dict[str, str], fields: tuple[str, ...]) -> None:
    await planting.city("kobe")
    await planting.agreement(await planting.partner("ended"), revoked_at=NOW)
    async with officer(app) as desk:
        answer = await desk.post("/office/partners/sources/new", data={"kind": "ics", **sent})
    assert wrong(answer, *fields)
    assert await value("SELECT count(*) FROM source") == 1


async def test_pausing_and_going_on(app: Frame) -> None:
    made, _agreed, source = await planting.city("kobe", read_at=NOW)
    path = f"/office/partners/kobe/sources/{source}"
    async with officer(app) as desk:
        assert (await desk.post(f"{path}/live")).status_code == 409
        assert (await desk.post(f"{path}/pause")).headers["location"].endswith("?done=paused")
        assert "Paused" in (await desk.get(path)).text
        assert (await desk.post(f"{path}/pause")).status_code == 409
        assert (await desk.post(f"{path}/live")).status_code == 303
    assert await actions(made) == ["source.pause", "source.resume"]
    assert (await reach.any_source(source)).paused_at is None


async def test_settings_change_zone_and_address_and_never_show_the_address(app: Frame) -> None:
    made, _agreed, source = await planting.city("kobe", url="https://kobe.example/secret.ics", etag="x", file=b"f")
    path = f"/office/partners/kobe/sources/{source}/settings"
    async with officer(app) as desk:
        assert "secret.ics" not in (await desk.get(path)).text
        sent = {"name": "Events", "zone": "Asia/Seoul", "language": "ko", "seen": "0"}
        assert (await desk.post(path, data=sent)).status_code == 303
        held = await reach.any_source(source)
        assert (held.name, held.zone, held.language, held.url) == (
            "Events",
            "Asia/Seoul",
            "ko",
            "https://kobe.example/secret.ics",
        )
        assert (held.etag, held.file) == ("", b"")  # the next reading reads every event again, in the new zone
        assert (await desk.post(path, data=sent)).status_code == 409
        moved = {**sent, "url": "webcal://kobe.example/new.ics", "seen": "1"}
        assert (await desk.post(path, data=moved)).status_code == 303
        assert (await reach.any_source(source)).url == "webcal://kobe.example/new.ics"
        assert wrong(await desk.post(path, data={**sent, "url": "https://127.0.0.2/x", "seen": "2"}), "url")
        assert wrong(await desk.post(path, data={**sent, "zone": "Nowhere/City", "seen": "2"}), "zone")
    assert "secret.ics" not in str(await fetch("SELECT detail FROM audit_entry"))
    assert await actions(made) == ["source.change", "source.change"]


async def test_a_new_key_for_pings_is_shown_once(app: Frame) -> None:
    made, _agreed, source = await planting.city("kobe")
    async with partner_city(app, made) as desk:
        answer = await desk.post(f"/partner/kobe/sources/{source}/secret")
        drawn = (await reach.any_source(source)).secret
        assert len(drawn) == 43
        assert drawn in answer.text
        assert f"/api/v1/sources/{source}/ping" in answer.text
        assert drawn not in (await desk.get(f"/partner/kobe/sources/{source}")).text
        await desk.post(f"/partner/kobe/sources/{source}/secret")
    assert (await reach.any_source(source)).secret != drawn
    assert drawn not in str(await fetch("SELECT detail FROM audit_entry"))
    assert await actions(made) == ["source.secret", "source.secret"]


async def test_a_file_handed_in_is_read_like_any_other(app: Frame) -> None:
    made, _agreed, source = await planting.city("kobe", kind="csv")
    rows = "イベント名,開始日,終了日,場所名称\r\n花まつり,2026-11-28,2026-11-28,中央公園\r\n日なし,,,駅前\r\n"
    path = f"/partner/kobe/sources/{source}"
    async with partner_city(app, made) as desk:
        answer = await desk.post(f"{path}/file", files={"file": ("list.csv", rows.encode("cp932"))})
        assert answer.headers["location"] == f"{path}?done=read"
        assert "There is no start." in (await desk.get(path)).text
        empty = await desk.post(f"{path}/file", files={"file": ("list.csv", b"")})
        assert empty.status_code == 422
        assert "Please choose a file." in empty.text
        await desk.post(f"{path}/file", files={"file": ("list.csv", b"%PDF-1.7")})
        assert "This is no list of events" in (await desk.get(path)).text
    assert await value("SELECT array_agg(title) FROM exchanged_event") == ["花まつり"]
    assert await value("SELECT array_agg(why || ' ' || outcome ORDER BY outcome) FROM pull") == [
        "upload failed",
        "upload read",
    ]


async def test_what_vanished_or_is_called_off_is_decided_by_an_officer(app: Frame) -> None:
    made, _agreed, source = await planting.city("kobe")
    gone = await planting.event(source, "消えた催し", state="missing", state_at=NOW)
    kept = await planting.event(source, "残す催し", state="missing", state_at=NOW)
    off = await planting.event(source, "【中止】雨の祭り", proposed="cancelled")
    on = await planting.event(source, "中止しない祭り", proposed="cancelled")
    both = [await planting.event(source, f"まとめて{n}") for n in (1, 2)]
    pull = await planting.insert(
        "pull", source=source, begun_at=NOW, ended_at=NOW, why="schedule", outcome="held", problem="truncated",
        answered=200, file=b"", counts={}, report=[], found=0, changes=[],
    )  # fmt: skip
    held = await planting.insert(
        "vanishing", source=source, pull=pull, doubt="truncated", events=[str(one) for one in both], found_at=NOW,
        decision="",
    )  # fmt: skip
    _other, _a, elsewhere = await planting.city("sapporo")
    path = f"/office/partners/kobe/sources/{source}"
    async with partner_city(app, made) as own:
        shown = (await own.get(f"/partner/kobe/sources/{source}")).text
        assert "消えた催し" in shown
        assert "/missing/" not in shown
    async with officer(app) as desk:
        shown = (await desk.get(path)).text
        assert "The file ended in the middle. 2 events would vanish." in shown
        assert (await desk.get("/start")).text.count(path) == 1
        for part, wish in (
            (f"missing/{gone}", "withdraw"),
            (f"missing/{kept}", "keep"),
            (f"canceled/{off}", "cancel"),
            (f"canceled/{on}", "uphold"),
            (f"held/{held}", "keep"),
        ):
            wrong_place = await desk.post(
                f"/office/partners/sapporo/sources/{elsewhere}/{part}", data={"decision": wish}
            )
            assert wrong_place.status_code == 404
            assert (await desk.post(f"{path}/{part}", data={"decision": "maybe"})).status_code == 422
            assert (await desk.post(f"{path}/{part}", data={"decision": wish})).status_code == 303, part
            assert (await desk.post(f"{path}/{part}", data={"decision": wish})).status_code == 409
        assert "消えた催し" not in (await desk.get(path)).text
        assert path not in (await desk.get("/start")).text
    rows = await fetch("SELECT id, state, status FROM exchanged_event")
    assert {row["id"]: (row["state"], row["status"]) for row in rows} == {
        gone: ("withdrawn", "confirmed"),
        kept: ("shown", "confirmed"),
        off: ("shown", "cancelled"),
        on: ("shown", "confirmed"),
        **dict.fromkeys(both, ("shown", "confirmed")),
    }
