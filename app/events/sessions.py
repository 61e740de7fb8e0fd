"""The sessions of an event, at an organiser's desk."""

import datetime as dt
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from app.core.db import fetch_one, transaction
from app.core.errors import Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.events import changes, dependants, queries
from app.events.changes import unless
from app.events.desk import own_event, venue_names
from app.events.edits import Lines, Paragraphs, SessionEdit, SpeakerEdit
from app.events.errors import StillNeeded, WrongState
from app.events.owned import Held, OwnEvent, OwnSession, Rival
from app.events.slugs import candidates, proposal
from app.events.tables import Session
from app.people.roles import Principal

OPENS = dt.time(10)
"""When the first session of a day begins unless somebody says otherwise."""
CLOSES = dt.time(18)
"""After this the next session is proposed for the next day."""
USUAL = dt.timedelta(hours=1)
LONGEST = dt.timedelta(days=3)

_ADD = """
INSERT INTO session (id, event, venue, slug, room, mode, stream_url, starts_at, ends_at, languages, capacity, title,
  description, speakers, revision, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15)
ON CONFLICT (event, slug) DO NOTHING RETURNING id
"""


async def own_sessions(*, own: Held) -> list[OwnSession]:
    """Return the sessions of an event that is within reach."""
    return await queries.sessions_of_event(own.event.id)


async def own_session(*, own: Held, session: UUID) -> OwnSession:
    """Return a session of an event that is within reach, or raise `NotFound`."""
    found = next((s for s in await own_sessions(own=own) if s.id == session), None)
    if found is None:
        raise NotFound
    return found


async def overlaps(*, own: Held) -> dict[UUID, list[Rival]]:
    """Return for each session what else takes place in its room at its time; other people's drafts are not told."""
    found: dict[UUID, list[Rival]] = {}
    for rival in await queries.rivals(own.event.id):
        found.setdefault(rival.session, []).append(rival)
    return found


def moments(wish: SessionEdit, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """Return when a session starts and ends, UTC."""
    starts, ends = (dt.time.fromisoformat(typed) for typed in (wish.from_time, wish.to_time))
    last = wish.last_day or (wish.day if ends > starts else wish.day + dt.timedelta(days=1))
    place = ZoneInfo(zone)
    return (
        dt.datetime.combine(wish.day, starts, place).astimezone(dt.UTC),
        dt.datetime.combine(last, ends, place).astimezone(dt.UTC),
    )


def edit_of(session: OwnSession, zone: str) -> SessionEdit:
    """Return a session as its form shows it; its last day only where the clock alone does not tell."""
    starts, ends = (moment.astimezone(ZoneInfo(zone)) for moment in (session.starts_at, session.ends_at))
    usual = starts.date() if ends.time() > starts.time() else starts.date() + dt.timedelta(days=1)
    return SessionEdit(
        title=msgspec.convert(session.title, Lines),
        day=starts.date(),
        from_time=starts.strftime("%H:%M"),
        to_time=ends.strftime("%H:%M"),
        last_day=None if ends.date() == usual else ends.date(),
        mode=session.mode,  # type: ignore[arg-type]  # the column holds nothing else
        venue=session.venue,
        room=msgspec.convert(session.room, Lines),
        languages=tuple(session.languages),
        capacity=session.capacity,
        stream_url=session.stream_url,
        description=msgspec.convert(session.description, Paragraphs),
        speakers=tuple(msgspec.convert(msgspec.to_builtins(s), SpeakerEdit) for s in session.speakers),
    )


def next_slot(event: OwnEvent, zone: str, sessions: list[OwnSession]) -> tuple[dt.date, dt.time, dt.time]:
    """Return day, start and end for one more session: right after the last one, else on the first day at ten."""
    lasting = max((s.ends_at.astimezone(ZoneInfo(zone)) for s in sessions if not s.canceled_at), default=None)
    if lasting is None or not event.first_day <= lasting.date() <= event.last_day:
        return event.first_day, OPENS, _later(OPENS)
    if lasting.time() >= CLOSES and lasting.date() < event.last_day:
        return lasting.date() + dt.timedelta(days=1), OPENS, _later(OPENS)
    return lasting.date(), lasting.time(), _later(lasting.time())


def _later(start: dt.time) -> dt.time:
    return (dt.datetime.combine(dt.date.min, start) + USUAL).time()


async def add(*, principal: Principal, event: UUID, wish: SessionEdit, now: dt.datetime) -> UUID:
    """Add a session and return its id. Raises `Invalid`."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        await _refuse_wrong(own, wish)
        made = await _insert(own, wish, now)
        if wish.capacity is not None:
            await dependants.capacity_changed(session=made, capacity=wish.capacity, now=now)
        await changes.note(
            actor=principal.actor, action="session.add", event=event, now=now, session=str(made), title=_title(wish)
        )
    return made


def _title(wish: SessionEdit) -> str:
    return text(msgspec.to_builtins(wish.title))


async def _insert(own: Held, wish: SessionEdit, now: dt.datetime) -> UUID:
    plain = msgspec.to_builtins(wish)
    room, languages, title, description, speakers = (
        msgspec.json.encode(plain[name]).decode() for name in ("room", "languages", "title", "description", "speakers")
    )
    times = moments(wish, own.convention.zone)
    for slug in candidates(proposal(plain["title"], "session")):
        row = await fetch_one(
            _ADD,
            *(uuid4(), own.event.id, wish.venue, slug, room, wish.mode, wish.stream_url, *times, languages),
            *(wish.capacity, title, description, speakers, now),
        )
        if row:
            found: UUID = row["id"]
            return found
    raise AssertionError  # there is always another number


async def _refuse_wrong(own: Held, wish: SessionEdit) -> None:
    _refuse_wrong_days(own.event, wish)
    starts, ends = moments(wish, own.convention.zone)
    venues = await venue_names(own) if wish.venue else {}
    choose = _("Please choose one of the values offered.")
    changes.refuse(
        [
            unless(wish.title != Lines(), "title", "required", _("Write the title in one language at least.")),
            unless(starts < ends, "to_time", "order", _("The session ends before it starts.")),
            unless(wish.venue is None or str(wish.venue) in venues, "venue", "choice", choose),
        ]
    )


def _refuse_wrong_days(event: OwnEvent, wish: SessionEdit) -> None:
    """Refuse days out of bounds before anything is reckoned with them: some lie where no clock goes."""
    inside = event.first_day <= wish.day <= event.last_day
    lasting = (wish.last_day - wish.day).days if wish.last_day else 0
    changes.refuse(
        [
            unless(inside, "day", "range", _("The event does not take place then.")),
            unless(lasting >= 0, "last_day", "order", _("The session ends before it starts.")),
            unless(lasting <= LONGEST.days, "last_day", "range", _("No session lasts longer than three days.")),
        ]
    )


async def change(
    *, principal: Principal, event: UUID, session: UUID, seen: int, wish: SessionEdit, now: dt.datetime
) -> None:
    """Change a session. Raises `Invalid`, or `Outdated` when somebody else saved since revision `seen`."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        stored = await own_session(own=own, session=session)
        before = edit_of(stored, own.convention.zone)
        names = await venue_names(own)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=wish, names=names)
        await _refuse_wrong(own, wish)
        await _write(session, wish, own.convention.zone, now)
        if wish.capacity != stored.capacity:
            await dependants.capacity_changed(session=session, capacity=wish.capacity, now=now)
        told = changes.told(before, wish, names)
        await changes.note(
            actor=principal.actor,
            action="session.change",
            event=event,
            now=now,
            session=str(session),
            title=_title(wish),
            **told,
        )


