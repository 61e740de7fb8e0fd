"""Japanese in every charset, with every newline and fold: the same words, and never U+FFFD."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.reading.charsets import read
from app.exchange.reading.lines import take_apart

TITLE = "横浜みなとみらい 国際会議①髙﨑～ナイト「環境」ﾃｽﾄ"
PLAIN = "横浜みなとみらい国際会議ナイト「環境」"
LINES = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:{}", "LOCATION:大さん橋ホール", "END:VEVENT", "END:VCALENDAR"]


def jis(text: str) -> bytes:
    """Encode as CP50221 does: NEC and IBM rows within JIS X 0208, half-width kana by an escape."""
    made, mode = b"", b"(B"
    for character in text:
        wanted, data = _jis(character)
        if wanted != mode:
            made, mode = made + b"\x1b" + wanted, wanted
        made += data
    return made + (b"\x1b(B" if mode != b"(B" else b"")


def _jis(character: str) -> tuple[bytes, bytes]:
    data = character.encode("cp932")
    if len(data) == 1:
        return (b"(B", data) if data[0] < 0x80 else (b"(I", bytes((data[0] & 0x7F,)))
    lead, trail = _nec(data)
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
    if trail >= 0x9F:
        return b"$B", bytes((row + 1, trail - 0x7E))
    return b"$B", bytes((row, trail - (0x20 if trail >= 0x80 else 0x1F)))


def _nec(data: bytes) -> tuple[int, int]:
    """Return the place among NEC's selection where CP932 encodes to IBM's rows, which JIS cannot name."""
    if data[0] < 0xFA:
        return data[0], data[1]
    same = data.decode("cp932")
    for lead, trail in itertools.product((0xED, 0xEE), range(0x40, 0xFD)):
        if bytes((lead, trail)).decode("cp932", "ignore") == same:
            return lead, trail
    raise LookupError(same)


def euc(text: str) -> bytes:
    """Encode as eucJP-ms does."""
    made = b""
    for character in text:
        mode, data = _jis(character)
        made += (
            b"\x8e" + bytes((data[0] | 0x80,)) if mode == b"(I" else bytes(b | (0x80 * (mode == b"$B")) for b in data)
        )
    return made


CHARSETS = {
    "utf-8": lambda text: text.encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "double bom": lambda text: b"\xef\xbb\xbf" * 2 + text.encode(),
    "cp932": lambda text: text.encode("cp932"),
    "euc-jp": euc,
    "iso-2022-jp": lambda text: "\n".join(jis(line).decode("latin-1") for line in text.split("\n")).encode("latin-1"),
    "utf-16-le": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16-be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
}
NEWLINES = {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r", "crcrlf": b"\r\r\n", "mixed": b""}
FOLDS = ("none", "between", "inside")


def written(charset: str, newline: str, fold: str, title: str) -> bytes:
    """Write a calendar: `between` folds after a character, `inside` within one, as whoever counts octets does."""
    text = "\n".join(LINES).format(title)
    wide = charset.startswith("utf-16")
    if fold != "none" and wide:
        text = text.replace(title, title[:5] + "\n " + title[5:])
    data = CHARSETS[charset](text)
    if fold != "none" and not wide:
        lines = data.split(b"\n")
        lines[2] = _folded(lines[2], 11 if fold == "between" and charset in {"utf-8", "bom", "double bom"} else 12)
        data = b"\n".join(lines)
    return _with_newlines(data, newline, charset)


def _folded(line: bytes, at: int) -> bytes:
    return line[:at] + b"\n " + line[at:]


def _with_newlines(data: bytes, newline: str, charset: str) -> bytes:
    if charset.startswith("utf-16"):
        encoding = "utf-16-be" if charset == "utf-16-be" else "utf-16-le"
        text = data.decode(encoding)
        return _mixed(text.split("\n"), newline).encode(encoding)
    return _mixed(data.decode("latin-1").split("\n"), newline).encode("latin-1")


def _mixed(lines: list[str], newline: str) -> str:
    if newline != "mixed":
        return NEWLINES[newline].decode().join(lines)
    ends = itertools.cycle(("\r\n", "\n", "\r\r\n", "\r"))
    return "".join(line + end for line, end in zip(lines, ends, strict=False))


def title_of(raw: bytes) -> str:
    texts = [line.text for line in read(take_apart(raw)).lines]
    assert [text for text in texts if "\ufffd" in text] == []
    return next(text for text in texts if text.startswith("SUMMARY:")).removeprefix("SUMMARY:")


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("fold", FOLDS)
def test_title_is_the_same_in_every_charset(charset: str, newline: str, fold: str) -> None:
    assert title_of(written(charset, newline, fold, TITLE)) == TITLE


@pytest.mark.parametrize("charset", [name for name in CHARSETS if name.startswith("utf") or "bom" in name])
def test_emoji_stays(charset: str) -> None:
    assert title_of(written(charset, "crlf", "inside", "夜の🎆花火")) == "夜の🎆花火"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_lost_line_by_line(raw: bytes) -> None:
    found = read(take_apart(raw))
    assert "\ufffd" not in "".join(line.text for line in found.lines)
    numbers = [line.number for line in found.lines] + [line.number for line in found.lost]
    assert len(numbers) == len(set(numbers))
    assert max(numbers, default=0) <= len(re.split(rb"\r*\n|\r+", raw.replace(b"\x00", b""))) + 1


def test_bad_line_costs_no_more_than_itself() -> None:
    lines = [line.format(PLAIN).encode() for line in LINES]
    found = read(take_apart(b"\r\n".join([*lines[:3], b"COMMENT:\xff\xfe\xff", *lines[3:]])))
    assert [line.text for line in found.lines] == [line.format(PLAIN) for line in LINES]
    assert [(lost.number, lost.reason) for lost in found.lost] == [(4, "charset")]


def test_file_with_one_broken_byte_stays_in_its_charset() -> None:
    """CP932 reads the bytes of UTF-8 as well, and makes other words of them."""
    raw = "\n".join(LINES).format(PLAIN).encode() + b"\nCOMMENT:\xa1"
    assert title_of(raw) == PLAIN


def test_line_in_another_charset_is_read_in_its_own() -> None:
    lines = [line.format(PLAIN) for line in LINES]
    raw = b"\n".join([*(line.encode() for line in lines[:3]), lines[3].encode("cp932"), b"END:VEVENT"])
    assert read(take_apart(raw)).lines[3].text == lines[3]


def test_western_letters_of_windows_are_read() -> None:
    raw = "BEGIN:VEVENT\nSUMMARY:Café de Provence\nEND:VEVENT".encode("cp1252")
    assert title_of(raw) == "Café de Provence"


@pytest.mark.parametrize(
    ("text", "codec", "charset"),
    [
        ("St. Augustine\u2019s garden", "cp1252", "latin-1"),
        ("Fête d\u2019été, événement au théâtre de Besançon", "cp1252", "latin-1"),
        ("El Niño este año", "cp1252", "latin-1"),
        ("年", "cp932", "cp932"),
        ("A年B", "cp932", "cp932"),
        ("鐵道", "cp932", "cp932"),
        ("ｶ", "cp932", "cp932"),
        ("ﾃｽﾄ", "cp932", "cp932"),
    ],
)
def test_western_letters_are_no_rare_characters_of_japanese(text: str, codec: str, charset: str) -> None:
    """Every one of these is a text in CP932 as well: an accented letter takes the one behind it with it."""
    found = read(take_apart(f"SUMMARY:{text}".encode(codec)))
    assert (found.charset, found.lines[0].text) == (charset, f"SUMMARY:{text}")
