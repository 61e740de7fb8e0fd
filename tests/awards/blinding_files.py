"""Files for tests that carry somebody's name in every place which their format has beside what is seen."""

import io
import struct
import zlib
from typing import Any

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

NAME = "YamadaSecret"
"""The name that must be in no cleaned file."""


def xmp() -> bytes:
    """Properties as XMP."""
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{NAME}</dc:creator></x:xmpmeta>'.encode()


def picture(*, mode: str = "RGB") -> Image.Image:
    """A small picture with structure, so that it has real data."""
    made = Image.new("RGB", (48, 32))
    made.putdata([(x * 5 % 256, y * 7 % 256, (x * y) % 256) for y in range(32) for x in range(48)])
    return made.convert(mode)


def plain_jpeg(*, progressive: bool = False, mode: str = "RGB") -> bytes:
    """A JPEG as a library writes it."""
    out = io.BytesIO()
    picture(mode=mode).save(out, "JPEG", quality=90, progressive=progressive, restart_marker_blocks=2)
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif(*, order: str = ">", turned: int = 6) -> bytes:
    """EXIF with how the picture is turned, and the artist."""
    name = NAME.encode() + b"\0"
    head = b"MM\0*" if order == ">" else b"II*\0"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, turned, 0) + struct.pack(
        f"{order}HHII", 0x013B, 2, len(name), 8 + 2 + 24 + 4
    )
    return (
        head + struct.pack(f"{order}I", 8) + struct.pack(f"{order}H", 2) + entries + struct.pack(f"{order}I", 0) + name
    )


def profile() -> bytes:
    """A colour profile that names somebody's screen."""
    return b"\0" * 36 + b"acsp" + b"\0" * 88 + f"desc Screen of {NAME}".encode()


