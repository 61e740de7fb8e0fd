"""What changed: forms compared with rows, for the audit log and for whoever saved too late."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.core import audit
from app.core.errors import FieldError, Invalid, Outdated
from app.core.i18n import gettext as _
from app.events import dependants
from app.events.edits import Edit

SHORT = 120
"""Letters; longer texts are not repeated in the audit log."""
UNTOLD = ("stream_url", "speakers")
"""Fields whose values do not go into the audit log: one belongs to registered people, the other names people."""


def flat(value: Any, name: str = "") -> dict[str, str]:
    """Return nested values by the names that form fields have: `title.ja`, `speakers.0.name.en`; nothing is ""."""
    if isinstance(value, Mapping):
        parts: Iterable[tuple[str, Any]] = value.items()
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        parts = ((str(n), item) for n, item in enumerate(value))
    else:
        words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        return {name: "" if words is None else str(words)}
    found: dict[str, str] = {}
    for key, item in parts:
        found |= flat(item, f"{name}.{key}" if name else key)
    return found


def fields(edit: Edit | None) -> dict[str, str]:
    """Return the fields of a form as plain words."""
    return flat(msgspec.to_builtins(edit)) if edit else {}


def difference(before: Edit | None, after: Edit | None) -> dict[str, tuple[str, str]]:
    """Return what is not the same in both, by field: words before, words after."""
    old, new = fields(before), fields(after)
    names = [*new, *(name for name in old if name not in new)]
    return {name: (old.get(name, ""), new.get(name, "")) for name in names if old.get(name, "") != new.get(name, "")}


def refuse_outdated(
    *, seen: int, revision: int, stored: Edit, sent: Edit, names: Mapping[str, str] = {}
) -> None:  # read only
    """Raise `Outdated` when the form was made from an earlier revision; `names` says ids in words."""
    if seen == revision:
        return
    raise Outdated([_now(field, was, names) for field, (was, _sent) in difference(stored, sent).items()], revision)


def _now(field: str, stored: str, names: Mapping[str, str]) -> FieldError:
    if not stored:
        return FieldError(field, "changed", _("Nothing is stored here now. Save again to keep what you wrote."))
    words = names.get(stored, stored)
    return FieldError(field, "changed", _("Stored now: “%(words)s”. Save again to replace it by yours.", words=words))


def told(before: Edit | None, after: Edit | None, names: Mapping[str, str] = {}) -> dict[str, Any]:  # read only
    """Return what the audit log says of a change: the fields, and their values where short and public.

    `names` says ids in words.
    """
    changed = difference(before, after)
    said = {
        name: [names.get(words, words) for words in pair]
        for name, pair in changed.items()
        if not name.startswith(UNTOLD) and max(map(len, pair)) <= SHORT
    }
    return {"fields": list(changed), "values": said}


async def note(*, actor: str, action: str, event: UUID, now: dt.datetime, **detail: object) -> None:
    """Write into the audit log what was done to an event or to something of it, and let nobody here rely on before."""
    dependants.forget()
    await audit.record(actor=actor, action=action, subject=f"event:{event}", now=now, detail=detail)


def refuse(errors: Iterable[FieldError | None]) -> None:
    """Raise `Invalid` with those that are errors, if there are any."""
    found = [error for error in errors if error is not None]
    if found:
        raise Invalid(found)


def unless(ok: object, field: str, code: str, words: str) -> FieldError | None:
    """Return an error of a field, or None when all is well."""
    return None if ok else FieldError(field, code, words)
