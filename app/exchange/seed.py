"""The demo's partner city: a valid agreement, and a municipal list that is live. Its events are invented."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.db import fetch, fetch_one
from app.events.edits import Lines
from app.exchange.agreeing import agreements, partners, reach, sources
from app.exchange.agreeing.edits import NewSource, PartnerEdit
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.pulling.pull import pull
from app.people import access
from app.people.roles import Principal, Role

SLUG = "fukuoka"
TITLE = "福岡市・横浜市 カレンダー交換協定"
LIST = Path(__file__).parent / "demo_list.csv"
WRITTEN_FOR = dt.date(2026, 11, 21)
"""The first day of the convention that the dates of the list are written for."""
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_SOURCE = "SELECT s.id FROM source s JOIN partner p ON p.id = s.partner WHERE p.slug = $1 ORDER BY s.created_at LIMIT 1"
_BIND = """
UPDATE account SET scope = jsonb_set(scope, '{partners}', coalesce(scope -> 'partners', '[]') || $2::jsonb)
WHERE id = $1 AND NOT coalesce(scope -> 'partners', '[]') @> $2::jsonb
"""


class DemoPartner(Struct, frozen=True):
    """The demo's partner city, as scripts find it."""

    slug: str
    source: UUID


async def seed_partner(*, first_day: dt.date, accounts: Mapping[Role, UUID], now: dt.datetime) -> DemoPartner:
    """Add the demo's partner city unless it is there, for the demo's accounts; `first_day` of the convention."""
    officer = Principal(role="officer", account=accounts["officer"])
    if await fetch_one("SELECT 1 FROM partner WHERE slug = $1", SLUG) is None:
        await _partner(officer, now)
    found = await reach.any_partner(SLUG)
    await fetch(_BIND, accounts["partner"], msgspec.json.encode([str(found.id)]).decode())
    access.forget()
    return DemoPartner(SLUG, (await _live(found, first_day, officer, now)).id)


async def _partner(officer: Principal, now: dt.datetime) -> None:
    name = Lines(ja="福岡市", en="Fukuoka City", zh_hans="福冈市", ko="후쿠오카시", de="Stadt Fukuoka", th="เมืองฟุกุโอกะ")
    wish = PartnerEdit(name=name, slug=SLUG, code="401307")
    made = await partners.create(principal=officer, wish=wish, now=now)
    attribution = Lines(
        ja="福岡市（デモ用の架空の催し）",
        en="Fukuoka City (events invented for this demo)",
        zh_hans="福冈市（为演示虚构的活动）",
        ko="후쿠오카시 (데모용 가상 행사)",
        de="Stadt Fukuoka (für diese Demo erfundene Veranstaltungen)",
        th="เมืองฟุกุโอกะ (กิจกรรมสมมติสำหรับการสาธิต)",
    )
    agreed = msgspec.structs.replace(
        agreements.proposed(made, now=now), attribution=attribution, onward=True, title=TITLE
    )
    await agreements.create(principal=officer, partner=made.id, wish=agreed, now=now)


async def _live(found: PartnerRef, first_day: dt.date, officer: Principal, now: dt.datetime) -> SourceRef:
    """Return the source, read and live; a start that was cut off goes on where it stood."""
    row = await fetch_one(_SOURCE, SLUG)
    wish = NewSource(partner=found.slug, kind="csv", name="イベント一覧")
    source = await reach.any_source(row["id"]) if row else await sources.add(principal=officer, wish=wish, now=now)
    if source.read_at is None:
        await pull(source=source.id, now=now, why="upload", file=demo_list(first_day))
        source = await reach.any_source(source.id)
    if source.live_at is None:
        await sources.go_live(principal=officer, source=source, now=now)
    return source


def demo_list(first_day: dt.date) -> bytes:
    """Return the list with its dates moved to a convention that begins on `first_day`."""
    later = first_day - WRITTEN_FOR

    def moved(found: re.Match[str]) -> str:
        return str(dt.date.fromisoformat(found[0]) + later)

    return _DATE.sub(moved, LIST.read_text(encoding="utf-8")).encode()
