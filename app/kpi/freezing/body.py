"""What is frozen, as canonical text: one figure has one body, and one body has one digest. Pure.

A body is JSON with sorted names, no spaces and whole numbers only (the canonical form of RFC 8785 for such values).
`figure` follows from the ledger up to `position` and from nothing else, so anybody who holds the ledger gets it again.
`noted` was written down on the day: registrations are not in the ledger, and `blind` is a random number. It is there
because the digest is public while small countries are not: whoever knows all but a few cells of a body could try every
value for them until the digest fits. With 256 random bits in the body that tells nothing.
"""

import hashlib

import msgspec
from msgspec import Struct

from app.core.chain import Link
from app.kpi.counting import CountryRow, Figure

FORM = "kpi2-body-1"
"""Name of this form of a body. Published bodies keep theirs; another set of lines is another form."""

LINES = (
    "fiscal_year", "rule", "people", "on_site", "online", "both", "core_only", "visits", "participations",
    "unknown_residence", "sensitivity", "with_exhibitors", "conflicts",
)  # fmt: skip
COLUMNS = ("country", "people", "on_site", "online", "both")


class Noted(Struct, frozen=True, forbid_unknown_fields=True):
    """What was true on the day and cannot be counted again: tickets from overseas; 256 random bits in hex."""

    registrations: int
    blind: str


class Body(Struct, frozen=True, kw_only=True):
    """A figure with the head of the ledger that it was counted up to."""

    figure: Figure
    at: Link
    noted: Noted

    @property
    def text(self) -> str:
        """The canonical text."""
        return msgspec.json.encode(
            {
                "form": FORM,
                "position": self.at.position,
                "head": self.at.digest.hex(),
                "figure": _plain(self.figure),
                "noted": msgspec.to_builtins(self.noted),
            },
            order="sorted",
        ).decode()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text."""
        return digest(self.text)


def _plain(figure: Figure) -> dict[str, object]:
    rows = [{name: getattr(row, name) for name in COLUMNS} for row in figure.by_country]
    return {**{name: getattr(figure, name) for name in LINES}, "by_country": rows}


def digest(text: str) -> bytes:
    """SHA-256 of a body's text."""
    return hashlib.sha256(text.encode()).digest()


class _Read(Struct, frozen=True, forbid_unknown_fields=True):
    form: str
    position: int
    head: str
    figure: Figure
    noted: Noted


def read(text: str) -> Body:
    """Return the body of a text. `ValueError` for a form that this program does not know."""
    found = msgspec.json.decode(text, type=_Read)
    if found.form != FORM:
        raise ValueError(f"bodies of the form {found.form} are unknown here")
    return Body(figure=found.figure, at=Link(found.position, bytes.fromhex(found.head)), noted=found.noted)


def differences(before: Figure, after: Figure) -> dict[str, int]:
    """What changed from one figure to the other by line, countries too: `{"people": -1, "country SG": -1}`."""
    lines = {name: getattr(after, name) - getattr(before, name) for name in LINES if isinstance(_of(before, name), int)}
    then, now = _countries(before.by_country), _countries(after.by_country)
    lines |= {f"country {code}": now.get(code, 0) - then.get(code, 0) for code in sorted({*then, *now})}
    return {name: change for name, change in lines.items() if change}


def _of(figure: Figure, name: str) -> object:
    return getattr(figure, name)


def _countries(rows: tuple[CountryRow, ...]) -> dict[str, int]:
    return {row.country: row.people for row in rows}
