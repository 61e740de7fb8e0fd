"""A list turned into registrations, line by line, with everything that is wrong in a line. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.mail import is_mailable
from app.core.sheets import Row, Sheet
from app.core.validation import problems
from app.people.persons import match_key, name_key, normal_address
from app.people.schemas import Declared, Details
from app.ticketing.guests.imports import values
from app.ticketing.guests.imports.columns import FIELDS, Columns, label, recognise
from app.ticketing.guests.imports.values import NotKnown
from app.ticketing.registering.asked import answer_errors, asked
from app.ticketing.schemas import LARGEST_PARTY, Offer, OfferedQuestion, RegistrationRequest

CONSENTS = ["import"]
"""What stands in a request for what nobody agreed to: the organiser answers for the list, so no consent is written."""
_PLACE = re.compile(r"party\[(\d+)\]\.?([a-z_]*)")


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong in a line: the heading of the column, "" for the line as a whole, and why."""

    column: str
    words: str


class Line(msgspec.Struct, frozen=True):
    """A line as it was understood; `key` finds a person again, by address and name."""

    number: int
    name: str
    email: str
    wrong: list[Wrong]
    known: bool = False
    key: bytes = b""

    @property
    def good(self) -> bool:
        """Whether it can be taken."""
        return not self.wrong and not self.known


class Group(msgspec.Struct, frozen=True):
    """Lines that make one registration, by their numbers, in the order of the party."""

    numbers: list[int]
    request: RegistrationRequest
    keys: list[bytes]


class Read(msgspec.Struct, frozen=True):
    """A list as it was understood. `groups` are those in which every line is good."""

    columns: Columns
    lines: list[Line]
    groups: list[Group]

    @property
    def good(self) -> int:
        """How many lines will be taken."""
        return sum(len(group.numbers) for group in self.groups)


class Ground(msgspec.Struct, frozen=True):
    """What a list is read against: the offer with the types that its owner may give away, and the moment."""

    found: Offer
    questions: list[OfferedQuestion]
    default_type: str
    language: str
    now: dt.datetime


class _Cells(msgspec.Struct, frozen=True):
    """A line on its way: what was understood of it so far."""

    number: int
    group: str
    email: str
    language: str
    member: dict[str, Any]
    wrong: list[Wrong]


def understood(sheet: Sheet, ground: Ground) -> Read:
    """Return what a list says. Blocks for a second with thousands of lines: use a thread."""
    columns = recognise(sheet.heading, ground.questions)
    if columns.missing:
        return Read(columns, [], [])
    cells = [_cells(row, sheet.heading, columns, ground) for row in sheet.rows]
    lines: dict[int, Line] = {}
    groups = [_group(part, sheet.heading, columns, ground, lines) for part in _parties(cells)]
    _refuse_twins(lines)
    return Read(columns, [lines[n] for n in sorted(lines)], _complete(groups, lines))


def known(read: Read, keys: frozenset[bytes]) -> Read:
    """Return the list with those marked who have such a ticket already."""
    lines = [msgspec.structs.replace(line, known=line.key in keys) for line in read.lines]
    by_number = {line.number: line for line in lines}
    return Read(read.columns, lines, _complete(read.groups, by_number))


def _complete(groups: Iterable[Group | None], lines: Mapping[int, Line]) -> list[Group]:
    return [g for g in groups if g is not None and all(lines[n].good for n in g.numbers)]


def _parties(cells: Sequence[_Cells]) -> list[list[_Cells]]:
    """Put the lines of one party together, where the first of them stands."""
    found: dict[str, list[_Cells]] = {}
    for one in cells:
        found.setdefault(f"party {one.group}" if one.group else f"line {one.number}", []).append(one)
    return list(found.values())


def _cells(row: Row, heading: Sequence[str], columns: Columns, ground: Ground) -> _Cells:
    """Understand the cells of a line, each on its own."""
    wrong: list[Wrong] = []

    def cell(place: int | None, meaning: Callable[[str], Any], otherwise: Any) -> Any:
        words = row.cells[place] if place is not None else ""
        if place is None or not words:
            return otherwise
        try:
            return meaning(words)
        except NotKnown as error:
            wrong.append(Wrong(heading[place], str(error)))
            return otherwise

    at = columns.fields.get
    needs, note = cell(at("needs"), values.needs, ([], ""))
    member: dict[str, Any] = {
        "name": cell(at("name"), str, ""),
        "reading": cell(at("reading"), str, ""),
        "organisation": cell(at("organisation"), str, ""),
        "residence": cell(at("residence"), values.country, ""),
        "ticket_type": cell(
            at("ticket_type"), lambda words: values.ticket_type(words, ground.found), ground.default_type
        ),
        "child": cell(at("child"), values.yes_no, False),  # noqa: FBT003
        "needs": needs,
        "needs_note": note,
        "languages": cell(at("languages"), values.several, []),
        "answers": {},
    }
    for question in ground.questions:
        value = cell(columns.answers.get(question.slug), partial(values.answer, question), None)
        if value is not None:
            member["answers"][question.slug] = value
    return _Cells(
        number=row.number,
        group=cell(at("party"), str, ""),
        email=cell(at("email"), str, ""),
        language=cell(at("language"), values.tongue, ground.language),
        member=member,
        wrong=wrong,
    )


