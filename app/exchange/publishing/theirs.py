"""Events of partner cities as they are published: one of each card, and of it what its agreement opens to whom."""

import asyncio
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.core.db import fetch
from app.core.gentle import gently
from app.core.i18n import text, text_language
from app.events.addresses import uid
from app.exchange import classes
from app.exchange.agreeing.reach import valid_agreements
from app.exchange.classes import Shown
from app.exchange.joining import cards
from app.exchange.joining.cards import Authoritative
from app.exchange.joining.records import Record
from app.exchange.publishing.content import Audience, Content, Place, in_languages
from app.exchange.publishing.said import Said, address_of, bare
from app.exchange.publishing.spoken import spoken
from app.exchange.reading.recurrence import instances
from app.exchange.schemas import AgreementRef, Incoming, Words

logger = structlog.get_logger()

AUDIENCES: tuple[Audience, ...] = ("public", "partner")
YEARS = range(1971, 2200)
"""Years that calendars can show; an event in another is a slip of somebody's pen."""
LONGEST_SERIES = dt.timedelta(days=731)
"""As far ahead as a series is looked at."""
_UNTIL = re.compile(r"UNTIL=(\d{8})")
_ENDS = re.compile(r"\b(?:UNTIL|COUNT)=")
_SERIES = """
SELECT DISTINCT other.card FROM exchanged_event e
JOIN exchanged_event other ON other.source = e.source AND other.uid = e.uid WHERE e.card = ANY($1::uuid[])
"""


async def contents(wanted: Sequence[UUID], *, now: dt.datetime) -> tuple[list[UUID], list[Content]]:
    """Return the cards that were looked at, those of the same series too, and what of them is to be published now."""
    ids = {*wanted, *(row["card"] for row in await fetch(_SERIES, list(wanted)))}
    found = await cards.several(list(ids), now=now)
    agreements = {one.id: one for one in await valid_agreements(now)}
    told = [one for one in found.values() if one.ours is None]
    return list(ids), await asyncio.to_thread(_everybodys, told, agreements, now)


def _everybodys(
    told: Sequence[Authoritative], agreements: Mapping[UUID, AgreementRef], now: dt.datetime
) -> list[Content]:
    made = _Making(now)
    return [content for audience in AUDIENCES for content in _all(told, agreements, audience, made)]


def _all(
    told: Sequence[Authoritative], agreements: Mapping[UUID, AgreementRef], audience: Audience, made: "_Making"
) -> Iterator[Content]:
    """Yield what an audience may have; single dates of a series go with the series where that is there."""
    opened = {key: one for key, one in agreements.items() if audience == "public" or one.onward}
    seen = [one for one in (_seen(card, opened, audience) for card in gently(told)) if one is not None]
    series = {one.named: one for one in seen if not one.owner.event.recurrence_id}
    apart: dict[tuple[UUID, str], list[_Seen]] = {}
    for one in seen:
        if one.owner.event.recurrence_id and one.named in series:
            apart.setdefault(one.named, []).append(one)
    for one in gently(seen):
        if one not in apart.get(one.named, ()):
            content = made.of(one, apart.get(one.named, ()), audience)
            if content is not None:
                yield content


class _Making:
    """What has been made to be published: what an audience sees as the one before it is not put into words again."""

    def __init__(self, now: dt.datetime) -> None:
        self._now = now
        self._made: dict[UUID, tuple[object, Content | None]] = {}

    def of(self, one: "_Seen", dates: Sequence["_Seen"], audience: Audience) -> Content | None:
        """Return what is to be published; None when its times are such that nobody can tell them: it costs no other."""
        seen = [(each.card.card, each.shown, each.agreed) for each in (one, *dates)]
        before, made = self._made.get(one.card.card, (None, None))
        if before != seen:
            made = self._content(one, dates, audience)
            self._made[one.card.card] = seen, made
        return made and msgspec.structs.replace(made, audience=audience)

    def _content(self, one: "_Seen", dates: Sequence["_Seen"], audience: Audience) -> Content | None:
        try:
            return one.content(dates, audience, self._now)
        except (ValueError, OverflowError, LookupError) as error:
            logger.warning("not_published", subject=str(one.card.card), error=type(error).__name__)
            return None


