"""The ticket code, bit for bit, and everything that is almost one."""

import random
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from app.ticketing import codes
from app.ticketing.codes import BadCode, Payload
from tests.ticketing.vector import CODE, FIELDS, PAYLOAD, PRIVATE, PUBLIC, payloads

OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
KEYS = {(2026, 1): PRIVATE.public_key()}


def raw(code: str) -> bytes:
    return codes.unbase45(code[3:])


def text_of(data: bytes) -> str:
    return "Y1:" + codes.base45(data)


def reason(text: str, *, keys: codes.Keys = KEYS, scopes: set[int] | None = None) -> str:
    """Say why a text is refused, or `admitted`."""
    try:
        codes.verify(codes.parse(text), keys=keys, scopes=scopes)
    except BadCode as refusal:
        return refusal.reason
    return "admitted"


def test_published_vector() -> None:
    assert PRIVATE.public_key().public_bytes_raw().hex() == PUBLIC
    assert codes.pack(FIELDS).hex() == PAYLOAD
    assert codes.sign(FIELDS, PRIVATE) == CODE
    assert codes.verify(codes.parse(CODE), keys=KEYS, scopes={2026}) == FIELDS


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"\0", "00"),
        (b"\xff", "U5"),
        (b"\xff\xff", "FGW"),
    ],
)
def test_base45_examples_of_the_rfc(data: bytes, text: str) -> None:
    assert codes.base45(data) == text
    assert codes.unbase45(text) == data


@pytest.mark.parametrize("text", ["A", "AAAA", "GGW", ":::", "V5", "::", "bb8", "BB8\n", "ÀB8", "BB８", "\ud800B8"])
def test_base45_refuses_what_it_would_not_write(text: str) -> None:
    with pytest.raises(ValueError, match="base45"):
        codes.unbase45(text)


@given(st.binary(max_size=200))
def test_base45_round_trip(data: bytes) -> None:
    assert codes.unbase45(codes.base45(data)) == data


@given(st.text(alphabet=codes.ALPHABET, max_size=40))
def test_base45_has_one_text_for_any_bytes(text: str) -> None:
    try:
        data = codes.unbase45(text)
    except ValueError:
        return
    assert codes.base45(data) == text


@given(payloads)
def test_pack_and_sign_round_trip(payload: Payload) -> None:
    code = codes.sign(payload, PRIVATE)
    assert len(code) == 122
    assert set(code) <= set(codes.ALPHABET)
    assert codes.unpack(codes.pack(payload)) == payload
    assert codes.verify(codes.parse(code), keys={(payload.scope, payload.kid): PRIVATE.public_key()}) == payload


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", 16),
        ("flags", 16),
        ("kid", 256),
        ("scope", 65536),
        ("product", 65536),
        ("serial", 2**64),
        ("generation", 256),
        *((field, -1) for field in ("kind", "flags", "kid", "scope", "product", "serial", "generation")),
    ],
)
def test_pack_refuses_a_field_that_does_not_fit(field: str, value: int) -> None:
    fields = {name: getattr(FIELDS, name) for name in FIELDS.__struct_fields__}
    with pytest.raises(ValueError, match=r"bits|too large"):
        codes.pack(Payload(**fields | {field: value}))


@pytest.mark.parametrize("size", [0, 14, 16])
def test_unpack_wants_fifteen_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="15 bytes"):
        codes.unpack(bytes(size))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Y1:",
        CODE[3:],
        CODE.lower(),
        "y1:" + CODE[3:],
        "Y2:" + CODE[3:],
        CODE[:-1],
        CODE[:-3],
        CODE + "0",
        CODE + "00",
        CODE + "\n",
        " " + CODE,
        " " + CODE[:-1],
        CODE[:-1] + "\n",
        CODE[:-1] + "０",
        CODE[:-1] + "\0",
        CODE[:-1] + "\ud800",
        CODE[:60] + "é" + CODE[61:],
        CODE[:60] + "ſ" + CODE[61:],
        CODE[:3] + ":::" + CODE[6:],
        CODE[:-2] + "::",
        "https://example.org/" + CODE,
        "林" * 122,
        "0" * 1_000_000,
    ],
)
def test_what_is_not_a_code(text: str) -> None:
    assert reason(text) == "bad_code"


@pytest.mark.parametrize("bit", range(632))
def test_every_flipped_bit_is_refused(bit: int) -> None:
    data = bytearray(raw(CODE))
    data[bit // 8] ^= 0x80 >> bit % 8
    expected = "unknown_key" if bit // 8 == 1 else "wrong_convention" if bit // 8 in (2, 3) else "bad_signature"
    assert reason(text_of(bytes(data))) == expected


def test_lower_case_letters_one_by_one() -> None:
    texts = {CODE[:i] + CODE[i].lower() + CODE[i + 1 :] for i in range(122)} - {CODE}
    assert len(texts) == sum(letter.isalpha() for letter in CODE)
    assert {reason(text) for text in texts} == {"bad_code"}


@given(st.data())
def test_mutations_never_pass(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 122))
    end = data.draw(st.integers(start, 122))
    text = CODE[:start] + data.draw(st.text(max_size=130) | st.text(alphabet=codes.ALPHABET, max_size=8)) + CODE[end:]
    assume(text != CODE)
    assert reason(text) in {"bad_code", "unknown_key", "wrong_convention", "bad_signature"}


