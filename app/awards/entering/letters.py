"""What mails about an entry say: read when they are sent, so that one that has become untrue is not sent at all."""

from collections.abc import Callable
from uuid import UUID

from msgspec import Struct

from app.awards import mailing
from app.awards.entering import entries, members, screening, versions
from app.awards.entering.entries import EntryRef
from app.awards.entering.members import MemberRow
from app.awards.entering.promises import Purpose
from app.core.db import fetch_one
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, moment, text
from app.core.mail import Mail


class Case(Struct, frozen=True):
    """What a mail is about: an entry, the member who gets it, and the decision it may tell of."""

    entry: EntryRef
    member: MemberRow
    party: tuple[MemberRow, ...]
    stamp: str
    digest: bytes
    outcome: str = ""
    reason: str = ""

    @property
    def award(self) -> str:
        """The award's title in the language of the mail."""
        return text(self.entry.award.title)

    @property
    def until(self) -> str:
        """The last moment of the category, by its own clocks."""
        return moment(self.entry.open_until or self.entry.category.closes_at, self.entry.category.zone)

    @property
    def lead(self) -> str:
        """The organisation that leads the entry."""
        return next((one.organisation for one in self.party if one.lead), "")


Words = Callable[[Case], tuple[str, list[str]]]


def _started(case: Case) -> tuple[str, list[str]]:
    return _("Your entry for %(award)s", award=case.award), [
        _("This link opens your entry (number %(n)s). You can go on at any time.", n=case.entry.number),
        _("It can be handed in until %(until)s (%(zone)s).", until=case.until, zone=case.entry.category.zone),
        _("Whoever has the link can change the entry in your name: please keep it to yourself."),
    ]


def _invited(case: Case) -> tuple[str, list[str]]:
    return _("You are named as a member of an entry for %(award)s", award=case.award), [
        _("%(lead)s enters together with %(name)s and names you to speak for it.", lead=case.lead,
          name=case.member.organisation),
        _("With this link you can read the entry and help to write it. Before it counts, you sign it off."),
        _("You know nothing of this? Then open the link and refuse: nothing is handed in with your name."),
    ]  # fmt: skip


def _nominated(case: Case) -> tuple[str, list[str]]:
    return _("You are nominated for %(award)s", award=case.award), [
        _("Somebody thinks that the work of %(name)s deserves this award.", name=case.member.organisation),
        _("Open the link to see who, and why. You can accept and complete the entry, or refuse."),
        _("Until you accept, nothing is published and nobody judges anything."),
    ]


def _sign(case: Case) -> tuple[str, list[str]]:
    return _("Please sign off the entry for %(award)s", award=case.award), [
        _("%(lead)s has completed the entry that names %(name)s.", lead=case.lead, name=case.member.organisation),
        _("It counts only when every member has signed off this very version. Please read it and decide."),
        _("This is possible until %(until)s (%(zone)s).", until=case.until, zone=case.entry.category.zone),
    ]  # fmt: skip


def _declined(case: Case) -> tuple[str, list[str]]:
    refused = next((m.organisation for m in case.party if str(m.id) == case.stamp), "")
    return _("A member has refused: your entry for %(award)s", award=case.award), [
        _("%(name)s does not want to take part in your entry.", name=refused),
        _("Remove it from the entry, or talk to it and ask again. Without that the entry cannot be handed in."),
    ]


def _submitted(case: Case) -> tuple[str, list[str]]:
    return _("Your entry for %(award)s is handed in", award=case.award), [
        _("Every member has signed entry %(n)s off, and it has arrived.", n=case.entry.number),
        _("The code of this version is %(code)s.", code=case.digest.hex()[:16]),
        _("Until %(until)s (%(zone)s) you can hand in a new version.", until=case.until, zone=case.entry.category.zone),
    ]


def _withdrawn(case: Case) -> tuple[str, list[str]]:
    words = _("Entry %(n)s was withdrawn. It is not judged any more.", n=case.entry.number)
    return _("Your entry for %(award)s is withdrawn", award=case.award), [words]


def _screened(case: Case) -> tuple[str, list[str]]:
    said = {
        "passed": _("Entry %(n)s fulfils the conditions and goes on.", n=case.entry.number),
        "failed": _("Entry %(n)s does not fulfil the conditions and cannot go on.", n=case.entry.number),
        "questions": _("There are questions about entry %(n)s.", n=case.entry.number),
    }
    reason = [case.reason] if case.reason else []
    return _("Your entry for %(award)s was looked at", award=case.award), [said[case.outcome], *reason]


def _reopened(case: Case) -> tuple[str, list[str]]:
    return _("You can change your entry for %(award)s", award=case.award), [
        _("Entry %(n)s is open for changes until %(until)s (%(zone)s).", n=case.entry.number, until=case.until,
          zone=case.entry.category.zone),
        case.entry.open_reason,
        _("A new version needs the sign-off of every member. Until then the version before stands."),
    ]  # fmt: skip


WORDS: dict[Purpose, Words] = {
    "started": _started,
    "invited": _invited,
    "nominated": _nominated,
    "sign": _sign,
    "declined": _declined,
    "submitted": _submitted,
    "withdrawn": _withdrawn,
    "screened": _screened,
    "reopened": _reopened,
}
BUTTON = gettext_lazy("Open the entry")


async def written(purpose: Purpose, member: UUID, *, stamp: str) -> Mail | None:
    """Write a mail to a member; None when it is no longer true, or the member has left or was erased."""
    case = await _case(member, stamp)
    if case is None or not await _is_true(purpose, case):
        return None
    if purpose == "screened":
        case = await _with_decision(case)
    said = WORDS[purpose]
    return await mailing.letter(
        to=case.member.email,
        to_name=case.member.name,
        language=case.member.language,
        subject=lambda: said(case)[0],
        paragraphs=lambda: said(case)[1],
        action=(entries.address(case.entry.id, member), BUTTON),
        reference=f"award-{purpose}.{member}.{stamp or 'once'}",
    )


async def _case(member: UUID, stamp: str) -> Case | None:
    row = await fetch_one("SELECT entry FROM entry_member WHERE id = $1 AND removed_at IS NULL", member)
    if row is None:
        return None
    party = await members.of(row["entry"])
    me = next((one for one in party if one.id == member and one.email), None)
    if me is None:
        return None
    last = await versions.latest(row["entry"])
    entry = await entries.any_entry(row["entry"])
    return Case(entry, me, tuple(party), stamp, last.digest if last else b"")


async def _is_true(purpose: Purpose, case: Case) -> bool:
    """Whether what a mail says still holds."""
    if purpose == "sign":
        return case.digest.hex().startswith(case.stamp) and case.member.signed_digest != case.digest
    if purpose == "submitted":
        return case.entry.state == "submitted" and case.digest.hex().startswith(case.stamp)
    if purpose == "nominated":
        return case.entry.awaits_consent and case.entry.state == "draft"
    return (case.entry.state == "withdrawn") == (purpose == "withdrawn")


async def _with_decision(case: Case) -> Case:
    found = (await screening.decisions(entry=case.entry.id)).get(case.entry.id, [])
    one = next(decided for decided in found if str(decided.id) == case.stamp)
    return Case(case.entry, case.member, case.party, case.stamp, case.digest, one.outcome, one.reason)
