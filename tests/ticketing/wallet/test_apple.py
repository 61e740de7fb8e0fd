"""A pass for Apple Wallet, taken apart as a phone does: files, digests, signature, words."""

import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from PIL import Image

from app.core.i18n import LANGUAGES, language, use_language
from app.ticketing.wallet import apple, kinds, updates
from tests.ticketing.vector import CODE
from tests.ticketing.wallet.keys import Keys
from tests.ticketing.wallet.views import view


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def pass_of(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(opened(data)["pass.json"])
    return found


def words_of(data: bytes, tag: str) -> dict[str, str]:
    """Read a file of words as a phone does: quoted keys and values, backslashes before quotes."""
    lines = opened(data)[f"{tag}.lproj/pass.strings"].decode()
    pairs = re.findall(r'"((?:[^"\\]|\\.)*)" = "((?:[^"\\]|\\.)*)";\n', lines)
    assert "".join(f'"{key}" = "{word}";\n' for key, word in pairs) == lines
    return {key.replace('\\"', '"').replace("\\\\", "\\"): word for key, word in pairs}


def test_every_file_is_listed_with_its_digest(configured: Keys) -> None:
    files = opened(apple.pkpass(view()))
    listed = json.loads(files["manifest.json"])
    assert set(listed) == set(files) - {"manifest.json", "signature"}
    assert {name: hashlib.sha1(files[name]).hexdigest() for name in listed} == listed


def test_signature_is_of_the_list_by_the_pass_type_under_the_root(configured: Keys) -> None:
    files = opened(apple.pkpass(view()))
    certificates = {c.subject.rfc4514_string(): c for c in load_der_pkcs7_certificates(files["signature"])}
    own, middle = certificates["CN=Pass Type"], certificates["CN=Intermediate"]
    own.verify_directly_issued_by(middle)
    middle.verify_directly_issued_by(configured.root)
    assert files["manifest.json"] not in files["signature"]  # detached
    assert signed_digest(files["signature"], own) == hashlib.sha256(files["manifest.json"]).digest()


def signed_digest(signature: bytes, certificate: x509.Certificate) -> bytes:
    """Check the RSA signature over the signed attributes (RFC 5652, 5.4) and return the message digest among them."""
    start, attributes = signed_attributes(signature)
    length = 256  # of a signature by a key of 2048 bits: the last octet string of the file
    as_set = b"\x31" + attributes[1:]
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature[-length:], as_set, PKCS1v15(), SHA256())
    assert bytes.fromhex("2a864886f70d010905") in attributes  # 1.2.840.113549.1.9.5: signing time, which Apple asks for
    mark = attributes.index(bytes.fromhex("2a864886f70d010904"))  # 1.2.840.113549.1.9.4: message digest
    digest = attributes.index(b"\x04\x20", mark) + 2
    assert start < len(signature) - length
    return attributes[digest : digest + 32]


def signed_attributes(signature: bytes) -> tuple[int, bytes]:
    """Return the place and bytes of the implicit [0] that holds the content type (1.2.840.113549.1.9.3)."""
    mark = signature.rindex(bytes.fromhex("2a864886f70d010903"))
    start = max(i for i in range(mark) if signature[i] == 0xA0 and spans(signature, i) > mark)
    return start, signature[start : spans(signature, start)]


def spans(data: bytes, start: int) -> int:
    """Return where a DER value ends."""
    size = data[start + 1]
    if size < 0x80:
        return start + 2 + size
    count = size & 0x7F
    return start + 2 + count + int.from_bytes(data[start + 2 : start + 2 + count], "big")


def test_pass_says_who_when_and_what_and_holds_the_code(configured: Keys) -> None:
    said = pass_of(apple.pkpass(view()))
    assert (said["formatVersion"], said["passTypeIdentifier"]) == (1, "pass.jp.example.tickets")
    assert (said["teamIdentifier"], said["serialNumber"]) == ("A1B2C3D4E5", str(view().id))
    assert said["organizationName"] == said["logoText"] == "Yokohama Convention"
    assert said["barcodes"] == [
        {
            "format": "PKBarcodeFormatQR",
            "message": CODE,
            "messageEncoding": "iso-8859-1",
            "altText": "0123-4567-89AB-CDEF",
        }
    ]
    assert CODE.encode("iso-8859-1").decode() == CODE
    assert said["eventTicket"]["primaryFields"] == [{"key": "name", "label": "Ticket holder", "value": '李娜 "Li\\Na"'}]
    assert said["eventTicket"]["secondaryFields"][0]["value"] == "Citywide Pass"
    assert said["voided"] is False
    assert [one["startDate"] for one in said["relevantDates"]] == [
        "2026-11-21T00:00:00+09:00",
        "2026-11-23T00:00:00+09:00",
    ]
    assert said["expirationDate"] == "2026-11-24T00:00:00+09:00"


def test_days_of_a_type_without_days_are_those_of_the_convention(configured: Keys) -> None:
    said = pass_of(apple.pkpass(view(days=[])))
    assert len(said["relevantDates"]) == 4
    assert said["expirationDate"] == "2026-11-25T00:00:00+09:00"


def test_words_stand_in_every_language_under_their_english_key(configured: Keys) -> None:
    data = apple.pkpass(view())
    said = pass_of(data)
    shown = {
        word
        for fields in said["eventTicket"].values()
        for one in fields
        if one["key"] in {"type", "days", "opens", "help"}
        for word in (one["label"], one["value"])
    } | {said["logoText"], said["description"]}
    for tag in LANGUAGES:
        assert [word for word in shown if word not in words_of(data, tag)] == [], tag
    japanese = words_of(data, "ja")
    assert (japanese["Citywide Pass"], japanese["Yokohama Convention"]) == ("全市パス", "横浜コンベンション")
    assert words_of(data, "th")["Citywide Pass"] == "Citywide Pass"


def test_words_with_quotes_and_new_lines_break_no_file(configured: Keys) -> None:
    odd = view(type_title={"en": 'A "B" \\ C\nD', "ja": '"'})
    assert words_of(apple.pkpass(odd), "ja")['A "B" \\ C\\nD'] == '\\"'


def test_language_of_whoever_asks_stays(configured: Keys) -> None:
    use_language("ko")
    apple.pkpass(view())
    assert language() == "ko"


def test_ticket_that_opens_nothing_any_more_is_void(configured: Keys) -> None:
    canceled, blocked = (pass_of(apple.pkpass(view(state=state))) for state in ("canceled", "blocked"))
    assert (canceled["voided"], blocked["voided"]) == (True, True)
    assert "barcodes" not in canceled


@pytest.mark.parametrize(("name", "size"), [("icon", 29), ("icon@2x", 58), ("icon@3x", 87), ("logo@2x", 100)])
def test_pictures_have_the_sizes_that_phones_want(configured: Keys, name: str, size: int) -> None:
    assert Image.open(io.BytesIO(opened(apple.pkpass(view()))[f"{name}.png"])).size == (size, size)


def test_wallets_are_offered_where_keys_are_and_while_there_is_a_code(made: Keys) -> None:
    assert kinds(view()) == []
    assert not updates(view(state="canceled"))


@pytest.mark.parametrize(
    ("state", "expected"),
    [("valid", 2), ("unpaid", 2), ("blocked", 2), ("waiting", 0), ("unapproved", 0), ("canceled", 0)],
)
def test_wallets_are_offered_by_state(configured: Keys, state: str, expected: int) -> None:
    assert kinds(view(state=state)) == ["apple", "google"][:expected]
    assert updates(view(state=state)) is (state == "canceled")