class _Seen:
    """A card as an audience sees it."""

    def __init__(self, card: Authoritative, owner: Record, time: Incoming, shown: Shown, agreed: AgreementRef) -> None:
        self.card, self.owner, self.time, self.shown, self.agreed = card, owner, time, shown, agreed

    @property
    def named(self) -> tuple[UUID, str]:
        """What all dates of a series have in common."""
        return self.owner.source, self.owner.event.uid

    def content(self, dates: Sequence["_Seen"], audience: Audience, now: dt.datetime) -> Content:
        """Return what is to be published of it, with single dates of it; what is told no more only ends."""
        name = uid("card", self.card.card)

        def said(tag: str) -> Said:
            full = self.said(name, tag, tuple(one.said(name, tag) for one in dates))
            return full if self.card.alive else bare(full)

        # Whoever only hands on what it heard, perhaps from us, has to hear more of it; its copy is stale otherwise.
        everybody = {one.partner for one in self.card.records if not one.own and not one.event.origin}
        return Content(
            subject=self.card.card,
            audience=audience,
            said=in_languages(said, (self.shown.titles, self.agreed.attribution, *(one.shown.titles for one in dates))),
            place=Place(partner=self.owner.partner, told_by=tuple(sorted(everybody))),
            ends_at=max(_over(one.time, now) for one in (self, *dates)),
            changed_at=now,
            ending=not self.card.alive,
        )

    def said(self, name: str, tag: str, dates: tuple[Said, ...] = ()) -> Said:
        """Return it in a language: the title may be in several, the rest is as its city wrote it."""
        shown, time, zone = self.shown, self.time, _zone(self.time.zone)
        whole = time.first_day is not None
        on_earth = abs(shown.latitude or 0) <= 90 and abs(shown.longitude or 0) <= 180  # degrees
        return Said(
            uid=name,
            kind="card",
            title=shown.titles.get(tag) or shown.title,
            starts_at=None if whole else time.starts_at.astimezone(zone),
            ends_at=None if whole else time.ends_at.astimezone(zone),
            first_day=time.first_day,
            last_day=time.last_day or time.first_day,
            zone=zone.key,
            status=shown.status,  # type: ignore[arg-type]  # one of an Incoming
            venue=shown.place,
            address=shown.address,
            latitude=shown.latitude if on_earth else None,
            longitude=shown.longitude if on_earth else None,
            description=shown.description,
            url=address_of(shown.url),
            categories=shown.categories,
            organiser=shown.organiser,
            price=shown.price,
            contact=shown.contact,
            phone=shown.phone,
            recurrence=shown.recurrence,
            instance=_instance(self.owner.event.recurrence_id, zone),
            instances=dates,
            origin=self.owner.event.origin or self.owner.event.uid,
            attribution=text(self.agreed.attribution, tag),
            licence=self.agreed.licence,
            languages=self.languages(tag),
        )

    def languages(self, tag: str) -> Words:
        """Return the languages of what may be in another than the one asked for; of what is not shown none."""
        shown, place = self.shown, " ".join(filter(None, (self.shown.place, self.shown.address)))
        teller = self.card.tellers.get("place", self.owner)
        found = {
            "title": tag if shown.titles.get(tag) else spoken(shown.title, shown.title_language),
            "place": spoken(place, teller.language) if place else "",
            "attribution": text_language(self.agreed.attribution, tag) if self.agreed.attribution else "",
        }
        return {name: language for name, language in found.items() if language}


def _seen(card: Authoritative, opened: Mapping[UUID, AgreementRef], audience: Audience) -> _Seen | None:
    """Return a card as an audience sees it under the agreements that are open to it; None when it sees nothing."""
    owner = card.owner
    agreed = opened.get(owner.agreement) if owner else None
    if owner is None or agreed is None:
        return None
    time = card.tellers.get("time", owner).event if card.alive else owner.event
    view = cards.shown(card, opened, audience) if card.alive else classes.shown(owner.event, agreed.fields, audience)
    if view is None or not view.title or time.starts_at.year not in YEARS or time.ends_at.year not in YEARS:
        return None
    # No calendar has a place for the others: without them both audiences mostly see the same.
    return _Seen(card, owner, time, msgspec.structs.replace(view, others={}), agreed)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return ZoneInfo("UTC")


def _instance(written: str, zone: ZoneInfo) -> str:
    """Return which date of a series this is; "" when it is none, or when nobody can say."""
    try:
        if len(written) == len("2026-11-22"):
            return dt.date.fromisoformat(written).isoformat()
        return dt.datetime.fromisoformat(written).astimezone(zone).isoformat() if written else ""
    except ValueError:
        return ""


def _over(event: Incoming, now: dt.datetime) -> dt.datetime:
    """Return when the last date of a series is over, or a little later; one without an end goes on for a while yet."""
    if not event.recurrence:
        return event.ends_at
    rules = " ".join(event.recurrence)
    if "RRULE" in rules and not _ENDS.search(rules):
        return max(event.ends_at, now + LONGEST_SERIES)
    dates = instances(event, (), since=event.starts_at, until=event.starts_at + LONGEST_SERIES)
    return max([event.ends_at, *(ends for _starts, ends in dates), *map(_day, _UNTIL.findall(rules))])


def _day(written: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(written, "%Y%m%d").replace(tzinfo=dt.UTC) + dt.timedelta(days=2)
    except (ValueError, OverflowError):
        return dt.datetime(1971, 1, 1, tzinfo=dt.UTC)
