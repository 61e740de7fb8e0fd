"""What the forms of the console send. A row in the database can be put into the same shape and so be compared."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.core.validation import Line, Name, Paragraph, Slug

Mode = Literal["on_site", "online", "hybrid"]
KpiScope = Literal["core", "linked", "out"]
Language = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$(?!\n)")]
"""A BCP 47 tag."""
Link = Annotated[str, Meta(max_length=500, pattern=r"^https://[A-Za-z0-9\[][!#-;=?-\[\]_a-z~]*$(?!\n)")]
"""A web address that is sealed on its way, in plain ASCII."""
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]
"""A time of day as a `time` field sends it: 09:30."""
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Lines(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"zh_hans": "zh-Hans"},
):
    """A line of text in every language of the interface; forms leave out what is empty."""

    ja: Name = ""
    en: Name = ""
    zh_hans: Name = ""
    ko: Name = ""
    de: Name = ""
    th: Name = ""


class Paragraphs(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"zh_hans": "zh-Hans"},
):
    """A text of several lines in every language of the interface."""

    ja: Paragraph = ""
    en: Paragraph = ""
    zh_hans: Paragraph = ""
    ko: Paragraph = ""
    de: Paragraph = ""
    th: Paragraph = ""


class Edit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form: the names of its fields are those of the columns."""


class NewEvent(Edit, frozen=True):
    """A title in one language is enough; days left out are the convention's.

    `form` was drawn when the form was shown: sent twice, it makes one event.
    """

    convention: UUID
    organiser: UUID
    form: UUID | None = None
    title: Lines = Lines()
    mode: Mode = "on_site"
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    venue: UUID | None = None
    summary: Lines = Lines()


class EventDetails(Edit, frozen=True):
    """When, where and how; `tags` are separated by commas. None leaves the slug and the KPI scope as they are."""

    first_day: dt.date
    last_day: dt.date
    mode: Mode
    venue: UUID | None = None
    tags: Line = ""
    slug: Slug | None = None
    kpi_scope: KpiScope | None = None


class EventTexts(Edit, frozen=True):
    """What is said about an event."""

    title: Lines
    summary: Lines = Lines()
    description: Paragraphs = Paragraphs()


class SpeakerEdit(Edit, frozen=True):
    """Somebody on a stage."""

    name: Lines
    organisation: Lines = Lines()


class SessionEdit(Edit, frozen=True):
    """A session by the clocks of the convention. Without `last_day`, an end that is not later lies after midnight."""

    title: Lines
    day: dt.date
    from_time: Clock
    to_time: Clock
    mode: Mode
    last_day: dt.date | None = None
    venue: UUID | None = None
    room: Lines = Lines()
    languages: tuple[Language, ...] = ()
    capacity: Count | None = None
    stream_url: Link = ""
    description: Paragraphs = Paragraphs()
    speakers: tuple[SpeakerEdit, ...] = ()


class VenueEdit(Edit, frozen=True):
    """A place; coordinates in degrees, both or neither."""

    name: Lines
    address: Lines = Lines()
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    capacity: Count | None = None


class GateEdit(Edit, frozen=True):
    """A door; without hours it is open around the clock.

    `elsewhere`: whoever is inside another venue leaves it by coming in here, or is refused until he has left there.
    """

    name: Lines
    venue: UUID
    opens_at: Clock | None = None
    closes_at: Clock | None = None
    elsewhere: Literal["leave", "refuse"] = "leave"


class NewConvention(Edit, frozen=True):
    """The slug ends with the year, so that it is never the address of another page."""

    slug: Annotated[str, Meta(max_length=80, pattern=r"^[a-z][a-z0-9-]*-[0-9]{4}$(?!\n)")]
    number: Annotated[int, Meta(ge=1, le=65535)]
    zone: Annotated[str, Meta(min_length=1, max_length=40)]
    first_day: dt.date
    last_day: dt.date
    title: Lines = Lines()
    description: Paragraphs = Paragraphs()
    venues_of: UUID | None = None


class ConventionEdit(Edit, frozen=True):
    """What may change once there is a convention."""

    first_day: dt.date
    last_day: dt.date
    title: Lines = Lines()
    description: Paragraphs = Paragraphs()


class Move(Edit, frozen=True):
    """One place up or down a list."""

    to: Literal["earlier", "later"]


class OrganiserEdit(Edit, frozen=True):
    """An organisation; None proposes a slug, or leaves it as it is."""

    name: Lines
    url: Link = ""
    slug: Slug | None = None
