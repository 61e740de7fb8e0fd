"""Ticket codes: fifteen signed bytes that a gate can judge without asking anybody.

A code is `"Y1:" + base45(payload + Ed25519 signature)`, always 122 characters of the QR alphanumeric set. The
payload has fixed offsets, big endian: kind and flags (one nibble each), kid, scope (2), product (2), serial (8),
generation. What a ticket type opens is not in it, so rules can change after the ticket has been printed.
"""

import struct
from collections.abc import Collection, Mapping
from enum import IntEnum
from functools import lru_cache
from itertools import product
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX = "Y1:"
DOMAIN = b"yt1.ticket.v1\0"
"""Stands in front of every signed payload, so that no other signature of the same key can pass for a ticket."""
LENGTH = 122
"""Characters of a code."""
PAYLOAD = 15
ORDER = 2**252 + 27742317777372353535851937790883648493
"""The order L of the Ed25519 base point (RFC 8032, section 5.1)."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_STRANGE = 255
_VALUE = bytes(ALPHABET.find(chr(n)) if chr(n) in ALPHABET else _STRANGE for n in range(256))
"""The value of each character by its code, for `bytes.translate`."""
_LOW = [c + d for d, c in product(ALPHABET, ALPHABET)]
"""The first two characters of a base45 triple by `n % 2025`."""
_LAYOUT = struct.Struct(">BBHHQB")

Reason = Literal["bad_code", "unknown_key", "wrong_convention", "bad_signature"]
Keys = Mapping[tuple[int, int], Ed25519PublicKey]
"""Public ticket keys by (scope, kid)."""


class Kind(IntEnum):
    """What a code is for."""

    ENTRY = 1
    BADGE_EXCHANGE = 2
    SESSION = 3
    COMPANION = 4


_KINDS = frozenset(Kind)
ROTATING_PROOF = 0b0001
"""Flag: the code alone does not open; the device of the guest shows a proof that changes."""


class BadCode(Exception):
    """A text that is no ticket code for this reader; `reason` is a stable reason of the verdicts."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Payload(msgspec.Struct, frozen=True):
    """What a code says: `scope` numbers the convention, `product` the ticket type, `serial` is 64 random bits.

    `serial` is unsigned here. `generation` counts re-issues; `kid` is the key within the scope.
    """

    kind: int
    flags: int
    kid: int
    scope: int
    product: int
    serial: int
    generation: int


class Parsed(msgspec.Struct, frozen=True):
    """A code that is well formed; nothing in it may be believed before `verify`."""

    payload: Payload
    signed: bytes
    """The bytes under the signature, `DOMAIN` included."""
    signature: bytes


def base45(data: bytes) -> str:
    """Encode as RFC 9285 does: two bytes become three characters, a single last byte two."""
    pairs = struct.unpack_from(f">{len(data) // 2}H", data)
    text = "".join([_LOW[n % 2025] + ALPHABET[n // 2025] for n in pairs])
    return text + _LOW[data[-1]] if len(data) % 2 else text


def unbase45(text: str) -> bytes:
    """Decode what `base45` made and nothing else, or raise `ValueError`: there is one text for any bytes."""
    values = text.encode("latin-1", "replace").translate(_VALUE)  # what is replaced becomes "?", which is strange too
    if _STRANGE in values:
        raise ValueError("Not a character of base45.")
    whole = len(values) // 3 * 3
    triples = zip(values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True)
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in triples]
    rest = values[whole:]
    if len(rest) == 1:
        raise ValueError("No base45 text has this length.")
    last = [rest[0] + 45 * rest[1]] if rest else []
    try:
        return struct.pack(f">{len(numbers)}H{len(last)}B", *numbers, *last)
    except struct.error:
        raise ValueError("Not a canonical base45 text: a group stands for too large a number.") from None


def pack(payload: Payload) -> bytes:
    """Return the 15 bytes; raises `ValueError` when a field does not fit into its place."""
    p = payload
    if p.kind >> 4 or p.flags >> 4:
        raise ValueError("Kind and flags have four bits each.")
    try:
        return _LAYOUT.pack(p.kind << 4 | p.flags, p.kid, p.scope, p.product, p.serial, p.generation)
    except struct.error as error:
        raise ValueError(f"A field is too large for a ticket code: {p}") from error


def unpack(data: bytes) -> Payload:
    """Read 15 bytes back; raises `ValueError` for any other length. Every 15 bytes have a meaning."""
    if len(data) != PAYLOAD:
        raise ValueError("A payload has 15 bytes.")
    head, *fields = _LAYOUT.unpack(data)
    return Payload(head >> 4, head & 15, *fields)


def sign(payload: Payload, private_key: Ed25519PrivateKey) -> str:
    """Return the code. Ed25519 is deterministic: the same payload and key always give the same text."""
    data = pack(payload)
    return PREFIX + base45(data + private_key.sign(DOMAIN + data))


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """Take a code apart; anything but the one canonical text raises `BadCode("bad_code")`.

    Nothing is trimmed, folded to upper case or repaired: a text is a code, or it is not. The same codes are read again
    and again, at every door and on the way out.
    """
    if len(text) != LENGTH or not text.startswith(PREFIX):
        raise BadCode("bad_code")
    try:
        data = unbase45(text[len(PREFIX) :])
    except ValueError:
        raise BadCode("bad_code") from None
    payload, signature = data[:PAYLOAD], data[PAYLOAD:]
    return Parsed(payload=unpack(payload), signed=DOMAIN + payload, signature=signature)


def verify(parsed: Parsed, *, keys: Keys, scopes: Collection[int] | None = None) -> Payload:
    """Return the payload if one of `keys` signed it for one of `scopes` (None: for any scope that has a key).

    Raises `BadCode`, in this order: `wrong_convention` when no key of the scope is known at all, `unknown_key` when
    others of its keys are, `bad_signature`, `wrong_convention` when the scope is not ours, `bad_code` for a kind that
    is not in use. The caller leaves out of `keys` what it distrusts; flags that are not in use have no meaning.
    """
    payload = parsed.payload
    key = keys.get((payload.scope, payload.kid))
    if key is None:
        known = any(scope == payload.scope for scope, _ in keys)
        raise BadCode("unknown_key" if known else "wrong_convention")
    if not _genuine(parsed, key):
        raise BadCode("bad_signature")
    if scopes is not None and payload.scope not in scopes:
        raise BadCode("wrong_convention")
    if payload.kind not in _KINDS:
        raise BadCode("bad_code")
    return payload


def _genuine(parsed: Parsed, key: Ed25519PublicKey) -> bool:
    """Whether the signature is the one that `key` makes.

    RFC 8032 wants S < L; a library that only reduces S would accept a second signature, S + L, and so a second text
    for one ticket. The library in use refuses it; the rule is stated here so that it cannot get lost with it.
    """
    if int.from_bytes(parsed.signature[32:], "little") >= ORDER:
        return False
    try:
        key.verify(parsed.signature, parsed.signed)
    except InvalidSignature:
        return False
    return True
