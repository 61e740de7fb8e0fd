"""Setting type with typst: fonts that come with the product, texts as data, one compiler per template."""

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

HAN = {"ja": "Noto Sans JP", "zh-Hans": "Noto Sans SC", "ko": "Noto Sans KR"}
"""Family by language: one Han character has a different form in each."""
REGIONS = {"ja": "JP", "zh-Hans": "CN", "ko": "KR"}
_DROPPED = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_SPACED = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_CLEAN = _DROPPED | _SPACED

_compiling = Lock()
"""A compiler serves one caller at a time; a second thread would find it borrowed."""


def compiled(template: Path, data: Mapping[str, object], *, fonts: Path = FONTS, **options: Any) -> bytes:
    """Run a template over `data`, which it reads as JSON: typst sees strings, never source text.

    `options` go to typst's `compile` (`format`, `pdf_standards`, `ppi`, `timestamp`). Raises `typst.TypstError`.
    """
    with _compiling:
        document = _compiler(template, fonts).compile(
            sys_inputs={"data": msgspec.json.encode(data).decode()}, **options
        )
    return cast("bytes", document)


@lru_cache(maxsize=8)
def _compiler(template: Path, fonts: Path) -> typst.Compiler:
    """Return the compiler with the fonts loaded; only these and typst's own, so every machine sets the same page."""
    families = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[fonts])
    return typst.Compiler(input=template, root=template.parent, font_paths=families, ignore_system_fonts=True)


def cleaned(value: Any) -> Any:
    """Return data with control characters as spaces and bidirectional overrides gone, in every string of it."""
    if isinstance(value, str):
        return value.translate(_CLEAN).strip()
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, (list, tuple)) else value


def font_order(language: str) -> list[object]:
    """Return the families a text of `language` is set in; the first that has a glyph gives it.

    Next to Han, Latin letters come from the Latin family but punctuation from the Han family ("latin-in-cjk").
    """
    own = HAN.get(language)
    latin: object = {"name": "Noto Sans", "covers": "latin-in-cjk"} if own else "Noto Sans"
    others = [family for family in HAN.values() if family != own]
    return [latin, *([own] if own else []), *others, "Noto Sans", "Noto Sans Thai", "Noto Sans Arabic"]