def jpeg(*, turned: int = 6, order: str = ">", **options: Any) -> bytes:
    """A JPEG with the name in EXIF, XMP, IPTC, profile, comment, thumbnail, private segments, and behind its end."""
    data = plain_jpeg(**options)
    thumbnail = b"JFXX\0\x10" + plain_jpeg() + NAME.encode()
    said = [
        segment(0xE0, thumbnail),
        segment(0xE1, b"Exif\0\0" + exif(turned=turned, order=order)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01" + profile()),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(NAME)) + NAME.encode()),
        segment(0xEB, f"private {NAME}".encode()),
        segment(0xFE, f"Made by {NAME}".encode()),
    ]
    at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + b"".join(said) + data[at:] + NAME.encode() + plain_jpeg()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def plain_png(mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    picture(mode=mode).save(out, "PNG")
    return out.getvalue()


def png(*, turned: int = 1, mode: str = "RGB") -> bytes:
    """A PNG with the name in every kind of text, EXIF, profile, time, a private chunk, and behind its end."""
    data, name = plain_png(mode), NAME.encode()
    said = [
        chunk(b"tEXt", b"Author\0" + name),
        chunk(b"zTXt", b"Author\0\0" + zlib.compress(name)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp()),
        chunk(b"eXIf", exif(turned=turned)),
        chunk(b"iCCP", b"Screen\0\0" + zlib.compress(profile())),
        chunk(b"tIME", b"\x07\xea\x01\x01\0\0\0"),
        chunk(b"prVt", name),
    ]
    return data[:33] + b"".join(said) + data[33:] + name


def pdf(*, text: str = "A river that heats the town") -> bytes:
    """A PDF with the name in every place beside the page; `text` is on the page."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 200)
    resources = DictionaryObject({
        NameObject("/Font"): DictionaryObject({NameObject("/F1"): _font(writer)}),
        NameObject("/XObject"): DictionaryObject(
            {
                NameObject("/Im1"): writer._add_object(_image(writer)),
                NameObject("/Fm1"): writer._add_object(_drawing(writer)),
            }
        ),
        NameObject("/Properties"): DictionaryObject({NameObject("/MC0"): writer._add_object(_layer())}),
    })  # fmt: skip
    page[NameObject("/Resources")] = resources
    content = DecodedStreamObject()
    content.set_data(
        f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET q 96 0 0 64 20 20 cm /Im1 Do Q /Fm1 Do /OC /MC0 BDC EMC".encode()
    )
    page[NameObject("/Contents")] = writer._add_object(content)
    for key, value in (("/Metadata", _xmp()), ("/PieceInfo", _piece())):
        page[NameObject(key)] = writer._add_object(value)
    page[NameObject("/Thumb")] = writer._add_object(_image(writer))
    note = Text(rect=(10, 10, 30, 30), text=f"A note by {NAME}", title_bar=NAME)
    writer.add_annotation(0, note)
    writer.add_annotation(0, FreeText(text=NAME, rect=(10, 40, 60, 60)))
    writer.add_metadata({"/Author": NAME, "/Title": f"{NAME} deck", "/Company": NAME, "/Creator": f"Word of {NAME}"})
    writer.xmp_metadata = xmp()
    writer.add_attachment(f"{NAME}.txt", NAME.encode())
    writer.add_outline_item(title=f"Chapter by {NAME}", page_number=0)
    _add_to_root(writer)
    writer._ID = ArrayObject([TextStringObject(NAME), TextStringObject(NAME)])
    out = io.BytesIO()
    writer.write(out)
    return _updated(out.getvalue()) + f"\n% saved by {NAME}\n".encode()


def _font(writer: PdfWriter) -> DictionaryObject:
    return DictionaryObject({
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Metadata"): writer._add_object(_xmp()),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    })  # fmt: skip


def _xmp() -> StreamObject:
    made = DecodedStreamObject()
    made.set_data(xmp())
    made[NameObject("/Type")] = NameObject("/Metadata")
    return made


def _piece() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/Illustrator"): DictionaryObject({NameObject("/Private"): TextStringObject(NAME)})}
    )


def _layer() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject(f"Layer of {NAME}")}
    )


def _image(writer: PdfWriter) -> StreamObject:
    """A JPEG with EXIF, a profile of colours that names a screen, XMP and a file's name of its own."""
    made = StreamObject()
    made._data = jpeg(turned=1)
    colours = DecodedStreamObject()
    colours.set_data(profile())
    colours[NameObject("/N")] = NumberObject(3)
    made.update({
        NameObject("/Type"): NameObject("/XObject"),
        NameObject("/Subtype"): NameObject("/Image"),
        NameObject("/Width"): NumberObject(48),
        NameObject("/Height"): NumberObject(32),
        NameObject("/BitsPerComponent"): NumberObject(8),
        NameObject("/ColorSpace"): ArrayObject([NameObject("/ICCBased"), writer._add_object(colours)]),
        NameObject("/Filter"): NameObject("/DCTDecode"),
        NameObject("/Metadata"): writer._add_object(_xmp()),
        NameObject("/PTEX.FileName"): TextStringObject(f"/home/{NAME}/picture.jpg"),
        NameObject("/Private"): TextStringObject(NAME),
    })  # fmt: skip
    return made


def _drawing(writer: PdfWriter) -> StreamObject:
    """A drawing with the marks of the programme that made it, and a picture packed twice."""
    made, inner = DecodedStreamObject(), _image(writer)
    inner._data = zlib.compress(inner._data)
    inner[NameObject("/Filter")] = ArrayObject([NameObject("/FlateDecode"), NameObject("/DCTDecode")])
    made.set_data(b"q 10 0 0 10 200 150 cm /Im2 Do Q")
    made.update({
        NameObject("/Type"): NameObject("/XObject"),
        NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): ArrayObject([FloatObject(n) for n in (0, 0, 300, 200)]),
        NameObject("/Resources"): DictionaryObject(
            {NameObject("/XObject"): DictionaryObject({NameObject("/Im2"): writer._add_object(inner)})}
        ),
        NameObject("/PTEX.InfoDict"): DictionaryObject({NameObject("/Author"): TextStringObject(NAME)}),
        NameObject("/PieceInfo"): _piece(),
        NameObject("/LastModified"): TextStringObject(NAME),
    })  # fmt: skip
    return made


def _add_to_root(writer: PdfWriter) -> None:
    root = writer.root_object
    root[NameObject("/PieceInfo")] = _piece()
    root[NameObject("/OCProperties")] = DictionaryObject(
        {NameObject("/OCGs"): ArrayObject([writer._add_object(_layer())])}
    )
    root[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/Fields"): ArrayObject([writer._add_object(_signature())])}
    )
    root[NameObject("/StructTreeRoot")] = DictionaryObject({NameObject("/Alt"): TextStringObject(f"Logo of {NAME}")})
    root[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(f"// {NAME}")}
    )


def _signature() -> DictionaryObject:
    value = {NameObject("/Name"): TextStringObject(NAME), NameObject("/ContactInfo"): TextStringObject(NAME)}
    return DictionaryObject({NameObject("/FT"): NameObject("/Sig"), NameObject("/V"): DictionaryObject(value)})


def _updated(data: bytes) -> bytes:
    """Save a PDF once more over itself, so that its first state stays within it."""
    writer = PdfWriter(io.BytesIO(data), incremental=True)
    writer.add_metadata({"/Title": "Second state"})
    out = io.BytesIO()
    writer.write(out)
    assert len(PdfReader(out).pages) == 1
    return out.getvalue()


def everything(data: bytes) -> bytes:
    """Return a PDF with all that is packed in it unpacked, each object once as it is and once as plain letters."""
    out = [data]
    for found in PdfWriter(io.BytesIO(data), full=True)._objects:
        out.append(repr(found).encode())
        if isinstance(found, StreamObject):
            out += [found._data, found.get_data() if found.get("/Filter") == "/FlateDecode" else b""]
    return b"\n".join(out)


def encrypted() -> bytes:
    """A PDF that opens with a password alone."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
