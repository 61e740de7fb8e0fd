"""Which charset a calendar is written in: a ladder, and a judgement where two rungs hold. Pure.

ISO-2022-JP where there are escapes; UTF-8; CP932 or EUC-JP, whichever makes Japanese of it; else line by line, so that
one bad line costs that line and not the feed. U+FFFD never comes out.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct, structs

from app.exchange.reading.lines import Source
from app.exchange.reading.quoted import Line

Charset = Literal["utf-8", "utf-16-le", "utf-16-be", "iso-2022-jp", "cp932", "euc-jp", "latin-1"]

_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\(D|\([BJI])")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3001-\u301f\uff01-\uff5e\u4e00-\u9fff]")
_SUSPICIOUS = re.compile(r"[\uff61-\uff9f\ue000-\uf8ff\u0080-\u009f]")
"""Half-width kana, private use, control characters: what the wrong charset makes of Japanese."""


_GAP = "\ufffd".encode()
_NO_CHARACTER = re.compile("[\ufffd\uf8f0-\uf8f3]")
"""What stands for bytes that are no character; Python gives CP932's unused bytes the four of private use."""


class Text(Struct, frozen=True, gc=False):
    """A logical line as text, with the number of the line of the file on which it begins."""

    number: int
    text: str


class Lost(Struct, frozen=True):
    """A line that no charset could read."""

    number: int
    reason: str


class Read(Struct, frozen=True):
    """A file as text: its charset, its lines, those that are lost, and what had to be repaired.

    `marred` are the numbers of lines in which characters were lost before they came to us.
    """

    charset: Charset
    lines: tuple[Text, ...]
    lost: tuple[Lost, ...]
    repairs: frozenset[str]
    marred: tuple[int, ...] = ()


def read(source: Source) -> Read:
    """Return the lines of a file as text."""
    lines, marred = _without_gaps(source.lines)
    found = _read(Source(lines, source.wide, source.repairs))
    return structs.replace(found, marred=(*marred, *found.marred)) if marred else found


def _read(source: Source) -> Read:
    data = [line.data for line in source.lines]
    if source.wide or (plain := _plain(data)) is None:
        return _climb(source, data)
    texts = map(Text, (line.number for line in source.lines), plain)
    return Read("utf-8", tuple(texts), (), source.repairs)


def _climb(source: Source, data: Sequence[bytes]) -> Read:
    """Return the text of a file that is not simply UTF-8, rung by rung."""
    if source.wide:
        lines = tuple(Text(line.number, line.data.decode()) for line in source.lines)
        return Read(source.wide, lines, (), source.repairs)  # type: ignore[arg-type]
    if _is_broken_utf_8(data):
        return _by_lines(source, ("utf-8", "cp932", "euc-jp"))
    charset = next((name for name in _LADDER if _holds(name, data)), None)
    if charset == "cp932" and _holds("euc-jp", data) and _looks(data, "euc-jp") > _looks(data, "cp932"):
        charset = "euc-jp"
    if charset == "cp932" and _holds("latin-1", data) and all(map(_is_latin, data)):
        charset = "latin-1"
    return _whole(source, charset) if charset else _by_lines(source, _by_agreement(source))


def _without_gaps(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[int, ...]]:
    """Take out what stands for characters that somebody before us could not read (U+FFFD, in UTF-8)."""
    marred = tuple(n for n, line in enumerate(lines) if _GAP in line.data and _is_utf_8(line.data))
    if not marred:
        return lines, ()
    mended = list(lines)
    for n in marred:
        mended[n] = Line(lines[n].number, lines[n].data.replace(_GAP, b""))
    return tuple(mended), tuple(lines[n].number for n in marred)


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _plain(data: Sequence[bytes]) -> list[str] | None:
    """Return the lines of a file that is UTF-8 and nothing else, all at once: most files are, and some are large."""
    whole = b"\n".join(data)
    if b"\x1b" in whole:
        return None
    try:
        text = whole.decode()
    except UnicodeDecodeError:
        return None
    return None if _NO_CHARACTER.search(text) or not text else text.split("\n")


def decode_text(raw: bytes) -> tuple[str, tuple[int, ...]]:
    """Return a file that has no folds as text with LF, and the numbers of the lines that no charset could read."""
    wide = raw[:2] in {b"\xff\xfe", b"\xfe\xff"}
    body = raw.decode("utf-16", "ignore").encode() if wide else raw
    pieces = re.split(rb"\r*\n|\r+", body.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b""))
    found = read(Source(tuple(Line(n, piece) for n, piece in enumerate(pieces, 1)), None, frozenset()))
    return "\n".join(line.text for line in found.lines), tuple(lost.number for lost in found.lost)


def iso_2022_jp(data: bytes) -> str:
    """Decode ISO-2022-JP as it is found: with the rows of NEC and IBM, and half-width kana (CP50221).

    Python's own codec knows neither; both are read through CP932. Raises `UnicodeDecodeError`.
    """
    found, mode, at = [], b"(B", 0
    for escape in _ESCAPE.finditer(data):
        found.append(_in_mode(data[at : escape.start()], mode))
        mode, at = escape[1], escape.end()
    return "".join([*found, _in_mode(data[at:], mode)])


def _in_mode(piece: bytes, mode: bytes) -> str:
    if mode in (b"$@", b"$B"):
        return _jis(piece).decode("cp932")
    if mode == b"$(D":
        return b"".join(b"\x8f" + bytes((one | 0x80, two | 0x80)) for one, two in _pairs(piece)).decode("euc_jp")
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in piece).decode("cp932")
    return piece.decode("ascii")


