"""Console, messages to the guests of an event: written, looked at, tried out, sent once."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, ngettext
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import Form, event_frame, form_page, sent, who
from app.ticketing.mails.message import sender_of
from app.ticketing.messages import drafts, recipients, sending
from app.ticketing.messages.drafts import AlreadySent, Message, MessageEdit
from app.ticketing.messages.sending import NoAddress, NobodyToSendTo

KINDS = {
    "service": gettext_lazy("For everybody with a valid ticket"),
    "news": gettext_lazy("News, for those who agreed to get them"),
}
SAID = {
    "tried": gettext_lazy("The test is on its way to your own mailbox."),
    "going": gettext_lazy("The message is on its way."),
}


def messages_path(event: UUID, *parts: object) -> str:
    """Return the address of the messages of an event, or of something below."""
    return "/".join([f"/console/events/{event}/messages", *map(str, parts)])


def _frame(own: Any, request: Request, below: str = "") -> dict[str, Any]:
    frame = event_frame(own, "messages", now=request.now, below=below)
    return frame | {"done_words": {**frame["done_words"], **SAID}}


@get("/console/events/{event:uuid}/messages", include_in_schema=False)
async def show_messages(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show what was written to the guests."""
    principal = who(request)
    own = await desk.own_event(principal=principal, event=event)
    found = await drafts.of_event(event=event, principal=principal)
    frame = _frame(own, request)
    return page(request, "ticketing/console/messages.html", headers=UNKEPT, **frame, messages=found, kinds=KINDS)


@get("/console/events/{event:uuid}/messages/new", include_in_schema=False)
async def show_new_message(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new message."""
    return await _form(request, event, Form({"form": str(uuid4())}))


@post("/console/events/{event:uuid}/messages/new", include_in_schema=False, status_code=200)
async def add_message(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Write a draft and lead to it."""
    form = await sent(request)
    try:
        edit = check(form.typed, MessageEdit)
        message = await drafts.add(event=event, edit=edit, principal=who(request), now=request.now)
    except Invalid as error:
        return await _form(request, event, form.refused(error))
    return done(messages_path(event, message), "saved")


async def _form(request: Request, event: UUID, form: Form, held: Message | None = None) -> Response[str]:
    """Show the form of a message with what was typed."""
    own = await desk.own_event(principal=who(request), event=event)
    below = _("Change the message") if held else _("New message")
    return form_page(
        request,
        "ticketing/console/message_form.html",
        form,
        **_frame(own, request, below),
        held=held,
        kinds=list(KINDS.items()),
    )


@get("/console/events/{event:uuid}/messages/{message:uuid}/edit", include_in_schema=False)
async def show_message_form(request: Request, event: FromPath[UUID], message: FromPath[UUID]) -> Response[str]:
    """Show the form of a draft."""
    held = await drafts.own(event=event, message=message, principal=who(request))
    if held.sent_at:
        raise AlreadySent
    return await _form(request, event, _filled(held), held)


def _filled(held: Message) -> Form:
    return Form({"kind": held.kind, "subject": dict(held.subject), "body": dict(held.body)})


@post("/console/events/{event:uuid}/messages/{message:uuid}/edit", include_in_schema=False, status_code=200)
async def save_message(request: Request, event: FromPath[UUID], message: FromPath[UUID]) -> Response[Any]:
    """Save a draft."""
    form, principal = await sent(request), who(request)
    try:
        edit = check(form.typed, MessageEdit)
        await drafts.change(event=event, message=message, edit=edit, principal=principal, now=request.now)
    except Invalid as error:
        held = await drafts.own(event=event, message=message, principal=principal)
        return await _form(request, event, form.refused(error), held)
    return done(messages_path(event, message), "saved")


@get("/console/events/{event:uuid}/messages/{message:uuid}", include_in_schema=False)
async def show_message(request: Request, event: FromPath[UUID], message: FromPath[UUID]) -> Response[str]:
    """Show a message as its readers will see it, to how many it goes, or how far it is."""
    return await _shown(request, event, message)


async def _shown(request: Request, event: UUID, message: UUID, refusal: DomainError | None = None) -> Response[str]:
    principal = who(request)
    own = await desk.own_event(principal=principal, event=event)
    held = await drafts.own(event=event, message=message, principal=principal)
    going = held.sent_at and await recipients.progress(
        message=message, recipients=held.recipients, sent_at=held.sent_at, now=request.now
    )
    number = 0 if held.sent_at else await recipients.count(sending.whom(held, principal))
    return page(
        request,
        "ticketing/console/message.html",
        status=int(refusal.status) if refusal else 200,
        headers=UNKEPT,
        **_frame(own, request, _("Message")),
        held=held,
        kind=KINDS[held.kind],
        going=going,
        number=number,
        to=ngettext("%(n)s address", "%(n)s addresses", number),
        sender=await sender_of(event),
        refusal=str(refusal.title) if refusal else "",
    )


@post("/console/events/{event:uuid}/messages/{message:uuid}/test", include_in_schema=False, status_code=200)
async def send_test(request: Request, event: FromPath[UUID], message: FromPath[UUID]) -> Response[Any]:
    """Send a message to whoever asks, in the language of the page."""
    try:
        await sending.test(
            event=event, message=message, principal=who(request), language=request.language, now=request.now
        )
    except NoAddress as error:
        return await _shown(request, event, message, error)
    return done(messages_path(event, message), "tried")


@post("/console/events/{event:uuid}/messages/{message:uuid}/send", include_in_schema=False, status_code=200)
async def send_message(request: Request, event: FromPath[UUID], message: FromPath[UUID]) -> Response[Any]:
    """Send a message to everybody it is for; the second of two clicks only shows how far it is."""
    try:
        await sending.send(event=event, message=message, principal=who(request), now=request.now)
    except NobodyToSendTo as error:
        return await _shown(request, event, message, error)
    except AlreadySent:
        pass
    return done(messages_path(event, message), "going")


@post("/console/events/{event:uuid}/messages/{message:uuid}/discard", include_in_schema=False, status_code=200)
async def discard_message(request: Request, event: FromPath[UUID], message: FromPath[UUID]) -> Response[Any]:
    """Throw a draft away."""
    await drafts.discard(event=event, message=message, principal=who(request), now=request.now)
    return done(messages_path(event), "removed")


HANDLERS = [
    show_messages,
    show_new_message,
    add_message,
    show_message,
    show_message_form,
    save_message,
    send_test,
    send_message,
    discard_message,
]
