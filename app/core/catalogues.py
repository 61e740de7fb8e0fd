"""Message catalogues: `python -m app.core.catalogues extract` updates them, `check` fails when one lacks a word.

Words are found by `babel.cfg`; the `.po` files are the only form kept, English is the language of the keys.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from app.core.i18n import DEFAULT, LANGUAGES
from app.core.settings import ROOT

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
}
TRANSLATED = tuple(tag for tag in LANGUAGES if tag != DEFAULT)
WIDTH = 120
VALUE = re.compile(r"%\(\w+\)s|\{\w*\}")
STRAY = re.compile(r"%%|%.?")
HEADER = """msgid ""
msgstr ""
"Language: {tag}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
"""Babel's own header holds the hour of the run: two people could never extract without a conflict."""


def place(tag: str) -> Path:
    """Return where the catalogue of a language lies."""
    return ROOT / "locale" / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"


def template() -> Catalog:
    """Return every message of the source, in the order of the files, without line numbers that change daily."""
    with (ROOT.parent / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(project="Machigurumi", charset="utf-8")
    for name, _line, message, comments, context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        found.add(message, None, [(f"app/{name}", 0)], auto_comments=comments, context=context)
    return found


def load(tag: str) -> Catalog:
    """Read the catalogue of a language, an empty one if there is none."""
    locale = tag.replace("-", "_")
    path = place(tag)
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8", project="Machigurumi", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def extract() -> None:
    """Bring every catalogue up to date: new messages empty, those no longer used dropped."""
    source = template()
    for tag in TRANSLATED:
        catalogue = load(tag)
        catalogue.update(source, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        body = io.BytesIO()
        write_po(body, catalogue, width=WIDTH, sort_output=True, include_lineno=False, omit_header=True)
        path = place(tag)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(HEADER.format(tag=tag, plurals=catalogue.plural_forms).encode() + body.getvalue())


def faults() -> list[str]:
    """Say what is missing, fuzzy, obsolete, untranslated or has other values in any language; empty if all is well."""
    source = template()
    return [fault for tag in TRANSLATED for fault in _faults(tag, source, load(tag))]


def _faults(tag: str, source: Catalog, catalogue: Catalog) -> Iterator[str]:
    if catalogue.plural_forms != Catalog(locale=tag.replace("-", "_")).plural_forms:
        yield f"{tag}: plural forms of another language"
    wanted = {message.id for message in source if message.id}
    for message in catalogue:
        if message.id and message.id not in wanted:
            yield f"{tag}: no longer used: {_key(message)}"
    for message in catalogue.obsolete.values():
        yield f"{tag}: obsolete: {_key(message)}"
    for message in source:
        if message.id:
            yield from _message_faults(tag, message, catalogue.get(message.id))


def _message_faults(tag: str, wanted: Message, found: Message | None) -> Iterator[str]:
    if found is None:
        yield f"{tag}: missing: {_key(wanted)}"
        return
    if found.fuzzy:
        yield f"{tag}: fuzzy: {_key(wanted)}"
    words = [str(word or "") for word in (found.string if isinstance(found.string, tuple | list) else (found.string,))]
    if not all(word.strip() for word in words):
        yield f"{tag}: untranslated: {_key(wanted)}"
    elif not all(_fits(word, wanted, one=len(words) > 1 and form == 0) for form, word in enumerate(words)):
        yield f"{tag}: other values than in: {_key(wanted)}"


def _fits(word: str, wanted: Message, *, one: bool) -> bool:
    """Whether a translation has the values of its message; the form for one may do as the English singular does."""
    forms = wanted.id if isinstance(wanted.id, tuple | list) else (wanted.id,)
    return _values(word) in [_values(str(form)) for form in (forms if one else forms[-1:])]


def _values(words: str) -> set[str]:
    """Return the `%(name)s` and `{name}` values of a message, and in one with values any other per cent sign.

    `%(name)` alone and `100 %` would be errors when the message is shown.
    """
    values = set(VALUE.findall(words))
    return values | set(STRAY.findall(VALUE.sub("", words)) if "%(" in words else ())


def _key(message: Message) -> str:
    """Return the message in English; the plural when there is one, as it always names its number."""
    return str(message.id[-1] if isinstance(message.id, tuple | list) else message.id)


def main(arguments: list[str]) -> int:
    """Run one of the two commands; return the exit code."""
    if arguments == ["extract"]:
        extract()
        return 0
    if arguments == ["check"]:
        found = faults()
        for fault in found:
            print(fault)  # noqa: T201
        return 1 if found else 0
    print("Usage: python -m app.core.catalogues extract | check")  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
