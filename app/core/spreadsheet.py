"""Lists for spreadsheets: CSV that Excel reads as UTF-8, and in which no words are run as a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

_FORMULA = "=+-@\t\r\n"
"""What a spreadsheet takes for the beginning of a formula; full-width forms are folded to these first."""


def written(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return CSV (RFC 4180, UTF-8 with the mark by which Excel knows it), every field of the rows harmless."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([harmless(words) for words in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def harmless(words: str) -> str:
    """Return words that no spreadsheet runs: an apostrophe before whatever begins like a formula.

    Blanks and invisible signs at the front are looked through, because programs drop them on import.
    """
    seen = "".join(c for c in words if unicodedata.category(c) not in {"Cf", "Zs"})
    start = unicodedata.normalize("NFKC", seen[:1])
    return f"'{words}" if start and start[0] in _FORMULA else words
