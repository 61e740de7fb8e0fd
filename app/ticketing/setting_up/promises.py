"""What may still change of a ticket type once somebody holds its tickets: pure.

A ticket is a promise: whatever it opened when it was given out, it goes on opening. It may come to open more. What it
cost stands with the ticket, so price, tax and admission may change for those to come; and where its place is counted
is the organiser's business (`adoption`).
"""

from collections.abc import Callable
from typing import NamedTuple

from app.core.errors import FieldError
from app.core.i18n import gettext_lazy as _
from app.core.i18n import ngettext
from app.ticketing.setting_up.edits import OwnType, TicketTypeEdit

_ALSO_IN: dict[str, frozenset[str]] = {
    "the first time": frozenset({"until they leave", "each day's first time", "unless inside", "always", "some times"}),
    "until they leave": frozenset({"unless inside", "always"}),
    "each day's first time": frozenset({"unless inside", "always"}),
    "unless inside": frozenset({"always"}),
    "some times": frozenset({"always"}),
    "always": frozenset(),
}
"""When somebody comes in, and when he comes in then as well, and more often."""


class Promise(NamedTuple):
    """A field that must not get worse for holders."""

    field: str
    kept: Callable[[OwnType, TicketTypeEdit], bool]
    why: str


def _days_kept(old: OwnType, new: TicketTypeEdit) -> bool:
    return not new.days or (bool(old.days) and set(old.days) <= set(new.days))


def _comes_in(rule: str, times: int, *, reentry: bool) -> str:
    """Return when a ticket with such a rule of entry opens, as `_ALSO_IN` says it."""
    if rule == "times":
        return "some times" if times > 1 else "the first time"
    if rule == "once":
        return "until they leave" if reentry else "the first time"
    if rule == "daily" and not reentry:
        return "each day's first time"
    return "always" if rule == "free" else "unless inside"


def _entry_kept(old: OwnType, new: TicketTypeEdit) -> bool:
    before = _comes_in(old.entry_rule, old.entry_times, reentry=old.reentry)
    after = _comes_in(new.entry_rule, new.entry_times, reentry=new.reentry)
    if before == after == "some times":
        return old.entry_times <= new.entry_times
    return before == after or after in _ALSO_IN[before]


PROMISES = (
    Promise(
        "events",
        lambda old, new: set(old.events) <= set(new.events),
        _("These tickets go on opening the events they were given out for. You may add events."),
    ),
    Promise("days", _days_kept, _("These tickets go on being good on the days they were given out for.")),
    Promise(
        "mode",
        lambda old, new: new.mode in {old.mode, "hybrid"},
        _("These tickets go on opening what they opened. You may change to on site and online."),
    ),
    Promise(
        "entry_rule",
        _entry_kept,
        _("These tickets go on letting people in as often as before. You may allow more."),
    ),
    Promise(
        "role",
        lambda old, new: old.role == new.role,
        _("People are counted in the role they registered for. Add another ticket type for another role."),
    ),
)


def broken(old: OwnType, new: TicketTypeEdit) -> list[FieldError]:
    """List what a change would take from people who hold tickets already; nothing while nobody does."""
    if not old.tickets:
        return []
    out = ngettext("%(n)s ticket is out.", "%(n)s tickets are out.", old.tickets)
    return [FieldError(p.field, "promised", f"{out} {p.why}") for p in PROMISES if not p.kept(old, new)]
