"""Settings: one frozen Struct, read once from `APP_*`."""

import os
import re
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

PREFIX = "APP_"
SHORTEST_SECRET = 32
LEVELS = ("debug", "info", "warning", "error", "critical")

_BOUNCES = r"[A-Za-z0-9._-]{1,16}@[A-Za-z0-9.-]+"
"""A token follows its local part, of which 64 characters are allowed."""

_PLACE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:(\d{1,5}|\*))?")
_PLACE_PORT = re.compile(r":(\d+|\*)$")

Network = IPv4Network | IPv6Network
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class SettingsError(Exception):
    """A setting is missing, unknown or weak; the message names it and says what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every knob of the product; field `x` is read from `APP_X`.

    `sandbox` names the folder of the embedded servers; with it the database, Redis, secret and mail
    addresses come from the folder and need not be set.
    """

    database_url: str
    redis_url: str
    secret_key: str
    base_url: str = "http://127.0.0.1:8000"
    mail_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "tickets@machigurumi.example"
    bounce_address: str = ""
    contact: str = ""
    sandbox: str = ""
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    log_level: str = "info"
    demo: bool = False
    openid_issuer: str = ""
    openid_client_id: str = ""
    openid_client_secret: str = ""
    openid_domains: str = ""
    apple_pass_type: str = ""
    apple_team: str = ""
    apple_cert: str = ""
    apple_key: str = ""
    apple_chain: str = ""
    google_wallet_issuer: str = ""
    google_wallet_account: str = ""
    extra_hosts: str = ""
    trusted_proxies: str = ""
    fetch_allow_hosts: str = ""

    @property
    def host(self) -> str:
        """The host name people see, used in mail and calendar identifiers."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def secure(self) -> bool:
        """Whether people reach us by https, so that cookies must be `Secure`."""
        return self.base_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """Further names, beside `host`, under which requests are answered."""
        return [name.lower() for name in _listed(self.extra_hosts)]

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Networks of the proxies in front, whose `X-Forwarded-For` is believed."""
        return tuple(ip_network(one) for one in _listed(self.trusted_proxies))

    @property
    def fetch_places(self) -> frozenset[str]:
        """Places of this machine, as `127.0.0.1:9000` or `127.0.0.1:*`, where partners may have their calendars."""
        return frozenset(one if _PLACE_PORT.search(one) else f"{one}:*" for one in _listed(self.fetch_allow_hosts))

    @property
    def domains(self) -> list[str]:
        """Mail domains for which the OpenID provider answers."""
        return [name.lower() for name in _listed(self.openid_domains)]

    @property
    def on_show(self) -> bool:
        """Whether this runs to be tried out, on the machine of whoever tries it."""
        return self.demo or bool(self.sandbox)


