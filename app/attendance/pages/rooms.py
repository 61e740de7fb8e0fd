"""Pages of the online room: its door, the room itself, and what organisers see of questions and reactions."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.attendance.errors import EnoughAsked
from app.attendance.online import presence, questions
from app.attendance.online.questions import Question, Reaction, Settled
from app.attendance.routes.online import BEAT_SECONDS
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import event_frame, who

MOST_WAIT = 60
"""Seconds after which a waiting room looks again."""
REACTIONS = {
    "applause": ("👏", gettext_lazy("Applause")),
    "heart": ("❤", gettext_lazy("Love it")),
    "laugh": ("😄", gettext_lazy("Laughter")),
    "surprise": ("😮", gettext_lazy("Surprise")),
}
"""The sign of each reaction, and its name for those who do not see it."""
DONE = {
    "asked": gettext_lazy("Your question has been handed in."),
    "reacted": gettext_lazy("Thank you."),
}
SETTLED = {
    "answered": gettext_lazy("Marked as answered."),
    "open": gettext_lazy("Open again."),
    "hidden": gettext_lazy("Hidden."),
    "shown": gettext_lazy("Shown again."),
}


@get("/join/{token:str}", include_in_schema=False)
async def show_door(request: Request, token: FromPath[str]) -> Response[str]:
    """Show what a join link opens, with a button; looking counts nothing, mail scanners look too."""
    room = await presence.door(token)
    return page(request, "attendance/join.html", room=room, token=token, over=request.now >= room.ends_at)


@post("/join/{token:str}", include_in_schema=False)
async def enter(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Go in; time is measured from the first beat of the room's page."""
    found = await presence.enter(token=token, now=request.now)
    return see_other(f"/room/{found.inside}")


@get("/room/{token:str}", include_in_schema=False)
async def show_room(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the room: waiting before the session starts, measuring presence while it runs."""
    return await _room(request, token)


@post("/room/{token:str}/questions", include_in_schema=False, status_code=200)
async def ask(request: Request, token: FromPath[str]) -> Response[Any]:
    """Ask a question."""
    typed = await read_form(request)
    try:
        await questions.ask(token=token, question=check(typed, Question), now=request.now)
    except Invalid as error:
        return await _room(request, token, errors=error.errors, words=str(typed.get("words", "")))
    except EnoughAsked as error:
        return await _room(request, token, errors=[FieldError("words", "enough", str(error.title))])
    return done(f"/room/{token}", "asked")


@post("/room/{token:str}/reactions", include_in_schema=False, status_code=200)
async def react(request: Request, token: FromPath[str]) -> Response[Any]:
    """React to what is said."""
    await questions.react(token=token, reaction=check(await read_form(request), Reaction), now=request.now)
    return done(f"/room/{token}", "reacted")


async def _room(
    request: Request, token: str, *, errors: list[FieldError] | None = None, words: str = ""
) -> Response[str]:
    found = await presence.room(token)
    left = (found.starts_at - request.now).total_seconds()
    return page(
        request,
        "attendance/room.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        read_at=f"/room/{token}",
        room=found,
        token=found.join,
        address=f"/room/{token}",
        beat_seconds=BEAT_SECONDS,
        waiting=left > 0,
        over=request.now >= found.ends_at,
        look_again=max(1, min(MOST_WAIT, int(left) + 1)),
        questions=await questions.own(found),
        reactions=await _reactions(found.session),
        form=str(uuid4()),
        words=words,
        errors=errors or [],
        done_words=DONE,
    )


async def _reactions(session: UUID) -> list[tuple[str, str, str, int]]:
    given = await questions.reactions(session)
    return [(kind, sign, str(name), given.get(kind, 0)) for kind, (sign, name) in REACTIONS.items()]


@get("/console/events/{event:uuid}/sessions/{session:uuid}/room", include_in_schema=False)
async def show_questions(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[str]:
    """Show what was asked in an online room, and how often people reacted."""
    found = await questions.asked(principal=who(request), event=event, session=session)
    own = await desk.own_event(principal=who(request), event=event)
    title = text((await questions.own_session(principal=who(request), event=event, session=session)).title)
    return page(
        request,
        "attendance/console/questions.html",
        headers=UNKEPT,
        **event_frame(own, "sessions", now=request.now, below=title) | {"done_words": SETTLED},
        title=title,
        session=session,
        questions=found,
        reactions=await _reactions(session),
        zone=own.convention.zone,
    )


@post("/console/events/{event:uuid}/sessions/{session:uuid}/room", include_in_schema=False, status_code=200)
async def settle_question(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[Any]:
    """Mark a question as answered, hide it, or take that back."""
    principal = who(request)
    await questions.own_session(principal=principal, event=event, session=session)
    settled = check(await read_form(request), Settled)
    await questions.settle(principal=principal, event=event, session=session, settled=settled, now=request.now)
    return done(f"/console/events/{event}/sessions/{session}/room", settled.deed)


HANDLERS: list[Any] = [show_door, enter, show_room, ask, react, show_questions, settle_question]
