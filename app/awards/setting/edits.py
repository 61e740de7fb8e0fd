"""What the forms of the set-up send; rows can be put into the same shape and so be compared."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from app.awards.setting.rules import Carry, Kind, Method, Peers
from app.awards.windows import NoSuchTime, moment_in
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.validation import Label, Line
from app.events.edits import Edit, Lines, Paragraphs

Tag = Literal["ja", "en", "zh-Hans", "ko", "de", "th"]
YearSlug = Annotated[str, Meta(max_length=80, pattern=r"^[a-z][a-z0-9-]*-[0-9]{4}$(?!\n)")]
PlainSlug = Annotated[str, Meta(max_length=80, pattern=r"^[a-z][a-z0-9-]*$(?!\n)")]
Key = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_-]*$(?!\n)")]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
Grace = Annotated[int, Meta(ge=0, le=86_400)]
"""Seconds."""
Few = Annotated[int, Meta(ge=1, le=99)]
Many = Annotated[int, Meta(ge=0, le=10_000)]
Hours = Annotated[str, Meta(max_length=60, pattern=r"^[0-9]{1,4}( *, *[0-9]{1,4})*$|^$")]
Percent = Annotated[int, Meta(ge=0, le=50)]
MOST_REMINDERS = 10


class NewAward(Edit, frozen=True, kw_only=True):
    """A new award; `model` is one whose set-up is taken over."""

    convention: UUID
    slug: YearSlug
    title: Lines = Lines()
    description: Paragraphs = Paragraphs()
    languages: tuple[Tag, ...] = ("ja", "en")
    model: UUID | None = None


class AwardEdit(Edit, frozen=True, kw_only=True):
    """What is said of an award."""

    title: Lines = Lines()
    description: Paragraphs = Paragraphs()
    languages: tuple[Tag, ...] = ("ja", "en")


class CategoryEdit(Edit, frozen=True, kw_only=True):
    """A category and when entries come in; `grace` in seconds."""

    slug: PlainSlug
    title: Lines = Lines()
    description: Paragraphs = Paragraphs()
    zone: Zone
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace: Grace = 0
    least_members: Few = 1
    evidence: bool = False


class RoundEdit(Edit, frozen=True, kw_only=True):
    """A round; `grace` in seconds, `reminders` hours before the end, separated by commas.

    `unlinked` says that one judge for each entry is meant.
    """

    title: Lines = Lines()
    kind: Kind
    method: Method
    rubric: UUID | None = None
    zone: Zone
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace: Grace = 0
    each: Few = 3
    unlinked: bool = False
    least: Many = 0
    most: Many = 40
    blind: bool = False
    peers: Peers = "own"
    carry: Carry = "best"
    carry_count: Many = 10
    best: Few = 3
    missing_rule: str = "unjudged-v1"
    tie_rule: str = "highest-points-v1"
    public_percent: Percent = 0
    vote_opens_at: dt.datetime | None = None
    vote_closes_at: dt.datetime | None = None
    reminders: Hours = ""

    @property
    def linked(self) -> bool:
        """Whether judges can be compared by the entries they share: scores of one judge an entry never can."""
        return self.method != "scores" or self.each > 1

    @property
    def hours(self) -> list[int]:
        """The hours before the end at which judges are reminded, the earliest reminder first."""
        return sorted({int(part) for part in self.reminders.split(",") if part.strip()}, reverse=True)


class LaterEnd(Edit, frozen=True, kw_only=True):
    """A round lasts longer, and why."""

    closes_at: dt.datetime
    reason: Annotated[str, Meta(min_length=1, max_length=400)]


class LevelEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A level of a scale."""

    value: Annotated[float, Meta(ge=-1000, le=1000)]
    text: Lines = Lines()


class CriterionEdit(Edit, frozen=True, kw_only=True):
    """A criterion with its scale."""

    key: Key
    weight: Annotated[int, Meta(ge=1, le=100)]
    title: Lines = Lines()
    help: Paragraphs = Paragraphs()
    levels: tuple[LevelEdit, ...] = ()


class NewRubric(Edit, frozen=True, kw_only=True):
    """A rubric begins as a copy of the template, or empty."""

    name: Label
    template: bool = False


class PanelEdit(Edit, frozen=True, kw_only=True):
    """Who sits on a panel."""

    judges: tuple[UUID, ...] = ()
    chair: UUID | None = None


class ProfileEdit(Edit, frozen=True, kw_only=True):
    """What a judge says of itself, a line each."""

    names: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    organisations: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    former: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    groups: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    cities: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    languages: tuple[Tag, ...] = ()
    topics: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()


LINED = ("names", "organisations", "former", "groups", "cities")
"""Fields of a profile that are typed into one box, a line each."""


def by_line(form: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the form with these boxes as lists of their lines."""
    split = {name: str(form[name]).split("\n") for name in names if name in form}
    return form | {name: [line.strip() for line in lines if line.strip()] for name, lines in split.items()}


def is_zone(zone: str) -> bool:
    """Whether there is such a time zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        return False
    return True


def by_clocks(form: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the form with what was typed into these fields as moments, by the clocks of its `zone`.

    Raises `Invalid` for a zone there is none of and a time the clocks skip; what is no time is left for `check`.
    """
    zone = str(form.get("zone", "UTC"))
    if not is_zone(zone):
        raise Invalid([FieldError("zone", "format", _("Give a time zone such as Asia/Tokyo."))])
    errors: list[FieldError] = []
    moments = {name: _moment(form[name], zone, name, errors) for name in names if name in form}
    if errors:
        raise Invalid(errors)
    return form | moments


def _moment(typed: Any, zone: str, name: str, errors: list[FieldError]) -> Any:
    try:
        return moment_in(zone, typed).isoformat()
    except NoSuchTime:
        errors.append(FieldError(name, "skipped", _("The clocks of this zone skip this time. Please choose another.")))
    except (TypeError, ValueError, OverflowError):
        pass
    return typed


def choices_wrong(sent: Iterable[tuple[str, str, Iterable[str]]]) -> list[FieldError]:
    """Return an error for every (field, value, offered) whose value is not offered."""
    words = _("Please choose one of the values offered.")
    return [FieldError(field, "choice", words) for field, value, offered in sent if value not in offered]
