"""The push API through HTTP: an event is put, changed under conditions, deleted; what is wrong is refused whole."""

import datetime as dt
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.exchange import planting

UID = "hanabi-2026@fukuoka.example"


def ics(uid: str = UID, title: str = "花火大会", *lines: str, instances: tuple[str, ...] = ()) -> bytes:
    """Return an event of two hours as a calendar file, with further lines and further components."""
    event = ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", "DTSTART:20261201T090000Z", "DTEND:20261201T110000Z"]
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", *event, *lines, "END:VEVENT", *instances, "END:VCALENDAR", ""]
    return "\r\n".join(whole).encode()


def instance(day: str, title: str) -> str:
    lines = ["BEGIN:VEVENT", f"UID:{UID}", f"RECURRENCE-ID:{day}T090000Z", f"SUMMARY:{title}"]
    return "\r\n".join([*lines, f"DTSTART:{day}T100000Z", f"DTEND:{day}T110000Z", "END:VEVENT"])


class Pusher:
    """A partner city at the push API."""

    def __init__(self, http: httpx.AsyncClient, slug: str, agreement: UUID) -> None:
        self.http = http
        self.slug = slug
        self.agreement = agreement

    def path(self, uid: str) -> str:
        """Return the address of an event."""
        return f"/api/v1/partners/{self.slug}/events/{quote(uid, safe='')}"

    async def put(self, body: bytes, uid: str = UID, kind: str = "text/calendar", **headers: str) -> httpx.Response:
        """Put an event."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.http.put(self.path(uid), content=body, headers={"content-type": kind, **sent})

    async def get(self, uid: str = UID) -> httpx.Response:
        """Get it back."""
        return await self.http.get(self.path(uid))

    async def delete(self, uid: str = UID, **headers: str) -> httpx.Response:
        """Delete it."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.http.delete(self.path(uid), headers=sent)


async def at(app: Frame, slug: str = "fukuoka", **columns: Any) -> Pusher:
    made = await planting.partner(slug)
    agreement = await planting.agreement(made, **columns)
    token = await token_for("partner", scope=Scope(partners=(made,)))
    return Pusher(client(app, token), slug, agreement)


@pytest.fixture
async def fukuoka(app: Frame, rollback: None) -> Pusher:
    return await at(app)


async def rows() -> list[tuple[str, str, str, int]]:
    found = await fetch("SELECT recurrence_id, title, state, revision FROM exchanged_event ORDER BY recurrence_id")
    return [tuple(row) for row in found]


async def published() -> list[tuple[str, str]]:
    """Return title and status of what everybody gets."""
    found = await fetch(
        "SELECT t.said, p.status FROM publication p JOIN published_text t ON t.publication = p.id"
        " WHERE t.language = 'en' AND p.kind = 'card' AND p.audience = 'public' AND p.gone_at IS NULL"
    )
    return [(msgspec.json.decode(row["said"])["title"], row["status"]) for row in found]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


async def test_event_is_put_read_back_changed_and_deleted(fukuoka: Pusher) -> None:
    made = await fukuoka.put(ics(), if_none_match="*")
    assert (made.status_code, made.headers["cache-control"]) == (201, "private, no-store")
    first = made.json()
    assert (first["uid"], first["version"], first["findings"]) == (UID, made.headers["etag"], [])
    (held,) = first["events"]
    assert (held["title"], held["starts_at"], held["ends_at"]) == (
        "花火大会",
        "2026-12-01T09:00:00Z",
        "2026-12-01T11:00:00Z",
    )
    got = await fukuoka.get()
    assert (got.status_code, got.headers["etag"], got.json()) == (200, first["version"], first)
    changed = await fukuoka.put(ics(title="花火大会（新）"), if_match=first["version"])
    assert changed.status_code == 200
    assert changed.headers["etag"] != first["version"]
    gone = await fukuoka.delete(if_match=changed.headers["etag"])
    assert (gone.status_code, gone.content) == (204, b"")
    assert problem(await fukuoka.get()) == (410, "event-deleted")
    assert await rows() == [("", "花火大会（新）", "deleted", 2)]


