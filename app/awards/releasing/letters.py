"""The mail that tells an applicant the result: in his language, with what judges wrote to him."""

from uuid import UUID

from app.awards import mailing
from app.awards.entering import entries
from app.awards.entering.members import Held
from app.awards.releasing import feedback
from app.awards.releasing.feedback import Told
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.mail import Mail

BUTTON = gettext_lazy("See the result")


async def written(*, release: UUID, member: UUID) -> Mail | None:
    """Write the mail about a released result; None for a member who has left or was erased."""
    found = await feedback.of_release(release=release, member=member)
    if found is None:
        return None
    held, told = found
    return await mailing.letter(
        to=held.me.email,
        to_name=held.me.name,
        language=held.me.language,
        subject=lambda: _("The result of %(award)s", award=text(held.entry.award.title)),
        paragraphs=lambda: _paragraphs(held, told),
        action=(entries.address(held.entry.id, member, "result"), BUTTON),
        reference=f"award-result.{release}.{member}",
    )


def _paragraphs(held: Held, told: Told) -> list[str]:
    about = _("About your entry number %(n)s in %(category)s (%(round)s):", n=held.entry.number,
              category=text(held.entry.category.title), round=text(told.round))  # fmt: skip
    if not told.comments:
        return [about, told.words]
    return [about, told.words, _("This is what judges wrote to you:"), *told.comments]
