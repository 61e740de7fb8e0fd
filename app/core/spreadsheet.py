"""Lists for spreadsheets: CSV that Excel reads as UTF-8, and workbooks. In neither are words run as a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = "=+-@\t\r\n"
"""What a spreadsheet takes for the beginning of a formula; full-width forms are folded to these first."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767
"""Characters of a cell of a workbook."""
_WIDEST = 48


def written(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return CSV (RFC 4180, UTF-8 with the mark by which Excel knows it), every field harmless."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([harmless(words) for words in heading])
    writer.writerows([harmless(words) for words in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def harmless(words: str) -> str:
    """Return words that no spreadsheet runs: an apostrophe before whatever begins like a formula.

    Blanks and invisible signs at the front are looked through, because programs drop them on import.
    """
    seen = "".join(c for c in words if unicodedata.category(c) not in {"Cf", "Zs"})
    start = unicodedata.normalize("NFKC", seen[:1])
    return f"'{words}" if start and start[0] in _FORMULA else words


def workbook(heading: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> bytes:
    """Return an XLSX workbook of one sheet, its heading in bold and fixed.

    Every cell is typed as text, so nothing is run, and an apostrophe is not needed; numbers keep their zeros.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "1")
    sheet.freeze_panes = "A2"
    for n, words in enumerate(heading, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = min(max(len(words) * 2, 14), _WIDEST)
    sheet.append([_cell(sheet, words, bold=True) for words in heading])
    for row in rows:
        sheet.append([_cell(sheet, words) for words in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: object, words: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, _NOT_XML.sub("", words)[:_LONGEST])
    cell.data_type = "s"  # openpyxl would take what begins with = for a formula
    if bold:
        cell.font = Font(bold=True)
    return cell