async def test_what_is_pushed_is_published_at_once_and_canceled_when_it_is_deleted(fukuoka: Pusher) -> None:
    await fukuoka.put(ics())
    assert await published() == [("花火大会", "confirmed")]
    await fukuoka.put(ics(title="花火"))
    assert await published() == [("花火", "confirmed")]
    await fukuoka.delete()
    assert await published() == [("花火", "cancelled")], "no subscriber keeps it"


async def test_sending_the_same_again_changes_nothing(fukuoka: Pusher) -> None:
    first = await fukuoka.put(ics())
    before = await rows()
    stamped = ics(title="花火大会")
    for body in (stamped, stamped.replace(b"SUMMARY", b"DTSTAMP:20261121T000000Z\r\nSUMMARY")):
        again = await fukuoka.put(body)
        assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])
    assert await rows() == before


async def test_json_is_taken_as_we_give_it(fukuoka: Pusher) -> None:
    wish = {
        "uid": UID,
        "title": "花火大会",
        "titles": {"en": "Fireworks"},
        "starts_at": "2026-12-01T18:00:00+09:00",
        "ends_at": "2026-12-01T20:00:00+09:00",
        "place": "大濠公園",
        "contact": "観光課",
    }
    made = await fukuoka.put(msgspec.json.encode(wish), kind="application/json; charset=utf-8")
    assert made.status_code == 201, made.text
    (held,) = made.json()["events"]
    assert {name: held[name] for name in ("title", "titles", "place", "contact", "starts_at")} == {
        "title": "花火大会",
        "titles": {"en": "Fireworks"},
        "place": "大濠公園",
        "contact": "観光課",
        "starts_at": "2026-12-01T09:00:00Z",
    }
    again = await fukuoka.put(msgspec.json.encode(made.json()["events"]), kind="application/json")
    assert (again.status_code, again.headers["etag"]) == (200, made.headers["etag"]), again.text


async def test_conditions(fukuoka: Pusher) -> None:
    assert problem(await fukuoka.put(ics(), if_match="*")) == (412, "version-differs")
    first = (await fukuoka.put(ics(), if_none_match="*")).headers["etag"]
    for headers in ({"if_none_match": "*"}, {"if_match": '"other"'}, {"if_match": f"W/{first}"}, {"if_match": "x"}):
        answer = await fukuoka.put(ics(title="x"), **headers)
        assert problem(answer) == (412, "version-differs")
        assert answer.headers["etag"] == answer.json()["etag"] == first
    answer = await fukuoka.delete(if_match='"other"')
    assert (problem(answer), answer.headers["etag"]) == ((412, "version-differs"), first)
    second = (await fukuoka.put(ics(title="二"), if_match=f'"a", {first}')).headers["etag"]
    assert problem(await fukuoka.put(ics(title="三"), if_match=first)) == (412, "version-differs")
    assert (await fukuoka.delete(if_match=second)).status_code == 204
    for headers in ({"if_match": second}, {"if_match": "*"}):
        answer = await fukuoka.put(ics(title="四"), **headers)
        assert (problem(answer), "etag" in answer.headers) == ((412, "version-differs"), False)


async def test_older_version_never_replaces_a_newer_one(fukuoka: Pusher) -> None:
    new = ics(UID, "新", "SEQUENCE:2")
    first = (await fukuoka.put(new)).headers["etag"]
    for old in (ics(UID, "旧", "SEQUENCE:1"), ics(UID, "旧")):
        answer = await fukuoka.put(old, if_match=first)
        assert problem(answer) == (409, "older-than-held")
        assert answer.headers["etag"] == answer.json()["etag"] == first
    assert await rows() == [("", "新", "shown", 0)]
    assert await value("SELECT count(*) FROM pull") == 1, "what was refused leaves nothing"


