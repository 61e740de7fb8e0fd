"""JSON as pages hold it: with comments, commas too many, entities, several values behind one another. Pure."""

import html
import json
import re
from collections.abc import Iterator

from msgspec import Struct

Value = object
_WRAPPED = re.compile(r"^\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*$")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|//[^\n]*|/\*.{0,5000}?\*/|,(?=\s*[}\]])', re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)
_MOST_TRIES = 2_000
_MOST_CHARACTERS = 20_000_000
"""Characters that are looked at, all tries together: a broken block of usual size takes a tenth of a second."""


class Block(Struct, frozen=True):
    """What stands in a script, and the line of the page on which that begins."""

    number: int
    text: str


class Loaded(Struct, frozen=True):
    """The values of a block; `code` says what had to be done to it, `lost` whether something is not there any more."""

    values: tuple[Value, ...]
    code: str = ""
    lost: bool = False


def loaded(block: Block) -> Loaded:
    """Return what a block says: as it is, else repaired, else those of its objects that are whole."""
    text = block.text.strip().removeprefix("\ufeff")
    if not text:
        return Loaded(())
    values = _all(text)
    if values is not None:
        return Loaded(values)
    mended = _mended(text)
    values = _all(mended)
    if values is not None:
        return Loaded(values, "block_repaired")
    return Loaded(tuple(_whole_objects(mended)), "block_unreadable", lost=True)


def _all(text: str) -> tuple[Value, ...] | None:
    """Return the values that stand behind one another; None where there is anything else."""
    found, at = list[Value](), 0
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        found.append(value)
        while at < len(text) and text[at] in " \t\r\n;":
            at += 1
    return tuple(found)


def _mended(text: str) -> str:
    """Return JSON without what does not belong there; strings stay as they are."""
    bare = _WRAPPED.sub("", _WRAPPED.sub("", text)).strip()
    if "&quot;" in bare or "&#34;" in bare:
        bare = html.unescape(bare)
    return _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else "", bare).strip()


def _whole_objects(text: str) -> Iterator[Value]:
    """Yield the objects of a text that is broken somewhere, the outermost that are whole."""
    at, tries, seen = text.find("{"), 0, 0
    while at >= 0 and tries < _MOST_TRIES and seen < _MOST_CHARACTERS:
        tries += 1
        try:
            value, after = _DECODER.raw_decode(text, at)
        except RecursionError:
            return
        except ValueError as error:
            seen += getattr(error, "pos", at) - at
            at = text.find("{", at + 1)
            continue
        yield value
        at = text.find("{", after)
