"""What awards hand around: forms as they are kept, entries as they were handed in, what was decided."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from app.awards.emissions import Evidence

Texts = dict[str, str]
"""One text per language tag."""

MemberKind = Literal["company", "startup", "university", "city", "npo", "other"]
Provenance = Literal["written", "translated", "machine"]
"""Who wrote a language version: the entrant in this language, a translator, or a machine."""
FIELDS = ("title", "summary", "challenge", "solution", "collaboration", "results", "scaling")
"""What an entry says of itself, each in one or more languages; `title` and `summary` are shown to everybody."""


class Said(Struct, frozen=True):
    """A field in one language."""

    text: str
    provenance: Provenance = "written"


class MemberBody(Struct, frozen=True):
    """A member as it stands in an entry: no name of a person."""

    organisation: str
    kind: MemberKind
    country: str
    lead: bool = False


class FileBody(Struct, frozen=True):
    """A file of an entry; `digest` is the SHA-256 of its bytes in hex, `size` in bytes."""

    id: UUID
    name: str
    media_type: str
    size: int
    digest: str


class EntryBody(Struct, frozen=True, kw_only=True):
    """An entry as it was handed in, word for word: what `entry_version.body` holds and its digest names."""

    texts: dict[str, dict[str, Said]]
    members: tuple[MemberBody, ...] = ()
    topics: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[FileBody, ...] = ()
    evidence: Evidence | None = None


class Touch(Struct, frozen=True):
    """When a part of a draft was saved last: the draft's revision then, and the opened page it was saved from."""

    revision: int
    by: str


class EntryForm(Struct, frozen=True, kw_only=True):
    """A draft of an entry, checked as little as possible: what was typed is kept, whatever it is.

    `evidence` is its form as it was sent. Members are rows of their own, because they are persons. `touched` knows each
    part that can be saved alone (`texts.ja`, `details`, `evidence`).
    """

    texts: dict[str, dict[str, Said]] = {}
    topics: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    evidence: dict[str, Any] = {}
    touched: dict[str, Touch] = {}


class JudgeProfile(Struct, frozen=True, kw_only=True):
    """What may tie a judge to an entry, sealed: names in every script, employers now and before, groups, cities."""

    names: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()


class Decision(Struct, frozen=True, kw_only=True):
    """What a jury decided: entries in order with the places they share, and why it differs from the calibrated order.

    `out` names for each entry the judges who left the room while it was discussed; `chair` led the deliberation.
    """

    places: tuple[tuple[UUID, int], ...]
    chair: UUID | None = None
    reasons: dict[str, str] = {}
    out: dict[str, tuple[UUID, ...]] = {}


class ResultLine(Struct, frozen=True, kw_only=True):
    """A winner as the public sees it; `words` are those of the jury, `certificate` is the code of its certificate."""

    entry: UUID
    number: int
    place: int
    title: Texts
    summary: Texts
    members: tuple[MemberBody, ...]
    certificate: str
    words: Texts = {}
    public_place: int | None = None


class Result(Struct, frozen=True, kw_only=True):
    """A released result; `digest` is that of the bundle, in hex.

    Of a round that others follow (`last` false) nobody has won yet: `goes_on` are the entries they get, by number.
    """

    round: UUID
    released_at: dt.datetime
    entries: int
    winners: tuple[ResultLine, ...]
    digest: str
    last: bool = True
    goes_on: tuple[UUID, ...] = ()
    public_votes: int | None = None