async def test_replay_after_a_deletion_brings_nothing_back_but_a_newer_version_does(fukuoka: Pusher) -> None:
    stamp = "DTSTAMP:20261121T000000Z"
    await fukuoka.put(ics(UID, "花火", "SEQUENCE:1", stamp))
    await fukuoka.delete()
    for old in (ics(UID, "花火", "SEQUENCE:1", stamp), ics(UID, "古", "SEQUENCE:0", stamp)):
        assert problem(await fukuoka.put(old)) == (409, "older-than-held")
    assert problem(await fukuoka.get()) == (410, "event-deleted")
    assert (await fukuoka.put(ics(UID, "花火", "SEQUENCE:2", stamp))).status_code == 201
    assert (await fukuoka.get()).status_code == 200


async def test_deleting_is_repeated_in_peace(fukuoka: Pusher) -> None:
    assert problem(await fukuoka.delete()) == (404, "not-found")
    await fukuoka.put(ics())
    assert [(await fukuoka.delete()).status_code for _ in range(2)] == [204, 204]
    assert await rows() == [("", "花火大会", "deleted", 1)]
    assert problem(await fukuoka.delete("other@x")) == (404, "not-found")


async def test_series_is_put_whole(fukuoka: Pusher) -> None:
    days = (instance("20261202", "二日目"), instance("20261203", "三日目"))
    series = ics(UID, "市場", "RRULE:FREQ=DAILY;COUNT=5", instances=days)
    first = await fukuoka.put(series)
    assert [one["title"] for one in first.json()["events"]] == ["市場", "二日目", "三日目"]
    fewer = await fukuoka.put(ics(UID, "市場", "RRULE:FREQ=DAILY;COUNT=5", instances=days[1:]))
    assert (fewer.status_code, [one["title"] for one in fewer.json()["events"]]) == (200, ["市場", "三日目"])
    assert fewer.headers["etag"] != first.headers["etag"]
    back = await fukuoka.put(series)
    assert [one["title"] for one in back.json()["events"]] == ["市場", "二日目", "三日目"]


