"""Setting type with typst: fonts that come with the product, texts as data, one compiler per template."""

import os
import sys
import tempfile
import weakref
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

import msgspec
import typst

from app.core.settings import ROOT

FONTS: Final = ROOT / "frontend" / "dist" / "fonts"
"""The TTF files of the Noto Sans families, copied there by the front end's build."""

HAN = {"ja": "Noto Sans JP", "zh-Hans": "Noto Sans SC", "zh-Hant": "Noto Sans TC", "ko": "Noto Sans KR"}
"""Family by language: one Han character has a different form in each."""
REGIONS = {"ja": "JP", "zh-Hans": "CN", "zh-Hant": "TW", "ko": "KR"}
SCRIPTS: Final = (
    "Noto Sans Thai",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Gurmukhi",
    "Noto Sans Gujarati",
    "Noto Sans Oriya",
    "Noto Sans Tamil",
    "Noto Sans Telugu",
    "Noto Sans Kannada",
    "Noto Sans Malayalam",
    "Noto Sans Sinhala",
    "Noto Sans Khmer",
    "Noto Sans Lao",
    "Noto Sans Myanmar",
    "Noto Serif Tibetan",
    "Noto Sans Ethiopic",
    "Noto Sans Armenian",
    "Noto Sans Georgian",
    "Noto Sans Thaana",
    "Noto Emoji",
)
"""Families of the scripts that people of this world write their names in; Latin, Greek and Cyrillic are Noto Sans."""
_DROPPED = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_SPACED = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_CLEAN = _DROPPED | _SPACED

BLANK: Final = Path(__file__).with_name("blank.typ")
REMEMBERED: Final = 10
"""For so many documents typst remembers what it has set: of a ticket 0.3 MB, of a list of 2,000 people 160 MB."""

_compiling = Lock()
"""A compiler serves one caller at a time; a second thread would find it borrowed."""


def compiled(
    template: Path, data: Mapping[str, object], *, fonts: Path = FONTS, lean: bool = False, **options: Any
) -> bytes:
    """Run a template over `data`, which it reads as JSON: typst sees strings, never source text.

    `lean` gives the memory of a large document back at once. `options` go to typst's `compile` (`format`,
    `pdf_standards`, `ppi`, `timestamp`). Raises `typst.TypstError`.
    """
    with _compiling:
        document = _press(template, fonts).print(msgspec.json.encode(data), **options)
        for _ in range(REMEMBERED + 1 if lean else 0):
            _press(BLANK, fonts).print(b"", format="svg")
    return document


class _Press:
    """A compiler with its fonts loaded, and the file in memory from which its template reads the data.

    Not `sys_inputs`: they are part of typst's library, and when that changes, typst forgets all it remembers. So of
    two tickets only what differs is set, in less than half the time.
    """

    def __init__(self, template: Path, fonts: Path) -> None:
        """Load the fonts: only these and typst's own, so every machine sets the same page."""
        families = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[fonts])
        self._data = _file_in_memory()
        weakref.finalize(self, os.close, self._data)
        self._compiler = typst.Compiler(
            input=template,
            root="/",
            font_paths=families,
            ignore_system_fonts=True,
            sys_inputs={"data": f"/dev/fd/{self._data}"},
        )

    def print(self, data: bytes, **options: Any) -> bytes:
        """Return the document; what it was made of is not kept in the file."""
        os.pwrite(self._data, data, 0)
        try:
            return cast("bytes", self._compiler.compile(**options))
        finally:
            os.ftruncate(self._data, 0)


def _file_in_memory() -> int:
    """Return the descriptor of a file without a name; on a disk it would hold names of people."""
    if sys.platform == "linux":
        return os.memfd_create("typst")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


@lru_cache(maxsize=8)
def _press(template: Path, fonts: Path) -> _Press:
    return _Press(template, fonts)


os.register_at_fork(after_in_child=_press.cache_clear)  # a file of two processes would mix up their documents


def cleaned(value: Any) -> Any:
    """Return data with control characters as spaces and bidirectional overrides gone, in every string of it."""
    if isinstance(value, str):
        return value.translate(_CLEAN).strip()
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, (list, tuple)) else value


def spoken(language: str) -> dict[str, object]:
    """Return what a template needs to know of the language it is set in: `lang`, `region`, `fonts`."""
    return {
        "lang": language.partition("-")[0],
        "region": REGIONS.get(language),
        "fonts": font_order(language),
    }


def font_order(language: str) -> list[object]:
    """Return the families a text of `language` is set in; the first that has a glyph gives it.

    Next to Han, Latin letters come from the Latin family but punctuation from the Han family ("latin-in-cjk").
    """
    own = HAN.get(language)
    latin: object = {"name": "Noto Sans", "covers": "latin-in-cjk"} if own else "Noto Sans"
    others = [family for family in HAN.values() if family != own]
    return [latin, *([own] if own else []), *others, "Noto Sans", *SCRIPTS]
