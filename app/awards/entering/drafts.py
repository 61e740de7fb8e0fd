"""What is being written of an entry: saved part by part, and nobody saves over what he has not seen."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.awards.entering.members import Held, held
from app.awards.schemas import FIELDS, EntryForm, Provenance, Said, Touch
from app.awards.topics import TOPICS
from app.core.db import fetch, transaction
from app.core.errors import FieldError, Invalid, NotFound, Outdated
from app.core.i18n import LANGUAGES, gettext_lazy
from app.core.i18n import gettext as _
from app.core.validation import NOT_TEXT, problems

LONGEST = {"title": 160, "summary": 1200}
"""Characters of a field, `LONGEST_OTHER` of the others."""
LONGEST_OTHER = 6000
MOST_LINKS = 10
MOST_TOPICS = 4
FIELD_NAMES = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "challenge": gettext_lazy("Challenge"),
    "solution": gettext_lazy("Solution"),
    "collaboration": gettext_lazy("Collaboration"),
    "results": gettext_lazy("Results"),
    "scaling": gettext_lazy("Sharing and scaling"),
}
FIELD_HINTS = {
    "title": gettext_lazy("What it is, in one line, without names of companies."),
    "summary": gettext_lazy("Three to five sentences. They are published if the entry wins."),
    "challenge": gettext_lazy("What had to be solved, and for whom."),
    "solution": gettext_lazy("What is new about it, and how it works."),
    "collaboration": gettext_lazy("Who brought what, and what became possible only together."),
    "results": gettext_lazy("What has been achieved so far, and how that was measured."),
    "scaling": gettext_lazy("What other cities can take over, and what stands in the way."),
}
_TEXTS = {
    most: Annotated[str, Meta(max_length=most, pattern=rf"^[^{NOT_TEXT}]*$(?!\n)")]
    for most in {*LONGEST.values(), LONGEST_OTHER}
}
Url = Annotated[str, Meta(max_length=500, pattern=r"^https://[^\s<>\"'\\^`{|}]{3,}$(?!\n)")]


class Saving(Struct, frozen=True):
    """How a part is saved: `seen` is the revision the page was made from, `by` the opened page.

    With `force` whoever saves has seen what stands there now.
    """

    seen: int
    by: str


class _Part(NamedTuple):
    """A part of a draft on its way: what it becomes, and how its fields are shown to whoever saves over it."""

    name: str
    changed: Callable[[EntryForm], EntryForm]
    shown: Callable[[EntryForm], dict[str, str]]


class DetailsEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """Topics and links of an entry."""

    topics: tuple[str, ...] = ()
    links: tuple[Url, ...] = ()


async def save_texts(
    *, entry: UUID, member: UUID, language: str, texts: Mapping[str, Said], saving: Saving, now: dt.datetime
) -> int:
    """Save what is said in one language and return the revision. Raises `Outdated` with what stands there now."""
    if language not in LANGUAGES:
        raise NotFound
    check_texts(texts)

    def changed(form: EntryForm) -> EntryForm:
        kept = {name: dict(form.texts.get(name, {})) for name in FIELDS}
        for name in FIELDS:
            said = texts.get(name)
            if said is None or not said.text:
                kept[name].pop(language, None)
            else:
                kept[name][language] = said
        return msgspec.structs.replace(form, texts={name: said for name, said in kept.items() if said})

    def shown(form: EntryForm) -> dict[str, str]:
        return {name: form.texts.get(name, {}).get(language, Said("")).text for name in FIELDS}

    return await _save(entry, member, _Part(f"texts.{language}", changed, shown), saving, now)


def check_texts(texts: Mapping[str, Said]) -> None:
    """Raise `Invalid` for texts by field that are too long, or hold what does not show."""
    wrong = [
        error
        for name, said in texts.items()
        for error in problems(said.text, _TEXTS[LONGEST.get(name, LONGEST_OTHER)], name)
    ]
    if wrong:
        raise Invalid(wrong)


async def save_details(*, entry: UUID, member: UUID, wish: DetailsEdit, saving: Saving, now: dt.datetime) -> int:
    """Save topics and links and return the revision. Raises `Invalid`, `Outdated`."""
    check_details(wish)

    def changed(form: EntryForm) -> EntryForm:
        return msgspec.structs.replace(form, topics=wish.topics, links=wish.links)

    def shown(form: EntryForm) -> dict[str, str]:
        return {"topics": ", ".join(str(TOPICS.get(t, t)) for t in form.topics), "links": " ".join(form.links)}

    return await _save(entry, member, _Part("details", changed, shown), saving, now)


def check_details(wish: DetailsEdit) -> None:
    """Raise `Invalid` for unknown or too many topics, or too many links."""
    wrong = []
    if any(topic not in TOPICS for topic in wish.topics):
        wrong.append(FieldError("topics", "choice", _("Please choose one of the values offered.")))
    if len(wish.topics) > MOST_TOPICS:
        wrong.append(FieldError("topics", "too_many", _("Choose at most %(n)s topics.", n=MOST_TOPICS)))
    if len(wish.links) > MOST_LINKS:
        wrong.append(FieldError("links", "too_many", _("Give at most %(n)s links.", n=MOST_LINKS)))
    if wrong:
        raise Invalid(wrong)


async def save_evidence(
    *, entry: UUID, member: UUID, typed: Mapping[str, Any], saving: Saving, now: dt.datetime
) -> int:
    """Save the form of the climate evidence as it was typed and return the revision. Raises `Outdated`."""

    def changed(form: EntryForm) -> EntryForm:
        return msgspec.structs.replace(form, evidence=dict(typed))

    def shown(form: EntryForm) -> dict[str, str]:
        return {name: str(value) for name, value in form.evidence.items()}

    return await _save(entry, member, _Part("evidence", changed, shown), saving, now)


async def _save(entry: UUID, member: UUID, part: _Part, saving: Saving, now: dt.datetime) -> int:
    """Write a part of the draft, unless another page has saved that part since this one was opened.

    The row is locked, so of two who save at once the second one is told. What changes nothing is no save.
    """
    async with transaction():
        found = await held(entry, member, lock=True)
        found.entry.require_own(now)
        before = found.entry.form
        wanted = part.changed(before)
        if wanted == before:
            return found.entry.draft_revision
        last = before.touched.get(part.name)
        if last is not None and last.revision > saving.seen and last.by != saving.by:
            raise _outdated(part.shown(before), part.shown(wanted), found)
        return await _write(found, part.name, wanted, saving, now)


def _outdated(stands: Mapping[str, str], wanted: Mapping[str, str], found: Held) -> Outdated:
    errors = [
        FieldError(name, "outdated", _("Somebody else has saved: %(words)s", words=words or "–"))
        for name, words in stands.items()
        if words != wanted.get(name, "")
    ]
    return Outdated(errors, found.entry.draft_revision)


async def _write(found: Held, part: str, wanted: EntryForm, saving: Saving, now: dt.datetime) -> int:
    revision = found.entry.draft_revision + 1
    kept = msgspec.structs.replace(wanted, touched={**wanted.touched, part: Touch(revision, saving.by[:40])})
    await fetch(
        "UPDATE award_entry SET draft = $2, draft_revision = $3, changed_at = $4 WHERE id = $1",
        found.entry.id,
        msgspec.json.encode(kept).decode(),
        revision,
        now,
    )
    return revision


def said(text: object, provenance: object) -> Said:
    """Return a field as it was typed; what is no provenance counts as written by the entrant."""
    how: Provenance = provenance if provenance in {"written", "translated", "machine"} else "written"
    return Said(text if isinstance(text, str) else "", how)
