"""What each package holds about people: it gives it out, forgets it, and says whose data somebody reached.

A package below never imports one above; each one's `privacy.py` registers a `Holder`, put together in `app/parts.py`.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from app.people.schemas import Details

Kind = Literal["device", "account", "session", "export"]
"""By whom or what data was reached: a phone at a gate, an account, one signed-in browser, a file that was taken."""


class File(msgspec.Struct, frozen=True):
    """A file of an export; `content` is bytes, or what becomes JSON."""

    name: str
    content: Any

    def encoded(self) -> bytes:
        """Return the bytes of the file."""
        if isinstance(self.content, bytes):
            return self.content
        return msgspec.json.format(msgspec.json.encode(self.content, enc_hook=str), indent=2)


class Trace(msgspec.Struct, frozen=True):
    """What is asked after a leak: `subject` reached whose data in [`since`, `until`)?"""

    kind: Kind
    subject: UUID
    since: dt.datetime
    until: dt.datetime


Export = Callable[[Sequence[UUID]], Awaitable[list[File]]]
Erase = Callable[[Sequence[UUID], dt.datetime], Awaitable[None]]
Correct = Callable[[UUID, bytes, Details], Awaitable[None]]
Reach = Callable[[Trace], Awaitable[set[UUID]]]


class Holder(msgspec.Struct, frozen=True):
    """A package's part. `erase` runs in the caller's transaction, before the persons' keys are gone.

    `correct` writes new details, sealed with the wrapped key it is given, wherever copies of them lie. `reached` names
    the persons whose data a trace touched.
    """

    name: str
    export: Export
    erase: Erase
    correct: Correct
    reached: Reach


HOLDERS: list[Holder] = []
"""One per package; the order is that of the packages."""


def holds(holder: Holder) -> Holder:
    """Register a holder; a second time changes nothing."""
    if all(known.name != holder.name for known in HOLDERS):
        HOLDERS.append(holder)
    return holder
