"""PDF with the pages as they are seen, and nothing else.

The pages are put into a new document: properties, XMP, attachments, scripts, bookmarks, comments and their authors,
forms, signatures, layers' names, earlier versions of the file and its identifier stay behind. So does the structure for
screen readers, whose texts nobody sees: what judges of a blind round read aloud is the text of the pages.
"""

import io
import logging
import zlib
from collections.abc import Iterator
from typing import Final

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from app.awards.blinding.pictures import clean_jp2, clean_jpeg

MOST_PAGES: Final = 400
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one picture within a PDF, unpacked: a small file can hold a huge one."""
_PAGE: Final = frozenset(
    {"/Type", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group"}
)
_RESOURCES: Final = frozenset({"/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet"})
_PICTURE: Final = frozenset({
    "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Intent", "/ImageMask", "/Mask",
    "/Decode", "/Interpolate", "/SMask", "/SMaskInData", "/Matte", "/Filter", "/DecodeParms", "/Length",
})  # fmt: skip
_DRAWING: Final = frozenset(
    {"/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/Filter", "/DecodeParms", "/Length"}
)
_BESIDE: Final = frozenset({
    "/Metadata", "/PieceInfo", "/LastModified", "/AF", "/Info", "/Author", "/Creator", "/Producer", "/Keywords",
    "/StructParent", "/StructParents", "/OC", "/Annots", "/AA", "/A", "/Thumb",
})  # fmt: skip
"""Keys that say nothing of what is seen, in whatever object they stand."""
_PLAIN: Final = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}
"""The plain colours of so many components, in place of a profile that names the machine it was made for."""

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would write what is wrong in a file of somebody into the log


class Unreadable(Exception):
    """A PDF is damaged, protected, or too large to be looked through."""


def clean_pdf(data: bytes) -> bytes:
    """Return a PDF of the pages alone. Raises `Unreadable`."""
    try:
        return _written(_reader(data))
    except (
        PyPdfError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
        zlib.error,
    ) as error:
        raise Unreadable(type(error).__name__) from error


def text_of(data: bytes, most: int = 40) -> list[str]:
    """Return the text of the first pages, one string a page. Raises `Unreadable`."""
    try:
        return [page.extract_text() for page, _n in zip(_reader(data).pages, range(most), strict=False)]
    except (
        PyPdfError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
        zlib.error,
    ) as error:
        raise Unreadable(type(error).__name__) from error


def _reader(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted or not 0 < len(reader.pages) <= MOST_PAGES:
        raise Unreadable
    return reader


def _written(reader: PdfReader) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for page in reader.pages:
        _keep(page, _PAGE)
        writer.add_page(page)
    for found in _all(writer):
        _clean(found)
    writer.metadata = None
    _drop_unused(writer)
    writer.write(out)
    return out.getvalue()


def _drop_unused(writer: PdfWriter) -> None:
    """Leave out what nothing refers to any more, and what only that refers to."""
    used: set[int] = set()
    waiting: list[PdfObject | None] = [writer.root_object.indirect_reference]
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject) and found.idnum not in used:
            used.add(found.idnum)
            waiting.append(found.get_object())
        elif isinstance(found, DictionaryObject | ArrayObject):
            waiting += found.values() if isinstance(found, DictionaryObject) else found
    objects = writer._objects  # noqa: SLF001
    objects[:] = [found if n in used else None for n, found in enumerate(objects, 1)]


def _keep(found: DictionaryObject, names: frozenset[str]) -> None:
    for name in [name for name in found if name not in names]:
        del found[name]


def _all(writer: PdfWriter) -> Iterator[PdfObject]:
    """Yield every object of a document, those that lie within others too."""
    waiting: list[PdfObject | None] = list(writer._objects)  # noqa: SLF001  # there is no other way to reach all
    while waiting:
        found = waiting.pop()
        if isinstance(found, DictionaryObject):
            yield found
            waiting += found.values()
        elif isinstance(found, ArrayObject):
            yield found
            waiting += found


def _clean(found: PdfObject) -> None:
    if isinstance(found, ArrayObject):
        _plain_colours(found)
    elif isinstance(found, DictionaryObject):
        for name in [name for name in found if name in _BESIDE or name.startswith("/PTEX")]:
            del found[name]
        if "/Resources" in found and isinstance(resources := found["/Resources"], DictionaryObject):
            _keep(resources, _RESOURCES)
        if isinstance(found, StreamObject):
            _clean_stream(found)


def _plain_colours(found: ArrayObject) -> None:
    """Make `[/ICCBased profile]` the plain colours of as many components."""
    if len(found) == 2 and found[0] == "/ICCBased":
        profile = found[1].get_object()
        name = _PLAIN[int(str(profile["/N"]))] if isinstance(profile, DictionaryObject) else "/DeviceRGB"
        found.clear()
        found.append(NameObject(name))


def _clean_stream(found: StreamObject) -> None:
    kind = found.get("/Subtype")
    if kind == "/Form":
        _keep(found, _DRAWING)
    if kind == "/Image":
        _keep(found, _PICTURE)
        _clean_picture(found)


def _clean_picture(found: StreamObject) -> None:
    """Take out what a picture within a PDF says of itself."""
    given = found.get("/Filter", ArrayObject())
    filters = [str(name) for name in given] if isinstance(given, ArrayObject) else [str(given)]
    if not filters or filters[-1] not in {"/DCTDecode", "/JPXDecode"}:
        return
    data = bytes(found._data)  # noqa: SLF001  # packed, as it stands in the file
    for name in filters[:-1]:
        data = _unpacked(name, data)
    clean = clean_jpeg if filters[-1] == "/DCTDecode" else clean_jp2
    found._data = clean(data)  # noqa: SLF001
    found[NameObject("/Filter")] = NameObject(filters[-1])
    if len(filters) > 1 and "/DecodeParms" in found:
        del found["/DecodeParms"]


def _unpacked(name: str, data: bytes) -> bytes:
    if name != "/FlateDecode":
        raise Unreadable
    unpacking = zlib.decompressobj()
    plain = unpacking.decompress(data, MOST_BYTES)
    if unpacking.unconsumed_tail:
        raise Unreadable
    return plain
