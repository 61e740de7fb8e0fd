"""The OpenAPI document says what the application does: its routes, its bounds, its refusals."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from msgspec import inspect

from app.asgi import create_app, routes
from app.core.web.contract import described
from app.core.web.frame import Frame
from app.people.limited import LIMITS
from app.people.policy import POLICY
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for

APP = create_app(clock=lambda: NOW)
PROBLEM = {"$ref": "#/components/schemas/Problem"}
WORDS = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "pattern": "pattern",
}  # fmt: skip


@pytest.fixture
async def document(app: Frame, rollback: None) -> dict[str, Any]:
    async with client(app, await token_for("partner")) as partner:
        found: dict[str, Any] = (await partner.get("/schema/openapi.json")).json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def test_every_route_for_programs_is_described(document: dict[str, Any]) -> None:
    described_routes = set(operations(document))
    for_programs = (" /api/v1/", " /open-data/")
    assert described_routes == {route for route in routes(APP) if any(part in route for part in for_programs)}
    assert document["openapi"].startswith("3.1")


def test_who_may_ask_is_what_the_policy_says(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        open_to_all = "anonymous" in POLICY[name]
        assert ("security" not in operation) is open_to_all, name
        if not open_to_all:
            assert {"token": []} in operation["security"], name
            assert operation["x-roles"] == sorted(POLICY[name]), name
            assert operation["responses"].keys() >= {"401", "403"}, name
    assert {
        key for security in operations(document).values() for way in security.get("security", []) for key in way
    } <= set(document["components"]["securitySchemes"])


def test_what_can_go_wrong_is_described_as_a_problem(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        found = {s: a for s, a in operation["responses"].items() if not s.startswith("2") and s != "304"}
        for status, answer in found.items():
            assert answer["content"]["application/problem+json"]["schema"] == PROBLEM, (name, status)
        expected = {"default"}
        expected |= {"404"} if "{" in name else set()
        expected |= {"400", "409", "413", "415", "422"} if "requestBody" in operation else set()
        expected |= {"429"} if name in LIMITS or name.endswith("/registrations") else set()
        assert expected <= set(found), name
        if "429" in found:
            assert found["429"]["headers"]["Retry-After"]["schema"] == {"type": "integer", "minimum": 1}
    assert "status_code" not in msgspec.json.encode(document).decode(), "no shape of errors but ours"


def test_registering_needs_its_key(document: dict[str, Any]) -> None:
    operation = operations(document)["POST /api/v1/conventions/{convention}/registrations"]
    (key,) = (p for p in operation["parameters"] if p["in"] == "header")
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)
    assert key["schema"] == {"type": "string", "minLength": 1, "maxLength": 200}


@pytest.mark.parametrize("key", [None, "", "x" * 201, "\x7f"])
async def test_and_the_application_needs_it_too(http: httpx.AsyncClient, key: str | None) -> None:
    headers = {} if key is None else {"idempotency-key": key}
    member = {"name": "a", "residence": "JP", "ticket_type": "citywide-pass"}
    wish = {"email": "a@example.org", "consents": ["terms-2026"], "party": [member]}
    answer = await http.post("/api/v1/conventions/yokohama-2026/registrations", json=wish, headers=headers)
    assert answer.status_code == 400


def test_bodies_are_described_with_every_bound(document: dict[str, Any]) -> None:
    compared = 0
    for route, handler in described(APP):
        if handler.parsed_data_field is None:
            continue
        (method,) = handler.http_methods
        body = operations(document)[f"{method} {route.path_format}"]["requestBody"]
        assert body["required"] is True
        kind = inspect.type_info(handler.parsed_data_field.annotation)
        for place, problem in differences(kind, body["content"]["application/json"]["schema"], document, "body"):
            compared += 1
            assert not problem, (place, problem)
    assert compared >= 25, "every field of every Struct that comes in"


def differences(
    kind: inspect.Type, schema: dict[str, Any], document: dict[str, Any], place: str
) -> Iterator[tuple[str, str]]:
    """Compare a type with its schema, here and below: yields (place, what is missing or empty)."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(kind, inspect.UnionType):
        kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        schemas = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
        for one, other in zip(kinds, schemas, strict=True):
            yield from differences(one, other, document, place)
        return
    yield place, missing(kind, schema)
    if isinstance(kind, inspect.StructType):
        assert set(schema["properties"]) == {field.encode_name for field in kind.fields}, place
        assert set(schema["required"]) == {field.encode_name for field in kind.fields if field.required}, place
        assert (schema.get("additionalProperties") is False) is kind.forbid_unknown_fields, place
        for field in kind.fields:
            below = schema["properties"][field.encode_name]
            yield from differences(field.type, below, document, f"{place}.{field.encode_name}")
    item = getattr(kind, "item_type", None)
    if item is not None:
        yield from differences(item, schema["items"], document, f"{place}[]")


def missing(kind: inspect.Type, schema: dict[str, Any]) -> str:
    size = "Items" if hasattr(kind, "item_type") else "Properties" if hasattr(kind, "key_type") else "Length"
    words = {**WORDS, "min_length": f"min{size}", "max_length": f"max{size}"}
    for name, word in words.items():
        bound = None if isinstance(kind, inspect.BytesType) else getattr(kind, name, None)  # there in base 64
        if bound is not None and schema.get(word) != bound:
            return f"{word} is {schema.get(word)} instead of {bound}"
    return ""


def test_parameters_are_described_with_their_bounds(document: dict[str, Any]) -> None:
    operation = operations(document)["GET /api/v1/kpi/overseas-participants/people"]
    found = {p["name"]: p["schema"] for p in operation["parameters"]}
    assert found["fiscal_year"] == {"type": "integer", "minimum": 2000, "maximum": 2100}
    assert found["limit"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    assert found["cursor"] == {"type": "string", "format": "uuid"}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = msgspec.json.encode(document).decode()
    for name in {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert name in document["components"]["schemas"], name


def test_nothing_in_it_is_made_up(document: dict[str, Any]) -> None:
    assert '"examples":' not in msgspec.json.encode(document).decode()
