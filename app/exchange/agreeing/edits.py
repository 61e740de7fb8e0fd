"""What the forms and the API about partners send; rows can be put into the same shape and so be compared."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.core.validation import Label, Line, Name, Paragraph, Slug
from app.events.edits import Edit, Language, Lines, Link
from app.exchange.schemas import Class, Kind

Code = Annotated[str, Meta(max_length=6, pattern=r"^([0-9]{6})?$(?!\n)")]
"""A municipal code with its check digit, or nothing."""
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
Feed = Annotated[str, Meta(max_length=2000)]
"""The address of a feed; `fetching.addresses` says whether it may be fetched."""
Days = Annotated[int, Meta(ge=0, le=365)]
Scopes = tuple[Literal["core", "linked", "out"], ...]
Licence = Literal["CC BY 4.0", "CC BY 2.1 JP", "政府標準利用規約（第2.0版）", "own"]
LICENCES: tuple[Licence, ...] = ("CC BY 4.0", "CC BY 2.1 JP", "政府標準利用規約（第2.0版）", "own")
"""Under which terms a partner's events may be shown on; `own` means in other words."""


class PartnerEdit(Edit, frozen=True):
    """A partner city; without a slug one is proposed, or it stays as it is."""

    name: Lines
    slug: Slug | None = None
    code: Code = ""
    url: Link = ""


class FieldsEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may see which field of a partner's events. Mail addresses are not asked for: they are confidential."""

    title: Class = "public"
    time: Class = "public"
    place: Class = "public"
    description: Class = "public"
    url: Class = "public"
    categories: Class = "public"
    organiser: Class = "public"
    price: Class = "public"
    contact: Class = "confidential"
    phone: Class = "confidential"
    other: Class = "partner"


class AgreementEdit(Edit, frozen=True):
    """What was agreed with a partner; days in Tokyo, both included.

    `scopes` and `partners` say what we publish to them. `takes_over`: calendars and tokens of earlier agreements go on
    under this one.
    """

    title: Name
    valid_from: dt.date
    valid_until: dt.date
    renews: bool = False
    notice_days: Days = 90
    licence: Licence = "CC BY 4.0"
    licence_words: Line = ""
    attribution: Lines = Lines()
    fields: FieldsEdit = FieldsEdit()
    onward: bool = False
    scopes: Scopes = ()
    partners: bool = False
    takes_over: bool = False

    @property
    def terms(self) -> str:
        """The licence as it is stored."""
        return self.licence_words if self.licence == "own" else self.licence


class NoticeEdit(Edit, frozen=True):
    """Notice, and the day on which it was given."""

    notice_on: dt.date


class Revocation(Edit, frozen=True):
    """Why an agreement ends at once."""

    reason: Annotated[Paragraph, Meta(min_length=1)]


class NewSource(Edit, frozen=True):
    """A calendar of a partner; `city` names a new partner when `partner` names none.

    `agreement` may be left out while one is valid. Without an address it is handed in as files, or pushed.
    """

    partner: Line = ""
    city: Line = ""
    agreement: UUID | None = None
    kind: Kind = "ics"
    url: Feed = ""
    name: Line = ""
    zone: Zone = "Asia/Tokyo"
    language: Language = "ja"


class SourceEdit(Edit, frozen=True):
    """What may change of a source; an address that is left out stays."""

    name: Name
    url: Feed = ""
    zone: Zone = "Asia/Tokyo"
    language: Language = "ja"


class NewToken(Edit, frozen=True):
    """A token of a partner; `label` says where it is used."""

    label: Label
    agreement: UUID | None = None


class NewTarget(Edit, frozen=True):
    """Where a partner wants to hear of changes."""

    url: Annotated[Feed, Meta(min_length=1)]
