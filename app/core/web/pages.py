"""Pages: Jinja templates of the packages, rendered with the words of the reader's language."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar import MediaType, Response

from app.core import i18n
from app.core.settings import ROOT, settings
from app.core.web.request import Request

DIST = ROOT / "frontend" / "dist"
STATIC = "/static"


class AssetsMissing(Exception):
    """The front end was not built; the message says how."""


class Asset(msgspec.Struct, frozen=True):
    """A built script with the style sheets it brings."""

    script: str
    styles: tuple[str, ...]


@cache
def _manifest(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise AssetsMissing("The front end is not built; run: make frontend.")
    found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return found


@cache
def asset(entry: str) -> Asset:
    """Return the addresses of a built entry such as `src/app.ts`."""
    found = _manifest(DIST / "manifest.json")
    item = found[entry]
    styles = [*item.get("css", []), *(css for name in item.get("imports", []) for css in found[name].get("css", []))]
    return Asset(f"{STATIC}/{item['file']}", tuple(f"{STATIC}/{css}" for css in styles))


def _is_markup(template: str | None) -> bool:
    """Whether names must be escaped: everywhere but in plain mails, where `&#39;` would be read as it stands."""
    return template is None or not template.endswith(".txt")


@cache
def environment() -> Environment:
    """Return the one template environment; `events/programme.html` lies in `app/events/templates/`."""
    packages = {
        folder.parent.name: FileSystemLoader(folder) for folder in sorted(ROOT.glob("*/templates")) if folder.is_dir()
    }
    env = Environment(
        loader=PrefixLoader(packages),
        autoescape=_is_markup,  # noqa: S701  # all but plain mails
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters["in_zone"] = i18n.in_zone
    env.globals.update(
        _=i18n.gettext,
        ngettext=i18n.ngettext,
        text=i18n.text,
        text_language=i18n.text_language,
        day=i18n.day,
        clock=i18n.clock,
        asset=asset,
        language_names=i18n.NAMES,
        language=i18n.language,
        base_url=lambda: settings().base_url,
        static=STATIC,
        demo=lambda: settings().demo,
    )
    return env


def render(template: str, **values: Any) -> str:
    """Render a template without a request, as mails are."""
    return environment().get_template(template).render(**values)


def page(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response[str]:
    """Render a page for `request`."""
    html = render(
        template,
        request=request,
        nonce=request.nonce,
        principal=request.scope.get("user"),
        path=request.scope["path"],
        language_links=language_links(request),
        **values,
    )
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=headers)


def language_links(request: Request) -> list[tuple[str, str, str]]:
    """Return (tag, name, address of this page) for each language of the switch.

    One slash at the front: `//evil.example` would be the address of another site.
    """
    path = quote("/" + request.scope["path"].lstrip("/"), errors="replace")
    kept = [(k, v) for k, v in parse_qsl(request.scope["query_string"].decode("latin-1")) if k != "lang"]
    return [(tag, name, f"{path}?{urlencode([*kept, ('lang', tag)])}") for tag, name in i18n.NAMES.items()]


def see_other(address: str) -> Response[bytes]:
    """Send the browser on after a form, so that a reload does not send the form again."""
    return Response(b"", status_code=303, headers={"location": address})
