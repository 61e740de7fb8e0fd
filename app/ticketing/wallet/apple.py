"""A ticket for Apple Wallet: a ZIP of `pass.json`, pictures and words, with a signed list of their digests.

Sources: Apple's Wallet Passes documentation and the PassKit Package Format Reference. A pass is not pushed to phones
when its ticket changes (that needs Apple's notification service and a registry of phones): who fetches it again gets
the present one, and a gate refuses an old code in any case.
"""

import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from app.core.i18n import LANGUAGES, language, text, use_language
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.ticketing.documents import papers
from app.ticketing.schemas import TicketView
from app.ticketing.tickets import page_url

PICTURES = Path(__file__).with_name("pictures")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment a ZIP knows: files of a pass need none."""


class Signer(NamedTuple):
    """Whoever signs passes: certificate and key of the pass type, and Apple's certificate between it and the root."""

    certificate: x509.Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey
    chain: list[x509.Certificate]


def pkpass(view: TicketView) -> bytes:
    """Return the pass, in all languages at once; of a ticket that opens nothing any more it is marked void."""
    words = {tag: _words(view, tag) for tag in LANGUAGES}
    files = {
        "pass.json": msgspec.json.encode(_pass(view, words["en"])),
        **{path.name: path.read_bytes() for path in sorted(PICTURES.glob("*.png"))},
        **{f"{tag}.lproj/pass.strings": _strings(words["en"], words[tag]) for tag in LANGUAGES},
    }
    digests = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in files.items()}
    manifest = msgspec.json.encode(digests)
    return _zipped({**files, "manifest.json": manifest, "signature": _signature(manifest)})


def _words(view: TicketView, tag: str) -> dict[str, str]:
    """Return every word of the pass in one language. The English ones are the keys under which a phone looks."""
    with _speaking(tag):
        return {
            "convention": text(view.convention_title),
            "type": text(view.type_title),
            "days": ", ".join(papers.valid_days(view)),
            "opens": text(view.type_description) or text(view.type_title),
            "name_label": _("Ticket holder"),
            "type_label": _("Ticket type"),
            "days_label": _("Valid on"),
            "opens_label": _("What it opens"),
            "number_label": _("Ticket number"),
            "page_label": _("My ticket"),
            "help_label": _("At the gate"),
            "help": _("It admits one person. Please do not publish it."),
            "description": _("Ticket"),
        }


@contextmanager
def _speaking(tag: str) -> Iterator[None]:
    before = language()
    use_language(tag)
    try:
        yield
    finally:
        use_language(before)


def _pass(view: TicketView, words: dict[str, str]) -> dict[str, Any]:
    code = papers.code(view)
    return {
        "formatVersion": 1,
        "passTypeIdentifier": settings().apple_pass_type,
        "teamIdentifier": settings().apple_team,
        "serialNumber": str(view.id),
        "organizationName": words["convention"],
        "description": words["description"],
        "logoText": words["convention"],
        "foregroundColor": "rgb(255, 255, 255)",
        "labelColor": "rgb(190, 232, 240)",
        "backgroundColor": "rgb(0, 97, 115)",
        "voided": view.state in {"canceled", "blocked"},
        **_times(view),
        **({"barcodes": [_barcode(view, code)]} if code else {}),
        "eventTicket": _fields(view, words),
    }


def _barcode(view: TicketView, code: str) -> dict[str, str]:
    return {
        "format": "PKBarcodeFormatQR",
        "message": code,
        "messageEncoding": "iso-8859-1",
        "altText": papers.grouped(view.serial),
    }


def _fields(view: TicketView, words: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    def field(key: str, value: str) -> dict[str, str]:
        return {"key": key, "label": words.get(f"{key}_label", ""), "value": value}

    return {
        "primaryFields": [field("name", view.name)],
        "secondaryFields": [field("type", words["type"])],
        "auxiliaryFields": [field("days", words["days"])],
        "backFields": [
            field("opens", words["opens"]),
            field("help", words["help"]),
            field("number", papers.grouped(view.serial)),
            field("page", page_url(view.id, view.holder)),
        ],
    }


def _times(view: TicketView) -> dict[str, Any]:
    """Return when a phone offers the pass by itself, day by day, and when it puts it away."""
    zone = ZoneInfo(view.zone)
    days = view.days or [
        view.first_day + dt.timedelta(days=n) for n in range((view.last_day - view.first_day).days + 1)
    ]
    starts = [dt.datetime.combine(day, dt.time(), zone) for day in days]
    one = dt.timedelta(days=1)
    return {
        "relevantDate": starts[0].isoformat(),
        "relevantDates": [{"startDate": s.isoformat(), "endDate": (s + one).isoformat()} for s in starts],
        "expirationDate": (max(starts) + one).isoformat(),
    }


def _strings(keys: dict[str, str], words: dict[str, str]) -> bytes:
    """Return a file of words as phones read it: English on the left, one language on the right."""
    pairs = {keys[name]: word for name, word in words.items() if keys[name]}
    return "".join(f'"{_quoted(key)}" = "{_quoted(word)}";\n' for key, word in pairs.items()).encode()


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _signature(manifest: bytes) -> bytes:
    found = settings()
    signer = _signer(found.apple_cert, found.apple_key, found.apple_chain)
    builder = PKCS7SignatureBuilder().set_data(manifest).add_signer(signer.certificate, signer.key, SHA256())
    for certificate in signer.chain:
        builder = builder.add_certificate(certificate)
    return builder.sign(Encoding.DER, [PKCS7Options.Binary, PKCS7Options.DetachedSignature])


@lru_cache(maxsize=1)
def _signer(certificate: str, key: str, chain: str) -> Signer:
    """Read the PEM files once; the key has no password. Raises `ValueError` for what is none."""
    private = load_pem_private_key(Path(key).read_bytes(), password=None)
    if not isinstance(private, (RSAPrivateKey, EllipticCurvePrivateKey)):
        raise ValueError("APP_APPLE_KEY must be an RSA or EC key.")  # noqa: TRY004  # of the file, not of an argument
    return Signer(
        x509.load_pem_x509_certificate(Path(certificate).read_bytes()),
        private,
        x509.load_pem_x509_certificates(Path(chain).read_bytes()),
    )


def _zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
