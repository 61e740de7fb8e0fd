"""What in an entry says who stands behind it: for those who may still change it before a blind round opens. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from app.awards.blinding.pdf import Unreadable, text_of
from app.awards.blinding.words import Kind, Names, hiding
from app.awards.schemas import EntryBody

_EVIDENCE = ("functional_unit", "reference", "solution", "source")


class Leak(Struct, frozen=True):
    """Words that give somebody away: in which field, in which language or on which page, and what they are."""

    field: str
    where: str
    kind: Kind
    words: str


def leaks(body: EntryBody, names: Names) -> list[Leak]:
    """Return what in the texts of an entry gives its parties away, in the order of the entry, each once.

    Judges of a blind round do not see these words in any case; but what is left may not read well without them, and
    nobody finds names in pictures, or names that nobody has told.
    """
    found = [leak for field, where, text in _texts(body) for leak in _in_text(field, where, text, names)]
    return list(dict.fromkeys(found))


def leaks_in_file(data: bytes, media_type: str, names: Names, *, field: str = "file") -> list[Leak]:
    """Return what the text of a PDF gives away, by page; pictures are not read. Slow: call it in a thread."""
    if media_type != "application/pdf":
        return []
    try:
        pages = text_of(data)
    except Unreadable:
        return []
    found = [leak for n, text in enumerate(pages, 1) for leak in _in_text(field, str(n), text, names)]
    return list(dict.fromkeys(found))


def _texts(body: EntryBody) -> Iterator[tuple[str, str, str]]:
    for field, versions in body.texts.items():
        for language, said in versions.items():
            yield field, language, said.text
    if body.evidence is not None:
        for name in _EVIDENCE:
            yield f"evidence.{name}", "", getattr(body.evidence, name)
        for name, gate in body.evidence.gates.items():
            yield f"evidence.{name}", "", gate.reason
    for topic in body.topics:
        yield "topics", "", topic


def _in_text(field: str, where: str, text: str, names: Names) -> Iterator[Leak]:
    for start, end, kind in hiding(names).found(text):
        yield Leak(field, where, kind, text[start:end])