def _group(
    part: Sequence[_Cells], heading: Sequence[str], columns: Columns, ground: Ground, lines: dict[int, Line]
) -> Group | None:
    """Check lines that make one registration, put each into `lines`, and return it if it is one."""
    email = part[0].email
    members = [
        {**one.member, "email": one.email if normal_address(one.email) != normal_address(email) else ""} for one in part
    ]
    raw = {"email": email, "consents": CONSENTS, "language": part[0].language, "party": members}
    wrong: dict[int, list[Wrong]] = {one.number: list(one.wrong) for one in part}
    for error in [*problems(raw, RegistrationRequest), *_more(raw, ground)]:
        number, column = _located(error, part, heading, columns)
        if not any(known.column == column and column for known in wrong[number]):
            wrong[number].append(Wrong(column, error.detail))
    good = not any(wrong.values())
    for one in part:
        whole = [] if good or wrong[one.number] else [Wrong("", _("Somebody else of this party is not in order."))]
        name, address = one.member["name"], one.email or email
        key = match_key(Declared(Details(name=name, email=address), "")) if "@" in address else b""
        lines[one.number] = Line(one.number, name, address, wrong[one.number] + whole, key=key)
    if not good:
        return None
    request = msgspec.convert(raw, RegistrationRequest, strict=False)
    return Group([one.number for one in part], request, [lines[one.number].key for one in part])


def _located(error: FieldError, part: Sequence[_Cells], heading: Sequence[str], columns: Columns) -> tuple[int, str]:
    """Return the number of the line and the heading of the column in which something is wrong."""
    place = _PLACE.match(error.field)
    if place is None:
        name = error.field.partition("[")[0]
        return part[0].number, heading[columns.fields[name]] if name in columns.fields else ""
    number, name = part[min(int(place[1]), len(part) - 1)].number, place[2]
    if name == "answers":
        at = columns.answers.get(error.field.rpartition(".")[2])
    else:
        at = columns.fields.get("needs" if name == "needs_note" else name)
    return number, heading[at] if at is not None else label(name) if name in FIELDS else ""


def _more(raw: dict[str, Any], ground: Ground) -> list[FieldError]:
    """List what only the offer, or the mail, knows to be wrong."""
    errors = [] if is_mailable(raw["email"]) else [FieldError("email", "format", _unmailable())]
    if len(raw["party"]) > LARGEST_PARTY:
        words = _("A party has 1 to %(most)s people.", most=LARGEST_PARTY)
        errors.append(FieldError("party[0].party", "range", words))
    if all(member["child"] for member in raw["party"]):
        words = _("A child comes with an adult: please add one to the party.")
        errors.append(FieldError("party[0].child", "adult", words))
    today = ground.now.astimezone(ZoneInfo(ground.found.zone)).date()
    for n, member in enumerate(raw["party"]):
        if member["email"] and not is_mailable(member["email"]):
            errors.append(FieldError(f"party[{n}].email", "format", _unmailable()))
        errors += _of_type(f"party[{n}]", member, ground, today)
    return errors


def _of_type(field: str, member: dict[str, Any], ground: Ground, today: dt.date) -> list[FieldError]:
    """List what is wrong with type and answers; what the form would insist on, the guest may still answer later."""
    wanted = ground.found.types.get(member["ticket_type"])
    if wanted is None:
        return []
    if wanted.last_day < today:
        return [FieldError(f"{field}.ticket_type", "past", _("The last day of this ticket has passed."))]
    errors = answer_errors(field, asked(ground.found, wanted), member["answers"])
    return [error for error in errors if error.code != "required"]


def _unmailable() -> str:
    return _("No mail can be sent to this address. Please check how it is written.")


def _refuse_twins(lines: dict[int, Line]) -> None:
    """Mark lines that name somebody whom an earlier line names."""
    seen: dict[tuple[str, str], int] = {}
    for number in sorted(lines):
        line = lines[number]
        who = (normal_address(line.email), name_key(line.name))
        if not line.email or not line.name:
            continue
        if who in seen:
            words = _("Line %(n)s has the same name and address.", n=seen[who])
            lines[number] = msgspec.structs.replace(line, wrong=[*line.wrong, Wrong("", words)])
        seen.setdefault(who, number)
