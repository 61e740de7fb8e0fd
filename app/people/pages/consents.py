"""Pages of the office on which the texts people agree to are written, looked at, published and retired."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, FieldError, Invalid
from app.core.validation import check, problems
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import consents
from app.people.consents import PURPOSES, ConsentTexts, NotADraft, VersionTaken

HOME = "/office/consents"


@get(HOME, include_in_schema=False)
async def show_texts(request: Request) -> Response[str]:
    """List the texts, and how many agreed to each."""
    texts = await consents.all_texts()
    agreed = await consents.agreed([text.version for text in texts])
    return page(request, "people/consents.html", texts=texts, agreed=agreed, purposes=PURPOSES)


@get(f"{HOME}/new", include_in_schema=False)
async def show_new(request: Request) -> Response[str]:
    """Show the form of a new text."""
    return _form(request, HOME + "/new", {})


@post(f"{HOME}/new", include_in_schema=False)
async def add(request: Request) -> Response[Any]:
    """Write a draft."""
    form = await read_form(request)
    try:
        actor = request.scope["user"].actor
        text = await consents.add(texts=_typed(form), actor=actor, now=request.now)
    except (Invalid, VersionTaken) as error:
        return _form(request, HOME + "/new", form, error)
    return done(f"{HOME}/{text}", "saved")


def _typed(form: dict[str, Any]) -> ConsentTexts:
    """Read a form, or name all that is wrong: what its types say and the languages that lack."""
    raw = {name: value for name, value in form.items() if name != "csrf"}
    errors = problems(raw, ConsentTexts)
    if errors:
        named = {error.field for error in errors}
        title, body = (raw[name] if isinstance(raw.get(name), dict) else {} for name in ("title", "body"))
        raise Invalid(errors + [e for e in consents.wrong_words(title, body) if e.field not in named])
    return check(raw, ConsentTexts)


def _form(request: Request, action: str, form: dict[str, Any], error: DomainError | None = None) -> Response[str]:
    errors = error.errors if isinstance(error, Invalid) else []
    if isinstance(error, VersionTaken | NotADraft):
        errors = [FieldError("version", "taken", error.detail)]
    return page(
        request,
        "people/consent_form.html",
        status=422 if error else 200,
        action=action,
        typed=form,
        purposes=list(PURPOSES.items()),
        errors=errors,
    )


@get(f"{HOME}/{{text:uuid}}", include_in_schema=False)
async def show_text(request: Request, text: FromPath[UUID]) -> Response[str]:
    """Show a text as people see it, in every language, with what can be done with it."""
    found = await consents.one_text(text)
    agreed = await consents.agreed([found.version])
    return page(
        request, "people/consent_text.html", one=found, agreed=agreed.get(found.version, (0, 0)), purposes=PURPOSES
    )


@get(f"{HOME}/{{text:uuid}}/edit", include_in_schema=False)
async def show_edit(request: Request, text: FromPath[UUID]) -> Response[str]:
    """Show the form of a draft."""
    found = await consents.one_text(text)
    if found.state != "draft":
        raise NotADraft
    typed = {name: getattr(found, name) for name in ("purpose", "version", "title", "body", "required")}
    return _form(request, f"{HOME}/{text}/edit", typed)


@post(f"{HOME}/{{text:uuid}}/edit", include_in_schema=False)
async def change(request: Request, text: FromPath[UUID]) -> Response[Any]:
    """Write a draft anew."""
    form = await read_form(request)
    try:
        await consents.change(text=text, texts=_typed(form), actor=request.scope["user"].actor, now=request.now)
    except (Invalid, VersionTaken) as error:
        return _form(request, f"{HOME}/{text}/edit", form, error)
    return done(f"{HOME}/{text}", "saved")


@post(f"{HOME}/{{text:uuid}}/publish", include_in_schema=False)
async def publish(request: Request, text: FromPath[UUID]) -> Response[bytes]:
    """Publish a draft: from now on registrations show it."""
    await consents.publish(text=text, actor=request.scope["user"].actor, now=request.now)
    return done(f"{HOME}/{text}", "published")


@post(f"{HOME}/{{text:uuid}}/retire", include_in_schema=False)
async def retire(request: Request, text: FromPath[UUID]) -> Response[bytes]:
    """Take a text out of the forms."""
    await consents.retire(text=text, actor=request.scope["user"].actor, now=request.now)
    return done(f"{HOME}/{text}", "retired")


@post(f"{HOME}/{{text:uuid}}/discard", include_in_schema=False)
async def discard(request: Request, text: FromPath[UUID]) -> Response[bytes]:
    """Delete a draft."""
    await consents.discard(text=text, actor=request.scope["user"].actor, now=request.now)
    return done(HOME, "removed")


HANDLERS = [show_texts, show_new, add, show_text, show_edit, change, publish, retire, discard]
