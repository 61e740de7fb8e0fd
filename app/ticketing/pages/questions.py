"""Console, tickets of an event: what the form asks."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import desk
from app.events.errors import StillNeeded
from app.events.owned import Held
from app.events.pages.frame import REFUSED, Form, event_frame, filled, form_page, sent, who
from app.ticketing.pages.console import said
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up import questions
from app.ticketing.setting_up.edits import NewQuestion, QuestionEdit
from app.ticketing.setting_up.questions import OwnQuestion

KINDS = {
    "text": gettext_lazy("A line"),
    "paragraph": gettext_lazy("Several lines"),
    "choice": gettext_lazy("One of several choices"),
    "choices": gettext_lazy("Any of several choices"),
    "yes_no": gettext_lazy("Yes or no"),
    "date": gettext_lazy("A date"),
    "country": gettext_lazy("A country or region"),
    "file": gettext_lazy("A file (PDF, JPEG or PNG)"),
}
SAID = {
    "copied": gettext_lazy("Copied. The copy is not asked yet."),
    "retired": gettext_lazy("It is asked no more. Its answers stay."),
    "asked": gettext_lazy("It is asked from now on."),
}


class Nobody:
    """Stands for the person who would answer, where a question is only shown."""

    p = "preview"
    number = 1

    @staticmethod
    def answer(_question: OwnQuestion) -> str:
        """Answer nothing."""
        return ""


SHOWN: dict[str, Any] = {"nobody": Nobody, "no_choices": lambda _value: (), "no_countries": lambda _value: ""}
"""What the form's own macro wants to know of somebody who answers."""


def questions_path(event: UUID) -> str:
    """Return the address of the questions of an event."""
    return f"/console/events/{event}/questions"


