"""What the fonts of documents can draw, read from their own tables (OpenType `cmap`)."""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

INVISIBLE = {"Cf", "Zs", "Cc"}
"""General categories of characters that steer or separate, and draw nothing."""


@cache
def covered(fonts: Path, weight: str) -> frozenset[int]:
    """Return every code point for which some font of a weight (such as `700Bold`) has a glyph."""
    found: set[int] = set()
    for path in sorted(fonts.glob(f"*_{weight}.ttf")):
        with TTFont(path, lazy=True) as font:
            found |= set(font.getBestCmap())
    return frozenset(found)


def missing_glyphs(text: str, *, fonts: Path) -> set[str]:
    """Return the characters of a text that would be printed as boxes, in either weight."""
    drawn = {c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in INVISIBLE}
    return {c for c in drawn for weight in ("400Regular", "700Bold") if ord(c) not in covered(fonts, weight)}
