"""A real OpenID provider in a process of its own: the one of `oidc-provider-mock`, made to insist on PKCE.

Claims set for a subject override those of its ID tokens, so a provider that lies can be had as well.
"""

import base64
import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx

from app.core.sandbox.places import free_port

CLIENT, SECRET = "machigurumi", "a secret between two servers"


def serve(port: int) -> None:
    """Serve until killed."""
    import flask
    import oidc_provider_mock
    import uvicorn

    app = oidc_provider_mock.app(require_nonce=True)
    challenges: dict[str, str] = {}

    @app.after_request
    def remember(answer: flask.Response) -> flask.Response:
        codes = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code", [])
        if codes and flask.request.args.get("code_challenge_method") == "S256":
            challenges[codes[0]] = flask.request.args["code_challenge"]
        return answer

    @app.before_request
    def insist() -> flask.Response | None:
        if flask.request.path != "/oauth2/token":
            return None
        shown = hashlib.sha256(flask.request.form.get("code_verifier", "").encode()).digest()
        challenge = challenges.pop(flask.request.form.get("code", ""), None)
        who = flask.request.authorization
        known = who is not None and (who.username, who.password) == (CLIENT, SECRET)
        fits = challenge == base64.urlsafe_b64encode(shown).decode().rstrip("=")
        return None if known and fits else flask.Response('{"error": "invalid_grant"}', 400)

    uvicorn.run(app, interface="wsgi", host="127.0.0.1", port=port, log_level="critical")


class Provider:
    """The provider as its user's browser meets it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def know(self, subject: str, **claims: object) -> None:
        """Tell the provider who somebody is."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims, trust_env=False).raise_for_status()

    def agree(self, address: str, subject: str) -> str:
        """Sign `subject` in at the address our site led to, and return where the browser is sent back to."""
        answer = httpx.post(address, data={"sub": subject}, trust_env=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    """Run a provider."""
    port = free_port()
    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.people.provider", str(port)], env=environment
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        _wait(issuer, process)
        yield Provider(issuer)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(issuer: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{issuer}/jwks", trust_env=False).raise_for_status()
            return
        assert process.poll() is None, "the provider ended"
        assert time.monotonic() < deadline, "the provider does not answer"
        time.sleep(0.05)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
