"""What is still missing of an entry before it can be handed in: pure."""

from collections.abc import Iterator

import msgspec

from app.awards.emissions import Evidence
from app.awards.entering import evidence_form
from app.awards.entering.drafts import FIELD_NAMES
from app.awards.entering.entries import EntryRef
from app.awards.entering.members import Held
from app.awards.schemas import EntryBody
from app.core.errors import FieldError
from app.core.i18n import NAMES, ngettext
from app.core.i18n import gettext as _

NEEDED = ("title", "summary", "solution")
"""Fields without which an entry cannot be judged."""


def evidence_of(entry: EntryRef) -> tuple[Evidence | None, list[FieldError]]:
    """Return the climate evidence of a draft, None where there is none, with what is wrong with it."""
    return evidence_form.read(msgspec.convert(entry.form.evidence, evidence_form.EvidenceForm))


def missing(found: Held, body: EntryBody) -> list[FieldError]:
    """Return all that keeps an entry from being handed in; `field` names the page where it is put right."""
    return [*_texts(found, body), *_members(found), *_evidence(found.entry)]


def _texts(found: Held, body: EntryBody) -> Iterator[FieldError]:
    spoken = {tag for said in body.texts.values() for tag in said}
    if not spoken & set(found.entry.award.languages):
        yield FieldError("texts", "required", _("Write the entry in one of the award's languages."))
    for tag in sorted(spoken & set(found.entry.award.languages)):
        for name in NEEDED:
            if tag not in body.texts.get(name, {}):
                words = _("%(field)s is missing in %(language)s.", field=FIELD_NAMES[name], language=NAMES[tag])
                yield FieldError(f"texts.{tag}", "required", words)


def _members(found: Held) -> Iterator[FieldError]:
    least = found.entry.category.least_members
    if len(found.members) < least:
        words = ngettext("This category needs %(n)s member.", "This category needs at least %(n)s members.", least)
        yield FieldError("members", "too_few", words)
    for one in found.members:
        if one.declined_at is not None:
            words = _("%(name)s does not want to take part. Please remove it, or ask again.", name=one.organisation)
            yield FieldError("members", "declined", words)


def _evidence(entry: EntryRef) -> Iterator[FieldError]:
    found, wrong = evidence_of(entry)
    if found is None and entry.category.evidence:
        yield FieldError("evidence", "required", _("The climate evidence is missing."))
    for error in wrong:
        yield FieldError("evidence", error.code, _("Climate evidence: %(words)s", words=error.detail))