OTHER = instance("20261202", "x").replace(f"UID:{UID}", "UID:other@x").replace("RECURRENCE-ID", "X-ID")
WRONG = {
    "no file": (b"hello", "text/calendar", {"body"}),
    "nothing": (b"", "text/calendar", {"body"}),
    "no event": (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "text/calendar", {"body"}),
    "no start": (ics().replace(b"DTSTART", b"X-START"), "text/calendar", None),
    "another name": (ics("other@fukuoka.example"), "text/calendar", {"uid"}),
    "two events": (ics(instances=(OTHER,)), "text/calendar", {"uid"}),
    "no JSON": (b"{", "application/json", {"body"}),
    "wrong fields": (
        b'{"uid": "hanabi-2026@fukuoka.example", "title": 7, "starts_at": "tomorrow", "colour": "red"}',
        "application/json",
        {"title", "starts_at", "colour"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_what_would_lose_something_is_refused_with_every_finding(fukuoka: Pusher, name: str) -> None:
    body, kind, fields = WRONG[name]
    answer = await fukuoka.put(body, kind=kind)
    assert problem(answer) == (422, "invalid"), answer.text
    errors = answer.json()["errors"]
    assert errors
    assert all(error["detail"] and "Something else" not in error["detail"] for error in errors), errors
    if fields is not None:
        assert {error["field"] for error in errors} == fields
    assert await rows() == []


async def test_what_was_repaired_is_told(fukuoka: Pusher) -> None:
    answer = await fukuoka.put(ics(UID, "花火", "SEQUENCE:many", "DTSTAMP:never"))
    assert answer.status_code == 201, answer.text
    codes = {one["code"] for one in answer.json()["findings"]}
    assert "sequence_unreadable" in codes
    assert all(one["line"] and one["detail"] for one in answer.json()["findings"])
    lossy = await fukuoka.put(ics(UID, "花火", "URL:javascript:alert(1)"))
    assert [error["code"] for error in lossy.json()["errors"]] == ["url_refused"]


@pytest.mark.parametrize("uid", ["https://fukuoka.example//events/1?a#b", "日本語 ＠ %2F", "x" * 255])
async def test_any_name_can_be_an_address(fukuoka: Pusher, uid: str) -> None:
    made = await fukuoka.put(ics(uid), uid)
    assert (made.status_code, made.json()["uid"]) == (201, uid), made.text
    assert (await fukuoka.get(uid)).headers["etag"] == made.headers["etag"]
    assert (await fukuoka.delete(uid)).status_code == 204


async def test_our_own_event_is_not_taken(fukuoka: Pusher) -> None:
    ours = f"session-{uuid4()}@test"
    assert problem(await fukuoka.put(ics(ours), ours)) == (409, "our-own-event")
    copy = ics(UID, "花火", f"X-MACHIGURUMI-ORIGIN:{ours}")
    assert problem(await fukuoka.put(copy)) == (409, "our-own-event")
    assert await rows() == []


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "text/calendarx"])
async def test_other_formats_are_refused(fukuoka: Pusher, kind: str) -> None:
    assert problem(await fukuoka.put(ics(), kind=kind)) == (415, "unknown-format")


async def test_large_body_is_refused(fukuoka: Pusher) -> None:
    assert (await fukuoka.put(b"x" * (1024 * 1024 + 1))).status_code == 413


async def test_other_partners_are_not_found(app: Frame, fukuoka: Pusher) -> None:
    await fukuoka.put(ics())
    kobe = await at(app, "kobe")
    stranger = Pusher(kobe.http, "fukuoka", kobe.agreement)
    for answer in (await stranger.get(), await stranger.put(ics(title="x")), await stranger.delete()):
        assert problem(answer) == (404, "not-found")
    assert problem(await kobe.get()) == (404, "not-found"), "its own, of the same name, is not there"
    assert (await kobe.put(ics(title="神戸"))).status_code == 201, "and a name says nothing across cities"
    assert (await fukuoka.get()).json()["events"][0]["title"] == "花火大会"
    assert problem(await Pusher(fukuoka.http, "none", fukuoka.agreement).get()) == (404, "not-found")
    officer = Pusher(client(app, await token_for("officer")), "fukuoka", fukuoka.agreement)
    assert (await officer.get()).status_code == 200


@pytest.mark.parametrize("how", ["revoked", "ended", "coming"])
async def test_without_a_valid_agreement_nothing_is_taken(app: Frame, rollback: None, clock: Clock, how: str) -> None:
    partner = await at(app)
    assert (await partner.put(ics())).status_code == 201
    changed = {
        "revoked": ("revoked_at", NOW),
        "ended": ("valid_until", NOW.date() - dt.timedelta(days=1)),
        "coming": ("valid_from", NOW.date() + dt.timedelta(days=1)),
    }[how]
    await fetch(f"UPDATE agreement SET renews = false, {changed[0]} = $1", changed[1])
    for answer in (await partner.put(ics(title="x")), await partner.get(), await partner.delete()):
        assert problem(answer) == (409, "agreement-not-valid")


async def test_paused_source_takes_nothing_and_shows_what_it_has(fukuoka: Pusher) -> None:
    await fukuoka.put(ics())
    await fetch("UPDATE source SET paused_at = $1", NOW)
    for answer in (await fukuoka.put(ics(title="x")), await fukuoka.delete()):
        assert problem(answer) == (409, "push-paused")
    assert (await fukuoka.get()).json()["events"][0]["title"] == "花火大会"


async def test_every_push_leaves_its_report_and_its_bytes(fukuoka: Pusher) -> None:
    await fukuoka.put(ics(UID, "花火", "SEQUENCE:many"))
    (row,) = await fetch(
        "SELECT p.why, p.outcome, p.found, p.counts, s.kind, f.size FROM pull p JOIN source s ON s.id = p.source"
        " JOIN raw_file f ON f.digest = p.file"
    )
    assert (row["why"], row["outcome"], row["kind"], row["size"]) == (
        "push",
        "read",
        "push",
        len(ics(UID, "花火", "SEQUENCE:many")),
    )
    assert msgspec.json.decode(row["counts"])["added"] == 1
    assert row["found"] >= 1
