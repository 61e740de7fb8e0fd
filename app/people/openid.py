"""Signing in at one's organisation: OpenID Connect, authorization code with PKCE.

What comes back is believed only when all of it fits: the browser that began (a cookie), the state, the issuer, a code
that only our verifier redeems, and an ID token signed for us, now, for this nonce. An account is found by the
provider's subject; on first use by a mail address that the provider has verified, in a domain it answers for.
"""

import base64
import datetime as dt
import hashlib
import hmac
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.core.db import fetch, transaction
from app.core.errors import NotFound
from app.core.settings import settings
from app.core.signing import new_token
from app.people import ceremonies
from app.people.errors import ProviderRefused
from app.people.persons import address_key
from app.people.sign_in import Entered, Held, enter, held_by, sort_held
from app.people.strength import PROOF

SECONDS = 10.0
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SKEW = 60
"""Seconds by which the provider's clock may be wrong."""


class Provider(msgspec.Struct, frozen=True):
    """What discovery says of a provider (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


class Begun(msgspec.Struct, frozen=True):
    """What is kept while the browser is away."""

    state: str
    nonce: str
    verifier: str
    next: str
    again: bool = False


class Sent(NamedTuple):
    """Where the browser goes, and what it keeps until it comes back."""

    address: str
    token: str


class Returned(NamedTuple):
    """A session that was opened, and where its browser wanted to go."""

    entered: Entered
    next: str


class Answer(msgspec.Struct, frozen=True):
    """What the provider sends the browser back with; `iss` as RFC 9207 has it."""

    code: str = ""
    state: str = ""
    iss: str = ""
    error: str = ""


class Claims(msgspec.Struct, frozen=True):
    """What we take from an ID token or the user info."""

    sub: str
    email: str = ""
    email_verified: bool = False
    auth_time: int | None = None


def back() -> str:
    """Return the address to which the provider sends the browser back, as it has to be registered there."""
    return f"{settings().base_url}/sign-in/openid/back"


def _challenge(verifier: str) -> str:
    """Return what the provider is shown of the verifier before it is redeemed (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False)


async def _ask(client: httpx.AsyncClient, address: str, kind: type[Any], **more: Any) -> Any:
    """Return what the provider answers as `kind`, or raise `ProviderRefused`."""
    try:
        answer = await client.request(more.pop("method", "GET"), address, **more)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=kind)
    except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProviderRefused from error


