"""Caught mail on disk: one `.eml` file per message, and reading it back whatever is wrong with it.

Mail comes from anywhere and in any state; nothing here raises because of what a message says.
"""

import datetime as dt
import email
import os
import re
import secrets
from collections.abc import Callable, Iterator
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec

from app.core.errors import NotFound
from app.core.sandbox.account import make_folder
from app.core.sandbox.files import sync_folder

ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}\Z", re.ASCII)
"""The moment of arrival in UTC to the microsecond, and eight random digits; sorts by time."""
LIMIT = 200
_HEAD = 65_536
_DEEPEST = 30
_LONGEST_NAME = 150
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\Z", re.ASCII)
_ENDINGS = {"application/pdf": ".pdf", "text/calendar": ".ics", "message/rfc822": ".eml", "image/png": ".png"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class MessageSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `sender` and `to` are as written; `date` is the arrival, `size` in bytes."""

    id: str
    subject: str
    sender: str = msgspec.field(name="from")
    to: str
    date: dt.datetime
    size: int


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A part that is neither the text nor the page. `cid` is its Content-ID without brackets, or empty."""

    name: str
    type: str
    content: bytes
    cid: str = ""


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A whole message. `recipients` are those of the envelope; `sent` is the Date header, when it can be read.

    `text` and `html` are empty when the message has no such part.
    """

    id: str
    subject: str
    sender: str = msgspec.field(name="from")
    to: str
    recipients: str
    date: dt.datetime
    sent: dt.datetime | None
    message_id: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def folder_of(directory: Path) -> Path:
    """Return where the mail of `directory` lies."""
    return directory.absolute() / "mail"


def store(directory: Path, *, content: bytes, sender: str, recipients: list[str], now: dt.datetime) -> str:
    """Keep a message as it came, under trace headers for its envelope, and return its id.

    The file appears whole and outlasts a power cut.

    Raises:
        OSError: when the disk refuses.
    """
    folder = folder_of(directory)
    make_folder(folder)
    key = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}"
    head = f"Return-Path: <{_plain(sender)}>\r\nX-Envelope-To: {', '.join(map(_plain, recipients))}\r\n"
    fresh = folder / f".{key}.new"
    try:
        with fresh.open("wb") as file:
            file.write(head.encode("utf-8", "replace") + content)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(folder / f"{key}.eml")
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    return key


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text)


def messages(directory: Path, *, to: str = "", limit: int = LIMIT) -> list[MessageSummary]:
    """Return the newest messages first, at most `limit`; with `to`, those whose recipients contain it."""
    found: list[MessageSummary] = []
    for path in sorted(folder_of(directory).glob("*.eml"), reverse=True):
        if len(found) >= limit:
            break
        if ID.match(path.stem) and (summary := _summary(path, to=to.casefold())):
            found.append(summary)
    return found


def discard(directory: Path, is_unwanted: Callable[[str, str], bool]) -> int:
    """Delete the messages for which `is_unwanted` says so of a recipient and the Message-ID; return how many."""
    gone = 0
    for path in folder_of(directory).glob("*.eml"):
        try:
            parsed = _parsed(path.read_bytes()[:_HEAD], head_only=True)
        except OSError:  # swept away while we looked
            continue
        reference = _header(parsed, "Message-ID")
        if any(is_unwanted(to.strip(), reference) for to in _header(parsed, "X-Envelope-To").split(",")):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _summary(path: Path, *, to: str) -> MessageSummary | None:
    try:
        with path.open("rb") as file:
            head, size = file.read(_HEAD), os.fstat(file.fileno()).st_size
    except OSError:  # swept away while we looked
        return None
    parsed = _parsed(head, head_only=True)
    if to and to not in f"{_header(parsed, 'To')} {_header(parsed, 'X-Envelope-To')}".casefold():
        return None
    return MessageSummary(
        id=path.stem,
        subject=_header(parsed, "Subject"),
        sender=_header(parsed, "From") or _header(parsed, "Return-Path"),
        to=_header(parsed, "To") or _header(parsed, "X-Envelope-To"),
        date=_arrival(path.stem),
        size=size,
    )


def message(directory: Path, key: str) -> MessageView:
    """Return one message.

    Raises:
        NotFound: when `key` is no id, or there is no such message.
    """
    return view(key, source(directory, key))


def source(directory: Path, key: str) -> bytes:
    """Return the bytes of one message as they were kept; raises `NotFound` as `message` does."""
    if not ID.match(key):
        raise NotFound
    try:
        return (folder_of(directory) / f"{key}.eml").read_bytes()
    except FileNotFoundError:
        raise NotFound from None


def view(key: str, raw: bytes) -> MessageView:
    """Read a message out of its bytes; what cannot be understood is shown as it is."""
    parsed = _parsed(raw)
    text, html, attachments = _contents(parsed, raw)
    return MessageView(
        id=key,
        subject=_header(parsed, "Subject"),
        sender=_header(parsed, "From") or _header(parsed, "Return-Path"),
        to=_header(parsed, "To") or _header(parsed, "X-Envelope-To"),
        recipients=_header(parsed, "X-Envelope-To"),
        date=_arrival(key),
        sent=_sent(parsed),
        message_id=_header(parsed, "Message-ID"),
        text=text,
        html=html,
        attachments=attachments,
    )


def _arrival(key: str) -> dt.datetime:
    return dt.datetime.strptime(key.partition("Z")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=dt.UTC)


def _sent(parsed: Message) -> dt.datetime | None:
    try:
        sent = parsedate_to_datetime(_header(parsed, "Date"))
        return (sent if sent.tzinfo else sent.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _parsed(raw: bytes, *, head_only: bool = False) -> Message:
    # The old policy leaves headers as they came; the new one parses them at once, and raises on some.
    try:
        if head_only:
            return BytesHeaderParser(policy=compat32).parsebytes(raw)
        return email.message_from_bytes(raw, policy=compat32)
    except Exception:  # noqa: BLE001 - parts nested a thousand deep end in RecursionError, and more may come
        return Message(policy=compat32)


def _header(parsed: Message, name: str) -> str:
    raw = next((value for key, value in parsed.raw_items() if key.lower() == name.lower()), "")
    return _CONTROL.sub(" ", decoded(str(raw))).strip()


def decoded(raw: str) -> str:
    """Decode a header value: encoded words in any charset, or bytes that should not stand there at all."""
    unfolded = re.sub(r"\r?\n[ \t]?", " ", raw)
    try:
        words = decode_header(unfolded)
    except Exception:  # noqa: BLE001 - broken base64 raises errors of several modules
        words = [(unfolded, None)]
    return "".join(
        _characters(
            word.encode("ascii", "surrogateescape") if isinstance(word, str) and _is_bytes(word) else word, name
        )
        for word, name in words
    )


def _is_bytes(word: str) -> bool:
    try:
        word.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _characters(content: bytes | str, charset: str | None) -> str:
    """Turn bytes into characters: as declared, else as what they look like, never failing."""
    if isinstance(content, str):
        return content
    guesses = ["iso2022_jp_ext"] if b"\x1b$" in content else []
    for name in (*([charset] if charset else []), *guesses, "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1" if charset is None else "utf-8", "replace")


def _contents(parsed: Message, raw: bytes) -> tuple[str, str, tuple[Attachment, ...]]:
    texts: list[str] = []
    pages: list[str] = []
    attachments: list[Attachment] = []
    try:
        for part in _leaves(parsed):
            kind = _type(part)
            if kind in {"text/plain", "text/html"} and not _is_attached(part):
                (texts if kind == "text/plain" else pages).append(_characters(_payload(part), _charset(part)))
            else:
                attachments.append(_attachment(part, kind, number=len(attachments) + 1))
    except Exception:  # noqa: BLE001 - whatever it is, the reader sees the source
        texts = [*texts, raw.decode("utf-8", "replace")]
    if not (texts or pages or attachments or list(parsed.raw_items())):
        texts = [raw.decode("utf-8", "replace")]
    return _readable("\n".join(texts)), _readable(pages[0] if pages else ""), tuple(attachments)


def _readable(text: str) -> str:
    """Drop what neither JSON nor HTML can carry."""
    return text.replace("\r\n", "\n").replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _leaves(part: Message, depth: int = 0) -> Iterator[Message]:
    payload = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(payload, list) and depth < _DEEPEST:
        for inner in payload:
            if isinstance(inner, Message):
                yield from _leaves(inner, depth + 1)
    else:
        yield part


def _is_attached(part: Message) -> bool:
    return _disposition(part).startswith("attachment") or bool(_file_name(part))


def _disposition(part: Message) -> str:
    return str(part.get("Content-Disposition", "")).strip().lower()


def _payload(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"".join(inner.as_bytes() for inner in payload if isinstance(inner, Message))
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError):
        return None


def _type(part: Message) -> str:
    kind = part.get_content_type()
    return kind if _TYPE.match(kind) else "application/octet-stream"


def _file_name(part: Message) -> str:
    try:
        raw = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, IndexError):
        return ""
    name = _CONTROL.sub("", decoded(raw)).replace("\\", "/").rsplit("/", 1)[-1].strip(" .")
    return name[-_LONGEST_NAME:]


def _attachment(part: Message, kind: str, *, number: int) -> Attachment:
    return Attachment(
        name=_file_name(part) or f"part-{number}{_ENDINGS.get(kind, '')}",
        type=kind,
        content=_payload(part),
        cid=_header(part, "Content-ID").strip("<>"),
    )
