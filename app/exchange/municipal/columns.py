"""What the columns of municipal lists are called: data in `columns.toml`, asked for here. Pure."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

NAMES: Mapping[str, Sequence[str]] = tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))
"""Field to its names; the first is the one we write."""
STANDARD = (
    "code", "number", "prefecture_name", "city_name", "name", "kana", "english", "starts_on", "ends_on", "starts_at",
    "ends_at", "when_note", "description", "fee", "fee_details", "contact", "phone", "extension", "organiser", "place",
    "address", "building", "latitude", "longitude", "access", "parking", "capacity", "closes_on", "closes_at", "apply",
    "url", "note",
)  # fmt: skip
"""The columns of the data set, which we always write; others only where they hold something."""


def field_of(heading: str) -> str | None:
    """Return the field of a heading, however its brackets and letters are written; None for a column of its own."""
    return _fields().get(_plain(heading))


@cache
def _fields() -> dict[str, str]:
    return {_plain(name): field for field, names in NAMES.items() for name in names}


def _plain(heading: str) -> str:
    words = unicodedata.normalize("NFKC", heading).strip().removesuffix("*").strip()
    return words.replace(" ", "").replace("_", "").replace("(", "").replace(")", "").casefold()
