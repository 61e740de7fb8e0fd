"""Mails and pictures as their readers see them: Python's own mail parser, a PDF renderer, an SVG renderer, a QR reader.

Runs in processes of its own and imports nothing of the product.
"""

import email
import io
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pypdfium2
import resvg_py
import zxingcpp
from msgspec import Struct
from PIL import Image

QR = zxingcpp.barcode_formats_from_str("QRCode")


class Letter(Struct, frozen=True):
    """A mail as it arrived; `on_paper` is what a QR reader sees on each page of its PDF."""

    message_ids: tuple[str, ...]
    to: str
    subject: str
    language: str
    plain: str
    html: str
    on_paper: tuple[tuple[str, ...], ...]
    calendar: str
    methods: tuple[str, ...]


def read_letter(path: Path) -> Letter:
    """Read a message from the disk; raises if it lacks a part or has one too many."""
    message = email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    pdf, ics = message.iter_attachments()
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    return Letter(
        message_ids=tuple(str(one) for one in message.get_all("message-id", [])),
        to=message["to"].addresses[0].addr_spec,
        subject=message["subject"],
        language=message["content-language"],
        plain=plain.get_content() if plain else "",
        html=html.get_content() if html else "",
        on_paper=_pages(pdf.get_content()) if pdf.get_content_type() == "application/pdf" else (),
        calendar=ics.get_content() if ics.get_content_type() == "text/calendar" else "",
        methods=(str(ics.get_param("method")),),
    )


def _pages(pdf: bytes) -> tuple[tuple[str, ...], ...]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return tuple(_seen(page.render(scale=1.25, grayscale=True).to_pil()) for page in document)
    finally:
        document.close()


def read_picture(svg: str) -> tuple[str, ...]:
    """Return what a QR reader sees in an SVG picture of 180 pixels."""
    return _seen(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=180)))).convert("L"))


def _seen(picture: Image.Image) -> tuple[str, ...]:
    found = zxingcpp.read_barcodes(picture, formats=QR, try_invert=False, try_rotate=False)
    return tuple(one.text for one in found)