async def _write(session: UUID, wish: SessionEdit, zone: str, now: dt.datetime) -> None:
    plain = msgspec.to_builtins(wish)
    starts, ends = moments(wish, zone)
    await Session.update(
        {
            **{name: plain[name] for name in ("title", "room", "languages", "description", "speakers")},
            Session.starts_at: starts,
            Session.ends_at: ends,
            Session.mode: wish.mode,
            Session.venue: wish.venue,
            Session.capacity: wish.capacity,
            Session.stream_url: wish.stream_url,
            Session.revision: Session.revision + 1,
            Session.changed_at: now,
        }
    ).where(Session.id == session)


async def cancel(*, principal: Principal, event: UUID, session: UUID, now: dt.datetime) -> None:
    """Cancel a session: it stays in the programme and in calendars, marked."""
    await _cancel_or_not(principal, event, session, now, canceled_at=now)


async def reinstate(*, principal: Principal, event: UUID, session: UUID, now: dt.datetime) -> None:
    """Take back that a session was canceled."""
    await _cancel_or_not(principal, event, session, now, canceled_at=None)


async def _cancel_or_not(
    principal: Principal, event: UUID, session: UUID, now: dt.datetime, *, canceled_at: dt.datetime | None
) -> None:
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        stored = await own_session(own=own, session=session)
        if bool(stored.canceled_at) == bool(canceled_at):
            raise WrongState
        if canceled_at:
            await dependants.withdraw(event)
        await Session.update(
            {Session.canceled_at: canceled_at, Session.revision: Session.revision + 1, Session.changed_at: now}
        ).where(Session.id == session)
        action = "session.cancel" if canceled_at else "session.reinstate"
        await changes.note(
            actor=principal.actor,
            action=action,
            event=event,
            now=now,
            session=str(session),
            title=text(stored.title),
        )


async def delete(*, principal: Principal, event: UUID, session: UUID, now: dt.datetime) -> None:
    """Delete a session; raises `StillNeeded` when somebody reserved a place or took part."""
    try:
        async with transaction():
            own = await own_event(principal=principal, event=event, lock=True)
            stored = await own_session(own=own, session=session)
            await dependants.capacity_changed(session=session, capacity=None, now=now)
            await dependants.withdraw(event)
            await Session.delete().where(Session.id == session)
            await changes.note(
                actor=principal.actor,
                action="session.delete",
                event=event,
                now=now,
                session=str(session),
                title=text(stored.title),
            )
    except (asyncpg.IntegrityConstraintViolationError, Invalid):
        raise StillNeeded(
            _("Places in this session are reserved, or people took part. Cancel it instead, so that they learn of it.")
        ) from None
