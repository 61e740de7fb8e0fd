"""The OpenAPI document, completed with what Litestar leaves out: who may ask, what can go wrong, every bound."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from litestar import Litestar
from litestar.connection import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from litestar.types import Empty
from litestar.typing import FieldDefinition

REF = "#/components/schemas/{name}"
JSON = "application/json"
SAFE = {"get", "head", "options"}
SIGNED_IN: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
SIGNED_IN_FORM: list[dict[str, list[str]]] = [{"token": []}, {"session": [], "csrf": []}]
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-machi_session",
        "description": "A signed-in browser; without https the name has no `__Host-`.",
    },
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
}
BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "pattern": "pattern",
}


class FieldProblem(msgspec.Struct):
    """One wrong field: its path, a stable code, a sentence for people."""

    field: str
    code: str
    detail: str


class Problem(msgspec.Struct, kw_only=True):
    """What went wrong (RFC 9457); `type` ends in a word that stays the same."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None
    retry_after: int | None = None


SAYS = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in, or the token is not valid.",
    "403": "The role does not open this door, or the request came from another site.",
    "404": "There is nothing here, or nothing for you.",
    "409": "The request conflicts with the present state.",
    "413": "The body is larger than the limit.",
    "415": "The body is not declared as JSON.",
    "422": "Some fields are wrong; `errors` lists every one of them.",
    "429": "Too many requests; `Retry-After` says when to come back.",
    "default": "Any other problem.",
}
Policy = dict[str, frozenset[Any]]
"""Roles by `METHOD /path`, as the policy has them; a set with `anonymous` is open to everybody."""


class Contract(JsonRenderPlugin):
    """Answers the completed document; it is completed once."""

    def __init__(self, *, policy: Policy, limited: frozenset[str]) -> None:
        super().__init__()
        self.policy = policy
        self.limited = limited
        self.done: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
        if self.done is None:
            plain = msgspec.json.decode(self.render_json(request, openapi_schema))
            self.done = msgspec.json.encode(complete(plain, request.app, policy=self.policy, limited=self.limited))
        return self.done


def complete(document: dict[str, Any], app: Litestar, *, policy: Policy, limited: frozenset[str]) -> dict[str, Any]:
    """Complete the document in place and return it."""
    structs = []
    for route, handler in described(app):
        for method in handler.http_methods:
            operation = document["paths"][route.path_format][method.lower()]
            name = f"{method} {route.path_format}"
            _bound_parameters(operation, handler)
            _secure(operation, method.lower(), policy[name])
            _say_problems(operation, method.lower(), is_closed="security" in operation, is_limited=name in limited)
        structs += _types(handler)
    known = msgspec.json.schema_components([*structs, Problem], ref_template=REF)[1]
    for schema in known.values():
        schema["description"] = cleandoc(schema.get("description", ""))
    schemas = document["components"]["schemas"]
    document["components"] = {"schemas": {**schemas, **known}, "securitySchemes": SCHEMES}
    _drop_examples(document)
    return document


def described(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    """Yield the routes that stand in the document, each with its handlers."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema() and "OPTIONS" not in handler.http_methods:
                    yield route, handler


def _types(handler: HTTPRouteHandler) -> list[Any]:
    """Return what a handler reads and answers, as far as JSON Schema can say it."""
    answers = handler.parsed_fn_signature.return_type
    found = [spec.data_container for spec in (handler.responses or {}).values()]
    found += [inner.annotation for inner in (answers.inner_types or (answers,))]
    if handler.parsed_data_field is not None:
        found.append(handler.parsed_data_field.annotation)
    return [kind for kind in found if _is_described(kind)]


def _is_described(kind: Any) -> bool:
    try:
        return bool(msgspec.json.schema_components([kind], ref_template=REF)[1])
    except TypeError:  # a response, bytes, nothing
        return False


def _bound_parameters(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    for field in handler.parsed_fn_signature.parameters.values():
        for parameter in operation.get("parameters", []):
            if parameter["name"] == _name_of(field):
                _bound(parameter, field)


def _name_of(field: FieldDefinition) -> str:
    kwarg = field.kwarg_definition
    return getattr(kwarg, "name", None) or getattr(kwarg, "query", None) or getattr(kwarg, "header", None) or field.name


def _bound(parameter: dict[str, Any], field: FieldDefinition) -> None:
    """Give a parameter its bounds; one that is left out is left out, there is no null in an address."""
    schema = parameter["schema"]
    others = [part for part in schema.pop("oneOf", []) if part != {"type": "null"}]
    if len(others) == 1:
        schema.update(others[0])
    for name, word in BOUNDS.items():
        bound = getattr(field.kwarg_definition, name, None)
        if bound is not None and bound is not Empty:
            schema[word] = bound
    if parameter["name"] == "Idempotency-Key":
        parameter["required"] = True
        schema.update(minLength=1, maxLength=200)


def _secure(operation: dict[str, Any], method: str, roles: frozenset[Any]) -> None:
    if "anonymous" not in roles:
        operation["security"] = SIGNED_IN if method in SAFE else SIGNED_IN_FORM
        operation["x-roles"] = sorted(roles)


def _say_problems(operation: dict[str, Any], method: str, *, is_closed: bool, is_limited: bool) -> None:
    """Describe the problems that can happen, and only those."""
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    reads = "requestBody" in operation
    keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    happens = {
        "400": bool(places) or reads,
        "401": is_closed,
        "403": is_closed or method not in SAFE,
        "404": "path" in places or reads,
        "409": method not in SAFE,
        "413": reads or "413" in operation["responses"],  # said by a route that reads its body by itself
        "415": reads,
        "422": reads or bool(places & {"query", "header"}),
        "429": is_limited or keyed,
        "default": True,
    }
    for status, so in happens.items():
        operation["responses"].pop(status, None)
        if so:
            operation["responses"][status] = _problem(status)


def _problem(status: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": SAYS[status],
        "content": {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}},
    }
    if status == "429":
        found["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}
    return found


def _drop_examples(part: Any) -> None:
    """Take out the random examples that Litestar makes up."""
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            del part["examples"]
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        _drop_examples(inner)