def _pairs(piece: bytes) -> list[tuple[int, int]]:
    """Return the bytes two by two; a space between, which belongs to no character, is passed over."""
    dense = bytes(byte for byte in piece if byte > 0x20)
    if len(dense) % 2:
        raise UnicodeDecodeError("iso-2022-jp", piece, len(piece) - 1, len(piece), "half a character")
    return list(zip(dense[::2], dense[1::2], strict=True))


def _jis(piece: bytes) -> bytes:
    """Return characters of JIS X 0208 as Shift JIS has them (JIS X 0208:1997, annex 1)."""
    made = bytearray()
    for row, cell in _pairs(piece):
        lead = (row - 0x21) // 2 + 0x81
        made.append(lead if lead < 0xA0 else lead + 0x40)
        odd = row % 2
        made.append(cell + (0x1F if cell < 0x60 else 0x20) if odd else cell + 0x7E)
    return bytes(made)


def _euc(data: bytes) -> str:
    """Decode EUC-JP with the rows of NEC and IBM, as Windows and eucJP-ms write it."""
    found, at = [], 0
    while at < len(data):
        size = 1 if data[at] < 0x80 else 3 if data[at] == 0x8F else 2
        piece = data[at : at + size]
        if size == 2 and len(piece) == 2 and piece[0] != 0x8E and min(piece) >= 0xA1:
            found.append(_jis(bytes(byte & 0x7F for byte in piece)).decode("cp932"))
        else:
            found.append(piece.decode("euc_jp"))
        at += size
    return "".join(found)


_DECODERS: dict[Charset, Callable[[bytes], str]] = {
    "utf-8": lambda data: data.decode("utf-8"),
    "iso-2022-jp": iso_2022_jp,
    "cp932": lambda data: data.decode("cp932"),
    "euc-jp": _euc,
    "latin-1": lambda data: data.decode("cp1252"),
}
_LADDER: tuple[Charset, ...] = ("iso-2022-jp", "utf-8", "cp932", "euc-jp", "latin-1")
"""Escapes first: ISO-2022-JP is all ASCII, and so would be UTF-8 as well."""


def _holds(name: Charset, data: Sequence[bytes]) -> bool:
    if name == "iso-2022-jp" and not any(map(_ESCAPE.search, data)):
        return False
    if name == "latin-1" and _mostly_asian(data):
        return False
    try:
        texts = [_DECODERS[name](line) for line in data]
    except UnicodeDecodeError:
        return False
    return not any(map(_NO_CHARACTER.search, texts))


def _mostly_asian(data: Sequence[bytes]) -> bool:
    """Whether bytes above ASCII stand in long runs, as only charsets of several bytes have them."""
    return any(re.search(rb"[\x80-\xff]{5,}", line) for line in data)


def _looks(data: Sequence[bytes], name: Charset) -> int:
    """Return how Japanese a text is in a charset: the wrong one turns it into half-width kana."""
    text = "".join(map(_DECODERS[name], data))
    return len(_JAPANESE.findall(text)) - 2 * len(_SUSPICIOUS.findall(text))


def _is_latin(line: bytes) -> bool:
    """Whether what CP932 makes of a line is only what Western letters look like in it by chance.

    Those stand within words, one or two at a time, and are accented letters or an apostrophe.
    """
    return _LATIN.sub(b"", line).isascii()


_LATIN = re.compile(
    rb"(?<=[A-Za-z])\x92(?=[a-z])"  # l'eau, it's
    rb"|(?<=[A-Za-z])[\xc0-\xff]{1,2}|(?<![\x80-\xff])[\xc0-\xff]{1,2}(?=[a-z])"  # cr\xe9\xe9e, \xe9t\xe9
)


def _whole(source: Source, charset: Charset) -> Read:
    decode = _DECODERS[charset]
    return Read(charset, tuple(Text(line.number, decode(line.data)) for line in source.lines), (), source.repairs)


def _is_broken_utf_8(data: Sequence[bytes]) -> bool:
    """Whether a file is UTF-8 but for some lines: no other charset writes half of its text so by chance.

    CP932 would read all of it, and make other words of it.
    """
    said = [line for line in data if not line.isascii()]
    fit = [line for line in said if _holds("utf-8", [line])]
    return len(fit) < len(said) <= 2 * len(fit) or sum(map(len, said)) / 2 <= sum(map(len, fit)) < sum(map(len, said))


def _by_agreement(source: Source) -> Sequence[Charset]:
    """Return the charsets of Japanese by how many lines they can read."""
    return sorted(_LADDER[:4], key=lambda name: -sum(_one(line, name) is not None for line in source.lines))


def _by_lines(source: Source, order: Sequence[Charset]) -> Read:
    """Read what can be read: each line in the first of these charsets that can, else the line is lost."""
    found, lost, marred = [], list[Lost](), list[int]()
    for line in source.lines:
        text = next((text for name in order if (text := _one(line, name)) is not None), None)
        mostly = _mostly_utf_8(line.data) if order[0] == "utf-8" and not _is_utf_8(line.data) else None
        if mostly is not None:
            marred.append(line.number)
            found.append(Text(line.number, mostly))
        elif text is None:
            lost.append(Lost(line.number, "charset"))
        else:
            found.append(Text(line.number, text))
    return Read(order[0], tuple(found), tuple(lost), source.repairs | {"charset"}, tuple(marred))


def _mostly_utf_8(data: bytes) -> str | None:
    """Return a line of UTF-8 without the few bytes of it that are none; None for a line of something else."""
    text = data.decode(errors="replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return text.replace("\ufffd", "") if good >= 2 * bad else None


def _one(line: Line, name: Charset) -> str | None:
    return _DECODERS[name](line.data) if _holds(name, [line.data]) else None
