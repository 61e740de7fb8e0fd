"""Known advisories of the libraries we stand on, each tried in the way we use them.

The first table says from which version on a library is mended; what follows would fail here even if a later version
brought the weakness back. Not in it: what we do not use (sandboxed templates, response caches, user tables of the ORM).
"""

import asyncio
import base64
import hmac
import importlib.metadata
import json
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.core.settings import settings
from app.core.web.frame import Frame
from app.core.web.pages import environment
from app.core.web.short import LARGEST_BODY
from app.people import access, openid
from app.people.errors import ProviderRefused
from app.ticketing.pages.form_files import LARGEST_FORM
from tests.clock import NOW
from tests.doors import browser_of
from tests.people.authenticator import Authenticator, letters
from tests.security.test_hygiene import ask
from tests.security.test_limits import at
from tests.serving import served

MENDED = {
    "litestar": (2, 20, 0, "GHSA-93ph-p7v4-hwh4"),
    "granian": (2, 7, 4, "GHSA-vrg7-482j-p6f6"),
    "icalendar": (7, 1, 3, "GHSA-cv84-9p8j-fj68"),
    "cbor2": (5, 9, 0, "GHSA-3c37-wwvx-h642"),
    "jinja2": (3, 1, 6, "CVE-2025-27516"),
    "piccolo": (1, 1, 1, "CVE-2023-47128"),
    "joserfc": (1, 4, 2, "CVE-2025-65015"),
}
APP = Path(__file__).parents[2] / "app"
FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize("name", MENDED)
def test_library_is_as_new_as_its_last_advisory_asks(name: str) -> None:
    *mended, advisory = MENDED[name]
    found = [int(part) for part in importlib.metadata.version(name).split(".")[:3]]
    assert found >= mended, advisory


# Litestar


async def test_ghsa_hm36_ffrh_c77c_limit_is_not_evaded_by_x_forwarded_for(app: Frame, http: httpx.AsyncClient) -> None:
    async with at(app, "203.0.113.9") as asker:
        found = [
            (
                await asker.post(
                    "/sign-in", data={"email": "a@example.org"}, headers={"x-forwarded-for": f"198.51.100.{n}"}
                )
            ).status_code
            for n in range(6)
        ]
    assert found == [200] * 5 + [429]