@get("/console/events/{event:uuid}/questions", include_in_schema=False)
async def show_questions(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show what is asked of whoever comes to an event."""
    return await _overview(request, event)


async def _overview(request: Request, event: UUID, refusal: DomainError | None = None) -> Response[str]:
    principal = who(request)
    own = await desk.own_event(principal=principal, event=event)
    found = await questions.of_event(event=event, principal=principal)
    types = await console.types_asked(own.convention.id, None)
    frame = event_frame(own, "tickets", now=request.now, below=_("Questions in the form"))
    return page(
        request,
        "ticketing/console/questions.html",
        status=refusal.status if refusal else 200,
        **frame | {"done_words": {**frame["done_words"], **SAID}},
        **SHOWN,
        own_questions=[q for q in found if q.event and q.retired_at is None],
        city_questions=[q for q in found if not q.event and q.retired_at is None],
        retired=[q for q in found if q.retired_at and q.mine],
        asked=[q for q in found if q.retired_at is None],
        types={t.id: t.title for t in types},
        kinds=KINDS,
        is_city=console.may_change(principal, None),
        refusal=said(refusal) if refusal else "",
    )


@get("/console/events/{event:uuid}/questions/new", include_in_schema=False)
async def show_new_question(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new question."""
    own = await desk.own_event(principal=who(request), event=event)
    city = {"city": "true"} if request.query_params.get("city") else {}
    return await _form(request, own, Form({"form": str(uuid4()), **city}))


@post("/console/events/{event:uuid}/questions/new", include_in_schema=False, status_code=200)
async def add_question(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Add a question; with "save and add another" its form comes again."""
    form = await _sent(request)
    own = await desk.own_event(principal=who(request), event=event)
    try:
        edit = check(form.typed, NewQuestion)
        await questions.add(event=event, edit=edit, principal=who(request), now=request.now)
    except Invalid as error:
        return await _form(request, own, form.refused(error))
    if form.action == "another":
        return done(f"{questions_path(event)}/new{'?city=1' if edit.city else ''}", "another")
    return done(questions_path(event), "added")


async def _sent(request: Request) -> Form:
    """Read the form of a question; which button was pressed is no part of it."""
    form = await sent(request)
    typed = {name: value for name, value in form.typed.items() if name != "action"}
    return Form(listed(typed, "types", "shown"), form.seen, form.action)


async def _form(request: Request, own: Held, form: Form, held: OwnQuestion | None = None) -> Response[str]:
    """Show the form of a question with what was typed."""
    event, city = own.event.id, form.typed.get("city") in {"true", True}
    found = await questions.of_event(event=event, principal=who(request))
    types = await console.types_asked(own.convention.id, None if city else event)
    below = text(held.label) if held else _("New question")
    above = [(questions_path(event), _("Questions in the form"))]
    return form_page(
        request,
        "ticketing/console/question.html",
        form,
        **event_frame(own, "tickets", now=request.now, below=below, between=above),
        **SHOWN,
        held=held,
        asked=found,
        kinds=KINDS,
        city=city,
        types=[(t.id, text(t.title)) for t in types],
        leading=_leading(found, held, city=city),
    )


def _leading(found: list[OwnQuestion], held: OwnQuestion | None, *, city: bool) -> list[tuple[str, str]]:
    """Return the answers on which a question may hang: of those asked before it."""
    before = found[: found.index(held)] if held in found else found
    asked = [q for q in before if q.retired_at is None and q.kind in questions.LEADING and not (city and q.event)]
    return [(f"{q.slug}:{value}", f"{text(q.label)} – {words}") for q in asked for value, words in q.values.items()]


@get("/console/events/{event:uuid}/questions/{question:uuid}", include_in_schema=False)
async def show_question(request: Request, event: FromPath[UUID], question: FromPath[UUID]) -> Response[str]:
    """Show the form of a question."""
    own = await desk.own_event(principal=who(request), event=event)
    held = await questions.own_question(event=event, question=question, principal=who(request))
    return await _form(request, own, filled(questions.edit_of(held), held.revision), held)


@post("/console/events/{event:uuid}/questions/{question:uuid}", include_in_schema=False, status_code=200)
async def save_question(request: Request, event: FromPath[UUID], question: FromPath[UUID]) -> Response[Any]:
    """Save a question."""
    form = await _sent(request)
    own = await desk.own_event(principal=who(request), event=event)
    try:
        await questions.change(
            event=event,
            question=question,
            edit=check(form.typed, QuestionEdit),
            seen=form.seen,
            principal=who(request),
            now=request.now,
        )
    except REFUSED as error:
        held = await questions.own_question(event=event, question=question, principal=who(request))
        return await _form(request, own, form.refused(error), held)
    return done(questions_path(event), "saved")


@post("/console/events/{event:uuid}/questions/{question:uuid}/copy", include_in_schema=False)
async def copy_question(request: Request, event: FromPath[UUID], question: FromPath[UUID]) -> Response[bytes]:
    """Copy a question; the copy is not asked yet."""
    await questions.copy(event=event, question=question, principal=who(request), now=request.now)
    return done(questions_path(event), "copied")


@post("/console/events/{event:uuid}/questions/{question:uuid}/move", include_in_schema=False, status_code=200)
async def move_question(request: Request, event: FromPath[UUID], question: FromPath[UUID]) -> Response[Any]:
    """Move a question up or down."""
    earlier = (await read_form(request)).get("to") == "earlier"
    try:
        await questions.move(event=event, question=question, earlier=earlier, principal=who(request), now=request.now)
    except StillNeeded as error:
        return await _overview(request, event, error)
    return done(questions_path(event), "saved")


@post("/console/events/{event:uuid}/questions/{question:uuid}/retire", include_in_schema=False, status_code=200)
async def retire_question(request: Request, event: FromPath[UUID], question: FromPath[UUID]) -> Response[Any]:
    """Ask a question no more, or again."""
    asked = (await read_form(request)).get("asked") == "true"
    try:
        await questions.retire(event=event, question=question, asked=asked, principal=who(request), now=request.now)
    except StillNeeded as error:
        return await _overview(request, event, error)
    return done(questions_path(event), "asked" if asked else "retired")


HANDLERS = [
    show_questions,
    show_new_question,
    add_question,
    show_question,
    save_question,
    copy_question,
    move_question,
    retire_question,
]
