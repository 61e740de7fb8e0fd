"""A small application with the real frame and the real error handlers, and routes that misbehave on purpose."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import httpx
import msgspec
from litestar import Litestar, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.static_files import create_static_files_router

from app.core.errors import DomainError, TooManyRequests
from app.core.settings import ROOT
from app.core.validation import Address, Line, Name
from app.core.web.forms import read_form
from app.core.web.frame import Frame
from app.core.web.pages import page
from app.core.web.problems import EXCEPTION_HANDLERS
from app.core.web.request import Request
from app.core.web.short import LARGEST_BODY
from tests.clock import NOW


class SoldOut(DomainError):
    """Nothing is left."""


class Guest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    age: Annotated[int, msgspec.Meta(ge=0, le=150)] | None = None


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Address
    party: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=3)]
    note: Line = ""


@post("/api/v1/orders")
async def order(data: JSONBody[Order]) -> Order:
    return data


@get("/hello")
async def hello(request: Request) -> Response[str]:
    return page(request, "core/layout.html")


@get("/items/{number:int}")
async def item(number: FromPath[int]) -> int:
    return number


@get(["/boom", "/api/v1/boom"])
async def boom() -> None:
    raise RuntimeError("the password is swordfish")


@get(["/slow", "/api/v1/slow"])
async def slow() -> None:
    raise TooManyRequests(retry_after=7)


@get(["/full", "/api/v1/full"])
async def full() -> None:
    raise SoldOut("Saturday is full.", left=0)


TROUBLES: dict[str, Callable[[], Awaitable[object]]] = {}
"""What a test lets a handler run into."""


@get(["/trouble/{name:str}", "/api/v1/trouble/{name:str}"])
async def trouble(name: FromPath[str]) -> None:
    await TROUBLES[name]()


@get("/static/assets/app-DEYySPkK.css", media_type="text/css")
async def hashed() -> str:
    return "p {}"


@post("/form")
async def form(request: Request) -> dict[str, Any]:
    return await read_form(request)


def application() -> Frame:
    static = create_static_files_router(path="/static", directories=[ROOT / "core"], include_in_schema=False)
    app = Litestar(
        [order, hello, item, boom, slow, full, form, trouble, hashed, static],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=Request,
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
    )
    app.state.clock = lambda: NOW
    return Frame(app)


APPLICATION = application()


def browser(**headers: str) -> httpx.AsyncClient:
    """Return a client that asks for pages, as browsers do."""
    transport = httpx.ASGITransport(APPLICATION, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers={"accept": "text/html", **headers})
