"""The bytes of a gate pack, written and read. Pure: no table, no clock, no secret but those handed in.

A pack is `MAGIC | signature 64 | u32 length of the head | head as JSON | body`, big endian; the signature covers the
head, and the head the body by its digest. The body is tickets of `RECORD` bytes that this gate's event may admit, then
`OTHER` bytes for each of the rest of the convention, then `TAG` bytes for each that is gone; each part sorted by tag.

A ticket is found by its tag, a hash of the serial. Name and language are encrypted with a key made of the code, which
nobody has but the guest: they open when the guest shows it. As a stream cipher must never run twice with one key
and start, `seal` has to differ whenever the plaintext does under one code; `build` counts.
"""

import datetime as dt
import hashlib
import struct
from collections.abc import Iterator, Mapping
from typing import Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from msgspec import Struct

from app.attendance.judging.verdict import STATUSES as REASONS_OF_STATES
from app.attendance.judging.verdict import Gate, Product

FORMAT = 1
MAGIC = b"YP1\0"
SIGNED = b"yt1.pack.v1\0"
"""Stands in front of every signed head, so that no other signature of the same key can pass for a pack."""
_TAG = b"yt1.tag.v1\0"
_SEAL = b"yt1.seal.v1\0"
_CHECK = b"yt1.check.v1\0"
TAG = 8
OTHER = 16
RECORD = 64
SEALED = 46
NAME = SEALED - 2
"""Bytes of a name; a longer one is cut at a character."""
SEALS = 1 << 16
_RECORD = struct.Struct(f">{TAG}sBBHIH{SEALED}s")
_OPEN = struct.Struct(f">{TAG}sBBHI")
_LENGTH = struct.Struct(">I")

LANGUAGES = ("ja", "en", "zh-Hans", "ko", "de", "th")
"""By their place in a sealed byte: for ever in this order."""
UNKNOWN_LANGUAGE = 255
STATUSES = ("valid", "canceled", "blocked", "unpaid", "unapproved", "revoked")
"""By their number in a record."""
_STATUS = {name: number for number, name in enumerate(STATUSES)}
RESIDENCE_KNOWN = 0b1000

Texts = dict[str, str]


class BadPack(ValueError):
    """Bytes that are no pack, or one that none of the given keys has signed."""


class PackKey(Struct, frozen=True):
    """A key that signs packs, in hexadecimal."""

    kid: int
    public: str


class TicketKey(Struct, frozen=True):
    """A key that signs codes, in hexadecimal; times in UTC, None for no limit."""

    scope: int
    kid: int
    public: str
    not_before: dt.datetime
    not_after: dt.datetime | None = None
    distrust_after: dt.datetime | None = None


class Convention(Struct, frozen=True):
    """The convention of a pack; `number` is the scope of its codes."""

    number: int
    slug: str
    zone: str
    first_day: dt.date
    last_day: dt.date


class Door(Struct, frozen=True):
    """A gate by name; its hours put the scans of other phones into event-days."""

    id: UUID
    name: Texts
    venue: UUID
    event: UUID
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None


class Named(Struct, frozen=True):
    """A venue by name."""

    id: UUID
    name: Texts


class Titled(Struct, frozen=True):
    """An event by title."""

    id: UUID
    title: Texts


class Head(Struct, frozen=True, kw_only=True):
    """What the signature covers. `since` is the number that a delta goes on from, None for a whole pack.

    `records`, `others` and `gone` count the parts of the body, `sha256` is its digest in hexadecimal.
    """

    format: int = FORMAT
    number: int
    since: int | None
    made_at: dt.datetime
    kid: int
    pack_keys: list[PackKey]
    keys: list[TicketKey]
    convention: Convention
    gate: Gate
    gates: list[Door]
    venues: list[Named]
    events: list[Titled]
    products: list[Product]
    records: int
    others: int
    gone: int
    sha256: str


class Pack(Struct, frozen=True):
    """A pack that was read: its head, and the three parts of its body."""

    head: Head
    records: list[bytes]
    others: list[bytes]
    gone: list[bytes]


class Line(Struct, frozen=True):
    """The open part of a record; `party` is shared by the tickets of one registration."""

    tag: bytes
    generation: int
    status: Literal["valid", "canceled", "blocked", "unpaid", "unapproved", "revoked"]
    residence_known: bool
    product: int
    party: int


class Sealed(Struct, frozen=True):
    """What only the code opens: whose ticket it is; no `language` when it is none of `LANGUAGES`."""

    name: str
    language: str | None


