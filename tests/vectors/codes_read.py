"""What reading a text with some keys gives: the fields of a ticket code, or the reason why it is none."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from app.ticketing.codes import ALPHABET, DOMAIN, ORDER, PREFIX, Payload, base45, sign, unbase45
from tests.ticketing.vector import CODE, FIELDS, PRIVATE, PUBLIC


class Key(Struct, frozen=True):
    """A public ticket key, in hexadecimal digits."""

    scope: int
    kid: int
    public: str


class Read(Struct, frozen=True, omit_defaults=True):
    """What reading gives; the serial as 16 hexadecimal digits, for numbers of some languages end at 2^53."""

    reason: str | None
    payload: dict[str, Any] | None = None


class Code(Struct, frozen=True):
    """A text, the keys that a gate has, and what it reads."""

    name: str
    situation: str
    text: str
    keys: tuple[Key, ...]
    expect: Read


OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
NEXT = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
OURS = (Key(2026, 1, PUBLIC),)
DATA = unbase45(CODE[len(PREFIX) :])


def public(key: Ed25519PrivateKey) -> str:
    """Return the public half as hexadecimal digits."""
    return key.public_key().public_bytes_raw().hex()


def fields(payload: Payload) -> dict[str, Any]:
    """Write the fields down."""
    return {
        "kind": payload.kind,
        "flags": payload.flags,
        "kid": payload.kid,
        "scope": payload.scope,
        "product": payload.product,
        "serial": f"{payload.serial:016x}",
        "generation": payload.generation,
    }


def good(
    situation: str,
    name: str,
    payload: Payload,
    *,
    key: Ed25519PrivateKey = PRIVATE,
    keys: tuple[Key, ...] = OURS,
) -> Code:
    """State that a code opens, signed by a key."""
    return Code(name, situation, sign(payload, key), keys, Read(None, fields(payload)))


def bad(situation: str, name: str, text: str, reason: str, keys: tuple[Key, ...] = OURS) -> Code:
    """State that a text opens nothing, and why."""
    return Code(name, situation, text, keys, Read(reason))


def text_of(data: bytes) -> str:
    """Write bytes as a code, whatever they are."""
    return PREFIX + base45(data)


def flipped(byte: int, bit: int = 0) -> str:
    """Return the published code with one bit turned."""
    changed = bytearray(DATA)
    changed[byte] ^= 1 << bit
    return text_of(bytes(changed))


def _flip_reason(byte: int) -> str:
    """Another kid is a key that is not known, another scope another convention; all the rest breaks the signature."""
    return {1: "unknown_key", 2: "wrong_convention", 3: "wrong_convention"}.get(byte, "bad_signature")


def _swapped(text: str, at: int, character: str) -> str:
    return text[:at] + character + text[at + 1 :]


def _raised() -> str:
    """Return the second signature that a careless reader takes: S + L."""
    s = int.from_bytes(DATA[47:], "little") + ORDER
    return text_of(DATA[:47] + s.to_bytes(32, "little"))


def _signed(message: bytes, payload: bytes = DATA[:15], key: Ed25519PrivateKey = PRIVATE) -> str:
    return text_of(payload + key.sign(message))


GOOD = [
    Code("the published code", "valid", CODE, OURS, Read(None, fields(FIELDS))),
    *(good("valid", f"serial {serial:016x}", replace(FIELDS, serial=serial))
      for serial in (0, 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1)),
    *(good("valid", f"product {number}", replace(FIELDS, product=number)) for number in (0, 1, 255, 256, 65535)),
    *(good("superseded", f"generation {number}", replace(FIELDS, generation=number)) for number in (1, 2, 128, 255)),
    *(good("valid", f"flags {number}, of no meaning", replace(FIELDS, flags=number)) for number in (1, 2, 8, 15)),
    *(good("valid", f"scope {number}", replace(FIELDS, scope=number), keys=(Key(number, 1, PUBLIC),))
      for number in (0, 1, 256, 65535)),
    *(good("key rotation while off line", f"key {number}", replace(FIELDS, kid=number),
           keys=(Key(2026, number, PUBLIC),))
      for number in (0, 2, 255)),
    *(good("a party of 40 on one phone", f"number {n}", replace(FIELDS, serial=1000 + n)) for n in (1, 40)),
]  # fmt: skip

BOTH = (Key(2026, 1, PUBLIC), Key(2026, 2, public(NEXT)))
ROTATION = [
    good("key rotation while off line", "two keys: the old one", FIELDS, keys=BOTH),
    good("key rotation while off line", "two keys: the new one", replace(FIELDS, kid=2), key=NEXT, keys=BOTH),
    bad("key rotation while off line", "the old key is gone", CODE, "unknown_key", BOTH[1:]),
    bad("key rotation while off line", "the new key has not come yet", sign(replace(FIELDS, kid=2), NEXT),
        "unknown_key", BOTH[:1]),
    bad("key rotation while off line", "signed by the old key under the number of the new one",
        sign(replace(FIELDS, kid=2), PRIVATE), "bad_signature", BOTH),
    bad("key rotation while off line", "signed by the new key under the number of the old one", sign(FIELDS, NEXT),
        "bad_signature", BOTH),
    bad("key rotation while off line", "no keys at all", CODE, "wrong_convention", ()),
    bad("wrong convention", "a key of another convention alone", CODE, "wrong_convention", (Key(2027, 1, PUBLIC),)),
    bad("wrong convention", "signed for another convention", sign(replace(FIELDS, scope=2027), PRIVATE),
        "wrong_convention"),
    bad("wrong convention", "another convention has this number of key", sign(replace(FIELDS, kid=2), NEXT),
        "unknown_key", (Key(2026, 1, PUBLIC), Key(2027, 2, public(NEXT)))),
    bad("wrong convention", "signed by its key for ours", sign(FIELDS, OTHER), "bad_signature",
        (Key(2026, 1, PUBLIC), Key(2027, 1, public(OTHER)))),
    bad("valid", "signed by nobody we know", sign(FIELDS, OTHER), "bad_signature"),
    bad("valid", "a key that is none", CODE, "bad_signature", (Key(2026, 1, "00" * 31 + "02"),)),
]  # fmt: skip

FLIPS = [
    bad("valid", f"byte {byte}, bit {bit} turned", flipped(byte, bit), _flip_reason(byte))
    for byte in range(79)
    for bit in (0, 7)
]

PAYLOAD = DATA[:15]
FORGED = [
    bad("valid", "S + L", _raised(), "bad_signature"),
    bad("valid", "the payload signed without its domain", _signed(PAYLOAD), "bad_signature"),
    bad("valid", "signed as a pack", _signed(b"yt1.pack.v1\0" + PAYLOAD), "bad_signature"),
    bad("valid", "signed with a domain that does not end", _signed(DOMAIN[:-1] + PAYLOAD), "bad_signature"),
    bad("valid", "a signature of nothing", text_of(PAYLOAD + bytes(64)), "bad_signature"),
    bad("valid", "a signature of ones", text_of(PAYLOAD + b"\xff" * 64), "bad_signature"),
    bad("valid", "the neutral point and zero", text_of(PAYLOAD + b"\x01" + bytes(63)), "bad_signature"),
    bad("valid", "another ticket's signature",
        text_of(PAYLOAD + unbase45(sign(replace(FIELDS, serial=1), PRIVATE)[3:])[15:]), "bad_signature"),
    bad("valid", "both halves of the signature changed about", text_of(PAYLOAD + DATA[47:] + DATA[15:47]),
        "bad_signature"),
    bad("valid", "nothing but zeros", text_of(bytes(79)), "wrong_convention"),
    *(bad("valid", f"a code of kind {kind}, which opens no gate", sign(replace(FIELDS, kind=kind), PRIVATE), "bad_code")
      for kind in (0, 2, 3, 4, 5, 15)),
    bad("valid", "a forged code of another kind", _signed(DOMAIN + PAYLOAD, b"\x20" + PAYLOAD[1:]), "bad_signature"),
]  # fmt: skip

LAST = len(CODE) - 1
TEXTS = {
    "nothing": "",
    "the prefix alone": "Y1:",
    "one character too few": CODE[:-1],
    "two characters too few": CODE[:-2],
    "three characters too few": CODE[:-3],
    "half of it": CODE[:61],
    "one character too many": CODE + "0",
    "three characters too many": CODE + "000",
    "a space behind": CODE + " ",
    "a line end behind": CODE + "\n",
    "a space in front": " " + CODE,
    "a space in front, one character too few": " " + CODE[:-1],
    "twice": CODE + CODE,
    "lower case": CODE.lower(),
    "one letter in lower case": _swapped(CODE, 10, "c"),
    "a prefix in lower case": "y1:" + CODE[3:],
    "another version": "Y2:" + CODE[3:],
    "another prefix": "X1:" + CODE[3:],
    "a prefix without its colon": "Y1 " + CODE[3:],
    "no prefix": CODE[3:],
    "a prefix of wide letters": "Ｙ１：" + CODE[3:],
    "a character that is none": _swapped(CODE, 50, "_"),
    "a wide digit": _swapped(CODE, 50, "１"),
    "a NUL": _swapped(CODE, 50, "\0"),
    "a character outside the first plane": _swapped(CODE[:-1], 50, "\U0001f3ab"),
    "a group that stands for too large a number": PREFIX + ":::" + CODE[6:],
    "a group that stands for 65536": PREFIX + "GGW" + CODE[6:],
    "a last byte of 256": CODE[:-2] + ALPHABET[256 % 45] + ALPHABET[256 // 45],
    "a last byte that is too large": CODE[:-2] + "::",
    "an address": "https://example.org/t/0123456789abcdef",
    "an address as long as a code": "https://example.org/".ljust(122, "A"),
    "a code of the same length in other letters": "Y1:" + "0" * 117 + "__",
}  # fmt: skip

PLAIN = [bad("valid", name, text, "bad_code") for name, text in TEXTS.items()]
SWAPPED = [
    bad("valid", "the first character of the serial", _swapped(CODE, 12, "1" if CODE[12] != "1" else "2"),
        "bad_signature"),
    bad("valid", "zeros as long as a code", PREFIX + "0" * 119, "wrong_convention"),
]  # fmt: skip

CODES: list[Code] = [*GOOD, *ROTATION, *FLIPS, *FORGED, *PLAIN, *SWAPPED]
