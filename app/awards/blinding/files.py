"""A copy of a file that says nothing of who made it: what its format has beside what is seen is left out.

What is seen stays: a logo in a picture or a name on a slide is for `leaks_in_file` to find, and for people to look at.
"""

import zlib
from collections.abc import Callable, Mapping

from app.awards.blinding import pdf, pictures
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _

KINDS: Mapping[str, Callable[[bytes], bytes]] = {
    "image/jpeg": pictures.clean_jpeg,
    "image/png": pictures.clean_png,
    "application/pdf": pdf.clean_pdf,
}
"""How a copy is made of each kind of file that an entry may have."""


class Unclean(Invalid):
    """A file is damaged or protected, so that nobody can tell what else it says. Nothing was made of it."""

    def __init__(self, field: str = "file") -> None:
        words = _("This file is damaged or protected by a password. Please save it again without one, then send it.")
        super().__init__([FieldError(field, "unreadable", words)])


def clean_file(data: bytes, media_type: str) -> bytes:
    """Return a copy without EXIF, XMP, IPTC, comments, document properties, and whatever else is not seen.

    Takes up to seconds for a large PDF: call it in a thread. Raises `Unclean` for what cannot be read, `KeyError` for a
    media type that no entry may have.
    """
    clean = KINDS[media_type]
    try:
        return clean(data)
    except (ValueError, IndexError, zlib.error, pdf.Unreadable) as error:
        raise Unclean from error