def tag_of(serial: int) -> bytes:
    """Return by what a ticket is found; `serial` as 64 bits without sign."""
    return hashlib.sha256(_TAG + serial.to_bytes(8)).digest()[:TAG]


def flags_of(status: str, *, residence_known: bool) -> int:
    """Return the byte of a record; a state of a ticket goes under the reason for which it is refused."""
    number = _STATUS.get(REASONS_OF_STATES.get(status, status), _STATUS["blocked"])
    return number | (RESIDENCE_KNOWN if residence_known else 0)


def plain_of(code_digest: bytes, name: str, language: str) -> bytes:
    """Return what is sealed: a byte that proves the code, the language, the name as far as it fits."""
    check = hashlib.sha256(_CHECK + code_digest).digest()[:1]
    number = LANGUAGES.index(language) if language in LANGUAGES else UNKNOWN_LANGUAGE
    words = name.replace("\0", "").encode()[:NAME].decode(errors="ignore").encode()
    return check + bytes((number,)) + words.ljust(NAME, b"\0")


def record(
    *, tag: bytes, generation: int, flags: int, product: int, party: int, seal: int, code_digest: bytes, plain: bytes
) -> bytes:
    """Return the `RECORD` bytes of a ticket; its first `OTHER` bytes are those of a ticket that opens nothing here."""
    sealed = _stream(tag, generation, seal, code_digest, plain)
    return _RECORD.pack(tag, generation, flags, product, party, seal, sealed)


def _stream(tag: bytes, generation: int, seal: int, code_digest: bytes, text: bytes) -> bytes:
    key = hashlib.sha256(_SEAL + code_digest).digest()
    start = hashlib.sha256(tag + bytes((generation,)) + seal.to_bytes(2)).digest()[:16]
    return Cipher(AES256(key), CTR(start)).encryptor().update(text)


def line_of(found: bytes) -> Line:
    """Read the open part of a record, long or short."""
    tag, generation, flags, product, party = _OPEN.unpack_from(found)
    return Line(
        tag=tag,
        generation=generation,
        status=STATUSES[flags & 0b111],  # type: ignore[arg-type]
        residence_known=bool(flags & RESIDENCE_KNOWN),
        product=product,
        party=party,
    )


def unsealed(found: bytes, code: str) -> Sealed | None:
    """Open the sealed part of a record with the text of a code; None when it belongs to another code."""
    digest = hashlib.sha256(code.encode()).digest()
    tag, generation, _flags, _product, _party, seal, sealed = _RECORD.unpack(found)
    plain = _stream(tag, generation, seal, digest, sealed)
    if plain[:1] != hashlib.sha256(_CHECK + digest).digest()[:1]:
        return None
    try:
        name = plain[2:].rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None
    return Sealed(name, LANGUAGES[plain[1]] if plain[1] < len(LANGUAGES) else None)


def write(head: Head, body: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the bytes of a pack; the head already names the parts of the body and its digest."""
    text = msgspec.json.encode(head)
    return b"".join((MAGIC, key.sign(SIGNED + text), _LENGTH.pack(len(text)), text, body))


def read(data: bytes, keys: Mapping[int, Ed25519PublicKey]) -> Pack:
    """Read a pack signed by one of `keys` (by kid), or raise `BadPack`."""
    start = len(MAGIC) + 64 + _LENGTH.size
    if len(data) < start or not data.startswith(MAGIC):
        raise BadPack("This is no gate pack.")
    (length,) = _LENGTH.unpack_from(data, start - _LENGTH.size)
    text, body = data[start : start + length], data[start + length :]
    try:
        head = msgspec.json.decode(text, type=Head)
        keys[head.kid].verify(data[len(MAGIC) : start - _LENGTH.size], SIGNED + text)
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, InvalidSignature) as error:
        raise BadPack("This gate pack is not signed by a key of ours.") from error
    if head.format != FORMAT or hashlib.sha256(body).hexdigest() != head.sha256:
        raise BadPack("The content of this gate pack is damaged.")
    return Pack(head, *_parts(head, body))


def _parts(head: Head, body: bytes) -> Iterator[list[bytes]]:
    counts = ((head.records, RECORD), (head.others, OTHER), (head.gone, TAG))
    if len(body) != sum(count * size for count, size in counts):
        raise BadPack("The content of this gate pack is damaged.")
    start = 0
    for count, size in counts:
        yield [body[i : i + size] for i in range(start, start + count * size, size)]
        start += count * size
