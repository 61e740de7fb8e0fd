"""What the pages of the console have in common: a form on its way, the tabs of an event, the words of its state."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile
from msgspec import Struct

from app.core.errors import FieldError, Invalid, Outdated
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.edits import Edit
from app.events.history import field_words
from app.events.owned import Held, OwnEvent, OwnVenue
from app.people.roles import Principal

REFUSED = (Invalid, Outdated)
"""Ways in which a form comes back."""
MODES = {
    "on_site": gettext_lazy("On site"),
    "online": gettext_lazy("Online"),
    "hybrid": gettext_lazy("On site and online"),
}
SCOPES = {
    "core": gettext_lazy("Core"),
    "linked": gettext_lazy("Linked"),
    "out": gettext_lazy("Not counted"),
}
STATES = {
    "draft": (gettext_lazy("Draft"), "quiet"),
    "published": (gettext_lazy("Published"), "success"),
    "canceled": (gettext_lazy("Canceled"), "error"),
    "over": (gettext_lazy("Over"), ""),
}
"""Word and colour of each state."""
WANTED = {
    "stream_url": gettext_lazy("Give an address that begins with https://."),
    "url": gettext_lazy("Give an address that begins with https://."),
    "slug": gettext_lazy("Use small letters, digits and hyphens only."),
    "from_time": gettext_lazy("Give a time such as 09:30."),
    "to_time": gettext_lazy("Give a time such as 09:30."),
    "opens_at": gettext_lazy("Give a time such as 09:30."),
    "closes_at": gettext_lazy("Give a time such as 09:30."),
}
"""What a field wants, when what was typed has the wrong form."""
DONE = {
    "created": gettext_lazy("Your draft is there. Nobody else sees it yet."),
    "published": gettext_lazy("Published. Everybody can see it now."),
    "unpublished": gettext_lazy("Taken out of the programme. It is a draft again."),
    "reinstated": gettext_lazy("It takes place after all, and is shown so."),
    "another": gettext_lazy("Added. Here is the form for the next one."),
}


class Typed(dict[str, Any]):
    """What was typed; a field in which nothing was typed is None."""

    def __missing__(self, name: str) -> None:
        """Answer for an empty field."""


class Form(Struct, frozen=True):
    """A form on its way: what was typed, the revision it was made from, the button, and what is wrong."""

    typed: dict[str, Any] = {}
    seen: int = -1
    action: str = ""
    errors: list[FieldError] = []
    status: int = 200

    def refused(self, error: Invalid | Outdated, **wanted: str) -> "Form":
        """Return the form as it is shown again; an outdated one may be sent again as it stands.

        `wanted` says of fields what this form wants, where that is more than `WANTED` says.
        """
        seen = error.revision if isinstance(error, Outdated) else self.seen
        errors = [_plainer(one, {**WANTED, **wanted}) for one in error.errors]
        return msgspec.structs.replace(self, errors=errors, status=int(error.status), seen=seen)


def _plainer(error: FieldError, wanted: Mapping[str, str]) -> FieldError:
    """Say what the field wants, where there is more to say than that its form is wrong."""
    words = wanted.get(error.field) if error.code == "format" else None
    return msgspec.structs.replace(error, detail=str(words)) if words else error


def who(request: Request) -> Principal:
    """Return whoever asks."""
    principal: Principal = request.scope["user"]
    return principal


async def sent(request: Request) -> Form:
    """Read a form."""
    typed = await read_form(request)
    typed.pop("csrf", None)
    seen = str(typed.pop("seen", ""))
    return Form(typed, int(seen) if seen.isdecimal() and len(seen) < 10 else -1, str(typed.get("action", "")))


async def chosen_file(form: Form) -> bytes:
    """Take the file out of a form and return its bytes. Raises `Invalid` when none was chosen."""
    file = form.typed.pop("file", None)
    data = await file.read() if isinstance(file, UploadFile) else b""
    if not data:
        raise Invalid([FieldError("file", "required", _("Please choose a file."))])
    return data


def filled(edit: Edit, revision: int) -> Form:
    """Return the form of what is stored."""
    plain = msgspec.to_builtins(edit)
    return Form({name: value for name, value in plain.items() if value is not None}, revision)


def form_page(request: Request, template: str, form: Form, **values: Any) -> Response[str]:
    """Show a form, with everything typed and everything wrong."""
    return page(
        request,
        template,
        status=form.status,
        form=Typed(form.typed),
        seen=form.seen,
        errors=form.errors,
        labels={_name(error.field): field_words(_name(error.field)) for error in form.errors},
        outdated=form.status == Outdated.status,
        **values,
    )


def _name(field: str) -> str:
    """Return the name of a field as forms write it: `speakers.0.name` for `speakers[0].name`."""
    return field.replace("[", ".").replace("]", "")


def address(event: UUID, *parts: object) -> str:
    """Return the address of an event in the console, or of something below it."""
    return "/".join(["/console/events", str(event), *map(str, parts)])


def state_of(event: OwnEvent, zone: str, now: dt.datetime) -> str:
    """Return the state of an event, one of `STATES`."""
    if event.canceled_at:
        return "canceled"
    if not event.published_at:
        return "draft"
    return "over" if event.last_day < now.astimezone(ZoneInfo(zone)).date() else "published"


def event_frame(
    own: Held, here: str = "", *, now: dt.datetime, below: str = "", between: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return what the frame of an event's console shows; `here` is a tab, `below` a page under it.

    `between` are the addresses and names of pages that lie between the two.
    """
    event, title = own.event, text(own.event.title)
    crumbs = [("/console", _("Events")), (address(event.id), title)]
    tabs = dict(_tabs(event.id))
    if here:
        crumbs.append((address(event.id, here), tabs.get(address(event.id, here), here)))
    crumbs += between
    if below:
        crumbs.append(("", below))
    return {
        "own": own,
        "base": address(event.id),
        "state": STATES[state_of(event, own.convention.zone, now)],
        "event_tabs": list(tabs.items()),
        "here": address(event.id, here) if here else address(event.id),
        "crumbs": crumbs,
        "done_words": DONE,
    }


def _tabs(event: UUID) -> list[tuple[str, str]]:
    return [
        (address(event), _("Overview")),
        (address(event, "texts"), _("Texts")),
        (address(event, "sessions"), _("Sessions")),
        (address(event, "places"), _("Venues and gates")),
        (address(event, "tickets"), _("Tickets")),
        (address(event, "guests"), _("Guests")),
        (address(event, "messages"), _("Messages")),
        (address(event, "walk-ups"), _("Walk-ups")),
        (address(event, "reports"), _("Video platforms")),
        ("/console/staff", _("Staff")),
        (address(event, "preview"), _("Preview")),
        (address(event, "history"), _("History")),
    ]


def venue_options(venues: list[OwnVenue]) -> list[tuple[str, str]]:
    """Return what a select of venues offers."""
    return [(str(venue.id), text(venue.name)) for venue in venues]


def missing_languages(content: dict[str, str], tags: list[str]) -> list[str]:
    """Return the languages in which a text is not written."""
    return [tag for tag in tags if not content.get(tag)]