def _listed(words: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", words) if word]


def read(environment: Mapping[str, str]) -> Settings:
    """Build the settings from `environment`, or raise `SettingsError`."""
    found = {name[len(PREFIX) :].lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(set(found) - set(Settings.__struct_fields__))
    if unknown:
        raise SettingsError(f"Unknown setting {PREFIX}{unknown[0].upper()}; see deploy/example.env for all names.")
    for name in ("database_url", "redis_url", "secret_key"):
        if not found.get(name):
            raise SettingsError(
                f"{PREFIX}{name.upper()} is not set; give it a value as in deploy/example.env, "
                "or set APP_SANDBOX to a folder for embedded servers."
            )
    try:
        settings = msgspec.convert(found, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"A setting has a wrong value: {error}.") from error
    settings = msgspec.structs.replace(settings, base_url=settings.base_url.rstrip("/"))
    _refuse_weak(settings)
    return settings


def _refuse_weak(settings: Settings) -> None:
    if len(settings.secret_key) < SHORTEST_SECRET or len(set(settings.secret_key)) < SHORTEST_SECRET // 4:
        raise SettingsError(
            f"APP_SECRET_KEY is too weak; use at least {SHORTEST_SECRET} random characters, "
            'as from: python3 -c "import secrets; print(secrets.token_urlsafe(48))".'
        )
    _refuse_unusable(settings)
    _refuse_way_in(settings)
    _refuse_half_openid(settings)
    _refuse_half_wallets(settings)


def _refuse_unusable(settings: Settings) -> None:
    if settings.log_level.lower() not in LEVELS:
        raise SettingsError(f"APP_LOG_LEVEL must be one of {', '.join(LEVELS)}.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", settings.mail_from):
        raise SettingsError("APP_MAIL_FROM must be a mail address such as tickets@example.jp.")
    if settings.bounce_address and not re.fullmatch(_BOUNCES, settings.bounce_address):
        raise SettingsError("APP_BOUNCE_ADDRESS must be a short mail address without +, such as bounces@example.jp.")
    if settings.contact and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://\S+", settings.contact):
        raise SettingsError("APP_CONTACT must be mailto:desk@example.jp or an https:// address.")
    if not _is_web_address(settings.base_url):
        raise SettingsError("APP_BASE_URL must be http:// or https:// and a host, such as https://tickets.example.jp.")
    if urlsplit(settings.mail_url).scheme not in {"smtp", "smtps"}:
        raise SettingsError("APP_MAIL_URL must begin with smtp:// or smtps://.")
    if not all(re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", name) for name in settings.hosts):
        raise SettingsError("APP_EXTRA_HOSTS must be host names without ports, such as www.example.jp, with commas.")
    try:
        settings.proxies  # noqa: B018  # reads them
    except ValueError as error:
        raise SettingsError(f"APP_TRUSTED_PROXIES must be networks such as 10.0.0.0/8: {error}.") from error


def _refuse_way_in(settings: Settings) -> None:
    """Partners choose the addresses that we fetch: in production none of them may lead to this machine."""
    if not settings.fetch_allow_hosts:
        return
    if not settings.on_show and settings.host.rpartition(".")[2] != "test":  # nobody has such a name (RFC 6761)
        raise SettingsError("APP_FETCH_ALLOW_HOSTS is for tests and demos alone; take it out.")
    if not all(_PLACE.fullmatch(one) for one in _listed(settings.fetch_allow_hosts)):
        raise SettingsError("APP_FETCH_ALLOW_HOSTS must be places of this machine such as 127.0.0.1:9000, with commas.")


def _refuse_half_openid(settings: Settings) -> None:
    given = (settings.openid_client_id, settings.openid_client_secret, settings.openid_domains)
    if not settings.openid_issuer and not any(given):
        return
    if not settings.openid_issuer or not all(given):
        raise SettingsError(
            "OpenID needs all of APP_OPENID_ISSUER, APP_OPENID_CLIENT_ID, APP_OPENID_CLIENT_SECRET and "
            "APP_OPENID_DOMAINS (the mail domains the provider answers for, such as city.example.jp, with commas)."
        )
    if not _is_web_address(settings.openid_issuer) or _is_plain(settings.openid_issuer):
        raise SettingsError("APP_OPENID_ISSUER must be https:// and a host; http:// is for this machine alone.")


def _refuse_half_wallets(settings: Settings) -> None:
    files = {
        "APP_APPLE_CERT": settings.apple_cert,
        "APP_APPLE_KEY": settings.apple_key,
        "APP_APPLE_CHAIN": settings.apple_chain,
        "APP_GOOGLE_WALLET_ACCOUNT": settings.google_wallet_account,
    }
    apple = (settings.apple_pass_type, settings.apple_team, *list(files.values())[:3])
    if any(apple) and not all(apple):
        raise SettingsError(
            "Apple Wallet needs all of APP_APPLE_PASS_TYPE, APP_APPLE_TEAM, APP_APPLE_CERT, APP_APPLE_KEY and "
            "APP_APPLE_CHAIN, or none."
        )
    if bool(settings.google_wallet_issuer) is not bool(settings.google_wallet_account):
        raise SettingsError("Google Wallet needs both APP_GOOGLE_WALLET_ISSUER and APP_GOOGLE_WALLET_ACCOUNT, or none.")
    for name, path in files.items():
        if path and not Path(path).is_file():
            raise SettingsError(f"{name} must be the path of a file that is there: {path}.")


def _is_plain(address: str) -> bool:
    """Whether an address leaves this machine unencrypted."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket left open, a port that is no number
        return False


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return read(os.environ)


ROOT = Path(__file__).resolve().parent.parent
"""The folder `app/`: where templates, catalogues and built pages lie."""