async def test_ghsa_93ph_p7v4_hwh4_dot_of_a_host_is_a_dot(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("APP_EXTRA_HOSTS", "a.example.jp")
        settings.cache_clear()
        found = [
            (await ask(http, "/sign-in", (b"host", host))).status_code for host in (b"a.example.jp", b"aXexample.jp")
        ]
    settings.cache_clear()
    assert found == [200, 421]


async def test_host_is_not_taken_from_x_forwarded_host(http: httpx.AsyncClient) -> None:
    """Litestar's own check of hosts fell back to that header where `Host` was missing."""
    assert (await ask(http, "/sign-in", (b"x-forwarded-host", b"test"))).status_code == 421
    shown = await ask(http, "/sign-in", (b"host", b"test"), (b"x-forwarded-host", b"evil.example"))
    assert (shown.status_code, "evil.example" in shown.text) == (200, False)


@pytest.mark.parametrize("path", ["/sign-in", "/appearance", "/gate/enrol", "/yokohama-2026/register"])
async def test_ghsa_p24m_863f_fm6q_cve_2024_52581_multipart_is_bounded(http: httpx.AsyncClient, path: str) -> None:
    head = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n'
    most = LARGEST_FORM if path.endswith("/register") else LARGEST_BODY
    many, large = (head + b"\r\n") * 20_000 + b"--x--\r\n", head + b"a" * most + b"\r\n--x--\r\n"
    for body in (many, large):
        answer = await http.post(path, content=body, headers={"content-type": FORM})
        assert answer.status_code in {400, 413}


@pytest.mark.parametrize(
    "path",
    [
        "/static/%2e%2e/settings.py", "/static/..%2f..%2fcore%2fsettings.py", "/static/%2fetc%2fpasswd",
        "/static//etc/passwd", "/static/assets/..%5c..%5c..%5csettings.py", "/static/....//....//settings.py",
        "/static/%252e%252e/settings.py",
    ],
)  # fmt: skip
async def test_cve_2024_32982_static_files_stay_in_their_folder(http: httpx.AsyncClient, path: str) -> None:
    request = http.build_request("GET", "/")
    request.url = httpx.URL("http://test").copy_with(raw_path=path.encode())
    answer = await http.send(request)
    assert (answer.status_code, b"Settings" in answer.content, b"root:" in answer.content) == (404, False, False)


# Granian


@pytest.mark.usefixtures("committed")
async def test_ghsa_vrg7_482j_p6f6_subprotocol_of_bytes_does_not_end_the_server() -> None:
    asked = (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: eDEyMzQ1Njc4OTAxMjM0NQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: \x80\xff\r\n\r\n"
    )
    async with served("redis://127.0.0.1:1/0") as address, httpx.AsyncClient() as asker:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
            writer.write(asked)
            await asyncio.wait_for(reader.read(1), 10)
            writer.close()
        assert (await asker.get(f"{address}/health/live")).status_code == 200


# Jinja


@pytest.mark.parametrize("key", ["a b", "a/b", "a>b", "a=b", "a\tb"])
def test_cve_2024_22195_cve_2024_34064_key_of_an_attribute_opens_no_other(key: str) -> None:
    with pytest.raises(ValueError, match="attribute"):
        environment().from_string("<i{{ {key: 'x'} | xmlattr }}>").render(key=key)


def test_cve_2025_27516_no_template_comes_from_outside() -> None:
    """Weaknesses of the sandbox matter to whoever runs the templates of others; ours are files."""
    wrong = [
        path.name
        for kind in ("*.py", "*.html", "*.txt")
        for path in APP.rglob(kind)
        if "dist" not in path.parts
        and any(w in path.read_text() for w in ("from_string(", "jinja2.sandbox", "| attr("))
    ]
    assert wrong == []


# WebAuthn and CBOR


@pytest.mark.parametrize("nested", [b"\x81" * 50_000 + b"\x00", b"\xa1\x00" * 50_000 + b"\x00", b"\xc6" * 50_000])
async def test_ghsa_3c37_wwvx_h642_nested_cbor_is_refused(http: httpx.AsyncClient, nested: bytes) -> None:
    account = await access.add_account(role="judge", label="Judge", now=NOW, email="judge@example.org")
    csrf = await browser_of(http, account)
    asked = await http.post("/account/passkeys/options", data={"csrf": csrf})
    said = json.loads(Authenticator().create(asked.json()))
    said["response"]["attestationObject"] = letters(nested)
    answer = await http.post("/account/passkeys", data={"csrf": csrf, "name": "Mine", "credential": json.dumps(said)})
    assert answer.status_code == 403


# JOSE

OURS = RSAKey.generate_key(2048).as_dict(private=True)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _forged() -> dict[str, str]:
    """Return ID tokens that weak libraries have believed, by what they believed."""
    claims = {"iss": "x", "sub": "x"}
    thief = RSAKey.generate_key(2048)
    return {
        "CVE-2026-28802: none": f"{_part({'alg': 'none'})}.{_part(claims)}.",
        "CVE-2026-28802: None": f"{_part({'alg': 'None'})}.{_part(claims)}.",
        "GHSA-wvwj-cvrp-7pv5: key in the header": jwt.encode(
            {"alg": "RS256", "jwk": thief.as_dict(private=False)}, claims, thief, algorithms=["RS256"]
        ),
        "public key as a secret": _signed_with_public_key(claims),
        "CVE-2025-65015: too long": f"{_part({'alg': 'RS256', 'x': 'a' * 300_000})}.{_part(claims)}.AAAA",
    }


def _signed_with_public_key(claims: dict[str, str]) -> str:
    signed = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
    proof = hmac.digest(RSAKey.import_key(OURS).as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"


@pytest.mark.parametrize("name", _forged())
def test_forged_id_token_is_refused_in_few_words(name: str) -> None:
    keys = {"keys": [RSAKey.import_key(OURS).as_dict(private=False)]}
    with pytest.raises(ProviderRefused) as caught:
        openid._verified(_forged()[name], keys, "nonce", NOW)
    assert len(str(caught.value.__cause__)) < 1_000


def test_ghsa_9ggr_2464_2j32_critical_header_that_nobody_understands_is_refused() -> None:
    key = RSAKey.import_key(OURS)
    head, body = _part({"alg": "RS256", "crit": ["bork"], "bork": True}), _part({"iss": "x"})
    from joserfc.jws import JWSRegistry  # the library will not sign such a header by itself

    signature = JWSRegistry.algorithms["RS256"].sign(f"{head}.{body}".encode(), key)
    token = f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    with pytest.raises(ProviderRefused) as caught:
        openid._verified(token, {"keys": [key.as_dict(private=False)]}, "nonce", NOW)
    assert "bork" in str(caught.value.__cause__)