def test_twenty_thousand_mutations() -> None:
    draw = random.Random(45)
    seen = {"admitted": 0, "bad_code": 0, "unknown_key": 0, "wrong_convention": 0, "bad_signature": 0}
    for _ in range(20_000):
        seen[reason(mutated(draw))] += 1
    assert seen.pop("admitted") == 0
    assert all(seen.values())


def mutated(draw: random.Random, code: str = CODE) -> str:
    """Change one to three characters of a code, or swap, drop, double or insert one; never the code itself."""
    letters = list(code)
    place = draw.randrange(122)
    match draw.randrange(5):
        case 0:
            letters[place : place + 2] = reversed(letters[place : place + 2])
        case 1:
            del letters[place]
        case 2:
            letters.insert(place, draw.choice(codes.ALPHABET))
        case _:
            for _ in range(draw.randint(1, 3)):
                letters[draw.randrange(122)] = draw.choice(codes.ALPHABET)
    text = "".join(letters)
    return text if text != code else mutated(draw, code)


@given(st.text(max_size=300) | st.text(alphabet=codes.ALPHABET, min_size=119, max_size=119).map("Y1:".__add__))
def test_parse_raises_nothing_but_bad_code(text: str) -> None:
    try:
        parsed = codes.parse(text)
    except BadCode:
        return
    assert text_of(parsed.signed.removeprefix(codes.DOMAIN) + parsed.signature) == text


def test_signed_by_another_key() -> None:
    assert reason(codes.sign(FIELDS, OTHER)) == "bad_signature"


def test_signed_for_another_scope() -> None:
    other = Payload(kind=1, flags=0, kid=1, scope=2027, product=12, serial=1, generation=0)
    code = codes.sign(other, PRIVATE)
    both = KEYS | {(2027, 1): PRIVATE.public_key()}
    assert reason(code) == "wrong_convention"
    assert reason(code, keys=both, scopes={2026}) == "wrong_convention"
    assert reason(code, keys=both, scopes={2026, 2027}) == "admitted"
    assert reason(code, keys=both) == "admitted"


def test_a_forgery_for_another_scope_is_a_forgery() -> None:
    other = Payload(kind=1, flags=0, kid=1, scope=2027, product=12, serial=1, generation=0)
    keys = KEYS | {(2027, 1): PRIVATE.public_key()}
    assert reason(codes.sign(other, OTHER), keys=keys, scopes={2026}) == "bad_signature"


def test_unknown_kid() -> None:
    assert reason(CODE, keys={(2026, 2): PRIVATE.public_key()}) == "unknown_key"
    assert reason(CODE, keys={}) == "wrong_convention"


def test_two_kids_live_at_once() -> None:
    renewed = Payload(kind=1, flags=0, kid=2, scope=2026, product=12, serial=1, generation=0)
    keys = KEYS | {(2026, 2): OTHER.public_key()}
    assert reason(CODE, keys=keys) == reason(codes.sign(renewed, OTHER), keys=keys) == "admitted"
    assert reason(codes.sign(renewed, PRIVATE), keys=keys) == "bad_signature"


def test_signature_over_the_bare_payload() -> None:
    payload = bytes.fromhex(PAYLOAD)
    assert reason(text_of(payload + PRIVATE.sign(payload))) == "bad_signature"
    assert reason(text_of(payload + PRIVATE.sign(b"yt1.pack.v1\0" + payload))) == "bad_signature"
    assert reason(text_of(payload + PRIVATE.sign(codes.DOMAIN + payload))) == "admitted"


def malleable(times: int) -> str:
    data = raw(CODE)
    s = int.from_bytes(data[47:], "little") + times * codes.ORDER
    return text_of(data[:47] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("times", range(1, 16))
def test_second_signature_by_adding_the_order(times: int) -> None:
    assert reason(malleable(times)) == "bad_signature"


def test_the_order_is_refused_before_the_library_is_asked() -> None:
    class Lenient:
        def verify(self, signature: bytes, data: bytes) -> None: ...

    assert codes._genuine(codes.parse(CODE), Lenient())  # type: ignore[arg-type]
    assert not codes._genuine(codes.parse(malleable(1)), Lenient())  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [0, *range(5, 16)])
def test_genuine_code_of_a_kind_not_in_use(kind: int) -> None:
    code = codes.sign(Payload(kind=kind, flags=0, kid=1, scope=2026, product=12, serial=1, generation=0), PRIVATE)
    assert reason(code) == "bad_code"


def test_signing_is_deterministic_and_serials_differ_in_text() -> None:
    texts = [
        codes.sign(Payload(kind=1, flags=0, kid=1, scope=2026, product=12, serial=n, generation=0), PRIVATE)
        for n in range(50)
    ]
    assert len(set(texts)) == 50
    assert all(a[3:] != b[3:] for a, b in pairwise(texts))
    assert codes.sign(FIELDS, PRIVATE) == codes.sign(FIELDS, PRIVATE)