async def _provider(client: httpx.AsyncClient) -> Provider:
    """Discover the provider; what names itself otherwise is another one."""
    issuer = settings().openid_issuer
    if not issuer:
        raise NotFound
    found: Provider = await _ask(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration", Provider)
    if found.issuer != issuer:
        raise ProviderRefused
    return found


async def begin(*, next_address: str, again: bool, now: dt.datetime) -> Sent:
    """Begin to sign in; with `again` the provider is to ask even whoever is signed in there already."""
    async with _client() as client:
        provider = await _provider(client)
    begun = Begun(new_token(), new_token(), new_token(), next_address, again)
    token = await ceremonies.begin(kind="openid", kept=msgspec.json.encode(begun), now=now)
    asked = {
        "response_type": "code",
        "client_id": settings().openid_client_id,
        "redirect_uri": back(),
        "scope": "openid email",
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": _challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    fresh = {"prompt": "login", "max_age": "0"} if again else {}
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    return Sent(f"{provider.authorization_endpoint}{joint}{urlencode(asked | fresh)}", token)


async def finish(
    *,
    answer: Answer,
    token: str | None,
    now: dt.datetime,
    agent: str = "",
    replaces: str = "",
    stay: UUID | None = None,
) -> Returned:
    """Open a session for whoever the provider names; raises `CeremonyOver` or `ProviderRefused`.

    Whoever only proves himself once more stays in the role of the account `stay`.
    """
    begun = msgspec.json.decode(await ceremonies.finish(kind="openid", token=token, now=now), type=Begun)
    if not hmac.compare_digest(begun.state.encode(), answer.state.encode()) or not answer.code:
        raise ProviderRefused
    claims = await _claims(answer, begun, now)
    async with transaction():
        linked = await _linked(claims, now)
        held = [one for one in linked if one.id == stay] or linked
        if not held:
            raise ProviderRefused
        entered = await enter(
            held=held,
            strength="strong",
            now=now,
            by="openid",
            agent=agent,
            replaces=replaces,
            proved_at=_proved_at(claims, now),
        )
    return Returned(entered, begun.next)


def _proved_at(claims: Claims, now: dt.datetime) -> dt.datetime:
    """Return when the provider last asked who sits there; one that does not say answers also for an empty chair."""
    long_ago = now - 2 * PROOF
    if claims.auth_time is None:
        return long_ago
    return dt.datetime.fromtimestamp(min(max(claims.auth_time, long_ago.timestamp()), now.timestamp()), dt.UTC)


async def _claims(answer: Answer, begun: Begun, now: dt.datetime) -> Claims:
    """Redeem the code and return what the provider vouches for."""
    async with _client() as client:
        provider = await _provider(client)
        said = answer.iss or (None if provider.authorization_response_iss_parameter_supported else provider.issuer)
        if said != provider.issuer:
            raise ProviderRefused  # another provider's answer, mixed up with ours (RFC 9207)
        tokens = await _redeem(client, provider, answer.code, begun.verifier)
        keys = await _ask(client, provider.jwks_uri, dict[str, Any])
        claims = _verified(str(tokens.get("id_token", "")), keys, begun.nonce, now)
        if begun.again and (claims.auth_time is None or claims.auth_time < (now - PROOF).timestamp()):
            raise ProviderRefused
        return claims if claims.email else await _with_address(client, provider, tokens, claims)


async def _redeem(client: httpx.AsyncClient, provider: Provider, code: str, verifier: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back(), "code_verifier": verifier}
    who = httpx.BasicAuth(settings().openid_client_id, settings().openid_client_secret)
    found: dict[str, Any] = await _ask(
        client, provider.token_endpoint, dict[str, Any], method="POST", data=form, auth=who
    )
    return found


def _verified(id_token: str, keys: dict[str, Any], nonce: str, now: dt.datetime) -> Claims:
    """Check signature, issuer, audience, times and nonce (OpenID Connect Core 1.0, section 3.1.3.7)."""
    client_id = settings().openid_client_id
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=SKEW,
        iss={"essential": True, "value": settings().openid_issuer},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
        registry.validate(claims)
        audience = claims["aud"]
        others = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if others else client_id) != client_id:
            raise ProviderRefused
        return msgspec.convert(claims, Claims)
    except (JoseError, ValueError, KeyError, msgspec.ValidationError) as error:
        raise ProviderRefused from error


async def _with_address(
    client: httpx.AsyncClient, provider: Provider, tokens: dict[str, Any], claims: Claims
) -> Claims:
    """Ask the provider for the address where the ID token has none; it must speak of the same subject."""
    if not provider.userinfo_endpoint:
        return claims
    bearer = {"authorization": f"Bearer {tokens.get('access_token', '')}"}
    found: Claims = await _ask(client, provider.userinfo_endpoint, Claims, headers=bearer)
    if found.sub != claims.sub:
        raise ProviderRefused
    return found


async def _linked(claims: Claims, now: dt.datetime) -> list[Held]:
    """Return the open accounts of the subject, after linking those of its verified address that no subject has yet."""
    issuer = settings().openid_issuer
    if claims.email_verified and _answers_for(claims.email):
        for one in await held_by(address_key(claims.email)):
            await _link(one.id, issuer, claims.sub, now)
    rows = await fetch(
        "SELECT a.id, a.role, a.label FROM external_identity e JOIN account a ON a.id = e.account"
        " WHERE e.issuer = $1 AND e.subject = $2 AND a.suspended_at IS NULL",
        issuer,
        claims.sub,
    )
    return sort_held([Held(row["id"], row["role"], row["label"]) for row in rows])


def _answers_for(email: str) -> bool:
    """Whether the provider may speak for this address: a directory knows its own domains."""
    return email.rpartition("@")[2].casefold() in settings().domains


async def _link(account: UUID, issuer: str, subject: str, now: dt.datetime) -> None:
    await fetch(
        "INSERT INTO external_identity (id, account, issuer, subject, created_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        uuid4(),
        account,
        issuer,
        subject,
        now,
    )
