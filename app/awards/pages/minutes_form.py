"""The form of minutes: filled with what stands or what is advised, read back, its rows with who has a tie."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from app.awards.deciding.deliberating import Setting
from app.awards.deciding.lines import Line
from app.awards.deciding.minutes import Minutes
from app.awards.deciding.view import place_words
from app.awards.entering.field import FieldEntry
from app.awards.reach import RoundRef
from app.awards.setting.judges import judges_of
from app.awards.setting.panels import Seat
from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.web.console import listed, timed, typed_moment

MOST_PREFILLED = 60
"""Fields with so many entries are filled with the whole order; larger ones with the places that matter."""


class FormRow(Struct, frozen=True, kw_only=True):
    """An entry in the form; `ties` are the judges of the panel who have to be out, `advised` is a place in words."""

    entry: FieldEntry
    line: Line
    advised: str
    ties: Sequence[Seat]


def rows(held: Setting, competing: Sequence[FieldEntry]) -> list[FormRow]:
    """Return the rows of the form in the order advised."""
    entries = {str(one.id): one for one in competing}
    return [
        FormRow(
            entry=entries[line.entry],
            line=line,
            advised=place_words(line),
            ties=[seat for seat in held.seats if seat.judge in held.ties.get(entries[line.entry].id, ())],
        )
        for line in held.advice.lines
        if line.entry in entries
    ]


def filled(held: Setting, before: Minutes | None) -> dict[str, Any]:
    """Return the form of new minutes."""
    chair = next((str(seat.judge) for seat in held.seats if seat.chair), "")
    if before is None:
        return {"held_at": "", "chair": chair, "present": [], "places": _advised(held), "reasons": {}, "out": {}}
    decided = before.decision
    return {
        "held_at": typed_moment(before.held_at, held.round.zone),
        "chair": str(decided.chair or chair),
        "present": [str(judge) for judge in before.present],
        "places": {str(entry): place for entry, place in decided.places},
        "reasons": dict(decided.reasons),
        "out": {entry: [str(judge) for judge in judges] for entry, judges in decided.out.items()},
        "minutes": before.minutes,
    }


def _advised(held: Setting) -> dict[str, int]:
    last = max(held.round.best, held.round.carry_count if held.round.carry == "best" else 0)
    placed = {line.entry: line.place for line in held.advice.lines if line.place is not None}
    if len(placed) <= MOST_PREFILLED:
        return placed
    return {entry: place for entry, place in placed.items() if place <= last}


def typed(form: Mapping[str, Any], found: RoundRef) -> dict[str, Any]:
    """Return what was typed, so that it can be shown again."""
    held = listed({name: value for name, value in form.items() if name not in {"csrf", "action"}}, "present")
    for name in ("places", "reasons", "out"):
        held[name] = held[name] if isinstance(held.get(name), dict) else {}
    held["out"] = listed(held["out"], *held["out"])
    return {"held_at": "", "chair": "", "minutes": "", **held, "zone": found.zone}


def sent(form: Mapping[str, Any], found: RoundRef) -> dict[str, Any]:
    """Return the form as `Deliberated` reads it; the moment is one of the round's zone."""
    held = timed({name: value for name, value in form.items() if name != "zone"}, found.zone, "held_at")
    return {name: value for name, value in held.items() if value != ""}


def labels(errors: Sequence[FieldError], competing: Sequence[FieldEntry]) -> dict[str, str]:
    """Return how the fields with errors are called above the form."""
    numbers = {str(one.id): one.number for one in competing}
    names = {"held_at": _("Held at"), "chair": _("Chair"), "present": _("Present"), "minutes": _("Minutes of the jury")}
    for error in errors:
        entry = error.field.partition(".")[2]
        if entry in numbers:
            names[error.field] = _("Entry %(number)s", number=numbers[entry])
    return names


async def judges(found: RoundRef) -> dict[Any, str]:
    """Return how the judges of an award are called, by id."""
    return {one.id: f"{one.pseudonym} · {one.label}" for one in await judges_of(found.award.id)}
