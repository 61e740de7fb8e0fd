"""What a gate asks of ticket types beside their own rules, set up at the console of its event."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import Text, text
from app.core.i18n import gettext as _
from app.events import changes, desk, places
from app.events.edits import Clock, Edit
from app.events.owned import Held, OwnGate
from app.people.roles import Principal
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up.edits import EntryRule, OwnType, Times

COLUMNS = ("ticket_type", "admits", "entry_rule", "entry_times", "reentry", "opens_at", "closes_at", "days")

_RULES = """
SELECT r.id, r.ticket_type, y.title, r.admits, r.entry_rule, r.entry_times, r.reentry, r.opens_at, r.closes_at, r.days,
       r.revision
FROM gate_rule r LEFT JOIN ticket_type y ON y.id = r.ticket_type WHERE r.gate = $1
ORDER BY y.position NULLS FIRST, y.number
"""


class GateRuleEdit(Edit, frozen=True):
    """What a gate asks of a ticket type, or of all of them; what is None, or no days, is left as it is.

    `admits` false: they do not come in here. Hours and days narrow those of gate and ticket type.
    """

    ticket_type: UUID | None = None
    admits: bool = True
    entry_rule: EntryRule | None = None
    entry_times: Times | None = None
    reentry: bool | None = None
    opens_at: Clock | None = None
    closes_at: Clock | None = None
    days: Annotated[tuple[dt.date, ...], msgspec.Meta(max_length=60)] = ()


class OwnRule(Struct, frozen=True):
    """A rule as it stands; `title` is that of its ticket type, None: for all."""

    id: UUID
    revision: int
    title: Text | None
    edit: GateRuleEdit


class At(Struct, frozen=True):
    """The gate of an event within reach, with the ticket types that open the event."""

    own: Held
    gate: OwnGate
    types: list[OwnType]

    @property
    def days(self) -> list[dt.date]:
        """The days of the event."""
        event = self.own.event
        return [event.first_day + dt.timedelta(days=n) for n in range((event.last_day - event.first_day).days + 1)]


async def at_gate(*, event: UUID, gate: UUID, principal: Principal, lock: bool = False) -> At:
    """Return the gate whose rules are set up. Raises `NotFound`."""
    own = await desk.own_event(principal=principal, event=event, lock=lock)
    return At(own, await places.own_gate(own=own, gate=gate), await console.types_of_event(event, principal))


async def rules_of(gate: UUID) -> list[OwnRule]:
    """Return the rules of a gate: the one for all ticket types first."""
    return [_own_rule(row) for row in await fetch(_RULES, gate)]


async def rule_of(*, gate: UUID, rule: UUID) -> OwnRule:
    """Return one of the rules of a gate. Raises `NotFound`."""
    found = next((one for one in await rules_of(gate) if one.id == rule), None)
    if found is None:
        raise NotFound
    return found


def _own_rule(row: asyncpg.Record) -> OwnRule:
    plain: dict[str, Any] = {name: row[name] for name in COLUMNS} | {
        "days": msgspec.json.decode(row["days"]),
        "opens_at": row["opens_at"].strftime("%H:%M") if row["opens_at"] else None,
        "closes_at": row["closes_at"].strftime("%H:%M") if row["closes_at"] else None,
    }
    title = msgspec.json.decode(row["title"], type=dict[str, str]) if row["title"] else None
    return OwnRule(row["id"], row["revision"], title, msgspec.convert(plain, GateRuleEdit))


async def add(*, event: UUID, gate: UUID, wish: GateRuleEdit, principal: Principal, now: dt.datetime) -> UUID:
    """Add a rule and return its id. Raises `NotFound`, and `Invalid` with every wrong field."""
    async with transaction():
        at = await at_gate(event=event, gate=gate, principal=principal, lock=True)
        _refuse_wrong(wish, at, await rules_of(gate))
        made = uuid4()
        columns = ", ".join(COLUMNS)
        values = ", ".join(f"${n}" for n in range(3, 3 + len(COLUMNS)))
        await fetch(
            f"INSERT INTO gate_rule (id, gate, {columns}, revision) VALUES ($1, $2, {values}, 0)",
            made,
            gate,
            *_values(wish),
        )
        await _note(principal, "add", at, wish, now)
    return made


async def change(
    *, event: UUID, gate: UUID, rule: UUID, seen: int, wish: GateRuleEdit, principal: Principal, now: dt.datetime
) -> None:
    """Change a rule. Raises `NotFound`, `Outdated` when somebody saved since, and `Invalid`."""
    async with transaction():
        at = await at_gate(event=event, gate=gate, principal=principal, lock=True)
        stored = await rule_of(gate=gate, rule=rule)
        names = {str(t.id): text(t.title) for t in at.types}
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=stored.edit, sent=wish, names=names)
        _refuse_wrong(wish, at, [one for one in await rules_of(gate) if one.id != rule])
        columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 2))
        await fetch(f"UPDATE gate_rule SET {columns}, revision = revision + 1 WHERE id = $1", rule, *_values(wish))
        await _note(principal, "change", at, wish, now, **changes.told(stored.edit, wish, names))


async def remove(*, event: UUID, gate: UUID, rule: UUID, principal: Principal, now: dt.datetime) -> None:
    """Remove a rule; one that is gone already stays so. Raises `NotFound` for somebody else's gate."""
    async with transaction():
        at = await at_gate(event=event, gate=gate, principal=principal, lock=True)
        row = await fetch_one("DELETE FROM gate_rule WHERE id = $1 AND gate = $2 RETURNING ticket_type", rule, gate)
        if row:
            await _note(principal, "remove", at, GateRuleEdit(ticket_type=row["ticket_type"]), now)


def _refuse_wrong(wish: GateRuleEdit, at: At, others: list[OwnRule]) -> None:
    known = wish.ticket_type is None or wish.ticket_type in {t.id for t in at.types}
    taken = wish.ticket_type in {one.edit.ticket_type for one in others}
    asks = msgspec.structs.replace(wish, ticket_type=None) != GateRuleEdit()
    errors = [
        None if known else FieldError("ticket_type", "choice", _("Please choose one of the values offered.")),
        FieldError("ticket_type", "taken", _("This gate has a rule for it already. Change that one."))
        if taken
        else None,
        None if set(wish.days) <= set(at.days) else FieldError("days", "choice", _("The event has no such day.")),
        None if asks else FieldError("admits", "required", _("This rule asks nothing. Fill in what the gate asks.")),
    ]
    if found := [error for error in errors if error is not None]:
        raise Invalid(found)


def _values(wish: GateRuleEdit) -> list[Any]:
    """Return the values of `COLUMNS`."""
    days = msgspec.json.encode(sorted(wish.days)).decode()
    opens, closes = (dt.time.fromisoformat(said) if said else None for said in (wish.opens_at, wish.closes_at))
    known = {"days": days, "opens_at": opens, "closes_at": closes}
    return [known.get(name, getattr(wish, name)) for name in COLUMNS]


async def _note(
    principal: Principal, what: str, at: At, wish: GateRuleEdit, now: dt.datetime, **detail: object
) -> None:
    about = next((text(t.title) for t in at.types if t.id == wish.ticket_type), _("All tickets"))
    await changes.note(
        actor=principal.actor,
        action=f"gate-rule.{what}",
        event=at.own.event.id,
        now=now,
        gate=str(at.gate.id),
        title=f"{text(at.gate.name)}: {about}",
        **detail,
    )
