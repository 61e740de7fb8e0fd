"""The bytes of gate packs: what is written is read, by both engines, and nothing else passes for a pack."""

import hashlib
import random
import struct
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.packs import layout
from app.attendance.packs.layout import BadPack
from tests.attendance.packs import vector
from tests.attendance.packs.vector import BINARY, DESCRIPTION, PACK_KEYS, TICKETS, Told, code_of, record_of

PUBLIC = {kid: key.public_key() for kid, key in PACK_KEYS.items()}
HEADER = len(layout.MAGIC) + 64 + 4


def test_vector_files_are_those_of_the_builder() -> None:
    assert BINARY.read_bytes() == vector.pack()
    assert msgspec.json.decode(DESCRIPTION.read_bytes()) == vector.description()


def test_vector_is_read_as_described() -> None:
    told: dict[str, Any] = msgspec.json.decode(DESCRIPTION.read_bytes())
    pack = layout.read(BINARY.read_bytes(), PUBLIC)
    assert msgspec.json.decode(msgspec.json.encode(pack.head)) == told["head"]
    assert [tag.hex() for tag in pack.gone] == sorted(told["gone"])
    by_tag = {record[: layout.TAG].hex(): record for record in (*pack.records, *pack.others)}
    assert len(by_tag) == len(told["tickets"]) == 11
    for ticket in told["tickets"]:
        record = by_tag[ticket["line"]["tag"]]
        line = layout.line_of(record)
        assert {**msgspec.structs.asdict(line), "tag": line.tag.hex()} == ticket["line"]
        assert len(record) == (64 if ticket["here"] else 16)
        if ticket["here"]:
            assert msgspec.to_builtins(layout.unsealed(record, ticket["code"])) == ticket["sealed"]
    assert told["strange"]["tag"] not in by_tag


def test_record_is_laid_out_as_agreed() -> None:
    """By the words of the agreement alone, without our own functions."""
    told, code = TICKETS[0], code_of(TICKETS[0])
    digest = hashlib.sha256(code.encode()).digest()
    tag = hashlib.sha256(b"yt1.tag.v1\0" + struct.pack(">Q", told.serial)).digest()[:8]
    plain = hashlib.sha256(b"yt1.check.v1\0" + digest).digest()[:1] + b"\0" + "林".encode().ljust(44, b"\0")
    key = hashlib.sha256(b"yt1.seal.v1\0" + digest).digest()
    start = hashlib.sha256(tag + b"\0" + b"\0\0").digest()[:16]
    sealed = Cipher(AES256(key), CTR(start)).encryptor().update(plain)
    assert record_of(told) == struct.pack(">8sBBHIH46s", tag, 0, 0b1000, 12, 1, 0, sealed)


@pytest.mark.parametrize("told", TICKETS)
def test_details_open_with_their_code_alone(told: Told) -> None:
    record = record_of(told)
    assert layout.unsealed(record, code_of(told)) == layout.Sealed(told.found_name, told.language)
    others = [code_of(other) for other in TICKETS if other is not told]
    opened = [layout.unsealed(record, code) for code in others]
    assert all(found is None or found.name != told.found_name for found in opened)


def test_details_without_the_byte_that_proves_the_code_stay_closed() -> None:
    told, code = TICKETS[0], code_of(TICKETS[0])
    digest = hashlib.sha256(code.encode()).digest()
    plain = layout.plain_of(digest, told.name, "ja")
    parts: Any = {"generation": 0, "flags": 0, "product": 12, "party": 1, "seal": 0, "code_digest": digest}
    tag = layout.tag_of(told.serial)
    wrong = bytes([plain[0] ^ 1]) + plain[1:]
    assert layout.unsealed(layout.record(tag=tag, plain=plain, **parts), code) == layout.Sealed("林", "ja")
    assert layout.unsealed(layout.record(tag=tag, plain=wrong, **parts), code) is None


def test_no_name_can_be_read_in_a_pack() -> None:
    data = vector.pack()
    for told in TICKETS:
        assert len(told.name) < 2 or told.name.encode() not in data
        assert code_of(told).encode() not in data
    assert struct.pack(">Q", TICKETS[0].serial) not in data


@given(name=st.text(max_size=60), language=st.sampled_from((*layout.LANGUAGES, "vi", "")))
def test_name_is_cut_at_a_character(name: str, language: str) -> None:
    digest = hashlib.sha256(b"code").digest()
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    plain = layout.plain_of(digest, name, language)
    assert len(plain) == layout.SEALED
    kept = plain[2:].rstrip(b"\0").decode()
    whole = name.replace("\0", "")
    assert whole.startswith(kept)
    rest = whole[len(kept) :]
    assert not rest or len((kept + rest[0]).encode()) > layout.NAME
    assert plain[1] == (layout.LANGUAGES.index(language) if language in layout.LANGUAGES else 255)


def test_another_seal_is_another_key_stream() -> None:
    told = TICKETS[0]
    sealed = {record_of(msgspec.structs.replace(told, seal=seal))[18:] for seal in range(300)}
    assert len(sealed) == 300


@pytest.mark.parametrize("status", ["waiting", "offered"])
def test_who_waits_is_not_approved_yet(status: str) -> None:
    assert layout.flags_of(status, residence_known=False) == layout.STATUSES.index("unapproved")


def test_unknown_state_is_blocked() -> None:
    assert layout.flags_of("lost", residence_known=True) == 0b1010


def test_every_flipped_bit_of_a_pack_is_found() -> None:
    data = vector.pack()
    # The length of the head may be made longer or shorter: the signature then covers something else.
    for position in (*range(HEADER + 40), *random.Random(5).sample(range(len(data)), 200)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[position] ^= 1 << bit
            with pytest.raises(BadPack):
                layout.read(bytes(damaged), PUBLIC)


@pytest.mark.parametrize("length", [0, 4, 71, 72, 500, -1])
def test_part_of_a_pack_is_none(length: int) -> None:
    with pytest.raises(BadPack):
        layout.read(vector.pack()[:length], PUBLIC)


def test_pack_of_another_key_is_refused() -> None:
    with pytest.raises(BadPack):
        layout.read(vector.pack(), {0: PUBLIC[1]})
    with pytest.raises(BadPack):
        layout.read(vector.pack(), {1: PUBLIC[0]})


def test_signature_of_the_bare_head_is_refused() -> None:
    data = vector.pack()
    (length,) = struct.unpack_from(">I", data, HEADER - 4)
    bare = PACK_KEYS[0].sign(data[HEADER : HEADER + length])
    with pytest.raises(BadPack):
        layout.read(data[:4] + bare + data[68:], PUBLIC)


def test_body_that_fits_the_digest_but_not_the_counts_is_refused() -> None:
    content, counts = vector.body()
    head = vector.head_of(content, {**counts, "gone": counts["gone"] - 1})
    with pytest.raises(BadPack):
        layout.read(layout.write(head, content, PACK_KEYS[0]), PUBLIC)
