"""Pages: Jinja templates of the packages, rendered with the words of the reader's language."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from litestar import MediaType, Response
from markupsafe import Markup

from app.core import i18n
from app.core.i18n import gettext_lazy as _
from app.core.settings import ROOT, settings
from app.core.web.request import Request

DIST = ROOT / "frontend" / "dist"
STATIC = "/static"
DONE = {
    "saved": _("Saved."),
    "added": _("Added."),
    "removed": _("Removed."),
    "sent": _("Sent."),
    "canceled": _("Canceled."),
}
"""What a page says after a form, by the key in `?done=`; a page may have more (`done_words`)."""


UNKEPT = {"cache-control": "private, no-store"}
"""The header of answers that are for one person alone: nobody keeps a copy."""
NOT_KEPT = {"lang", "done"}
"""Parts of a query that another language of the same page has no use for."""
THEMES = ("light", "dark")
THEME_COOKIE = "theme"
_HOUSE = '<path transform="rotate(%d)" class="%s" d="m-2.9-6.4-1.5-4.9L0-15.4l4.4 4.1-1.5 4.9z"/>'
_HOUSES = (_HOUSE % (turn, "brand-mark__one" if turn else "brand-mark__first") for turn in range(0, 360, 60))
MARK = Markup("".join(_HOUSES))  # noqa: S704  # of ours alone
"""Our mark: six houses gathered around one place. Centre 0, radius 16."""
ICON = "data:image/svg+xml," + quote(
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='-16 -16 32 32' fill='#006173'>"
    "<style>.brand-mark__first{fill:#e8491d}"
    f"@media(prefers-color-scheme:dark){{svg{{fill:#79e2f2}}}}</style>{MARK}</svg>",
    safe="/:;=',()",
)


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


@cache
def files_of(*entries: str) -> tuple[str, ...]:
    """Return the addresses of everything that built entries load: scripts, styles, and what they bring when needed."""
    found, seen, waiting = _manifest(DIST / "manifest.json"), set[str](), list(entries)
    addresses: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            item = found[name]
            addresses |= {item["file"], *item.get("css", []), *item.get("assets", [])}
            waiting += [*item.get("imports", []), *item.get("dynamicImports", [])]
    return tuple(sorted(f"{STATIC}/{address}" for address in addresses))


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
        DONE=DONE,
        brand_mark=MARK,
        brand_icon=ICON,
    )
    return env


def render(template: str, **values: Any) -> str:
    """Render a template without a request, as mails are.

    A macro holds the context of its template, which holds the macro. Undone here, nothing of a page outlives it; else
    whatever a page knew, its request too, waits until Python looks for circles, and then whoever asks waits for that.
    """
    found = environment().get_template(template)
    context = found.new_context(values)
    try:
        return environment().concat(found.root_render_func(context))
    except Exception:  # noqa: BLE001  # raised again, with the lines of the template
        environment().handle_exception()
    finally:
        context.vars.clear()


def script_json(value: object) -> Markup:
    """Return a value as JSON for a `script` element: no text in it can end the element."""
    return htmlsafe_json_dumps(value)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    read_at: str = "",
    **values: Any,
) -> Response[str]:
    """Render a page for `request`; `read_at` is where it can be read again, when not where it was asked for."""
    bare = read_at or bare_address(request)
    html = render(
        template,
        request=request,
        nonce=request.nonce,
        principal=request.scope.get("user"),
        path=request.scope["path"],
        language_links=language_links(bare),
        bare_address=bare,
        own_language=own_language(request),
        done=_done(request),
        theme=theme(request),
        **values,
    )
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=headers)


def _done(request: Request) -> str:
    """Return the key of what a form has just done, or nothing."""
    query = request.scope["query_string"]
    return dict(parse_qsl(query.decode("latin-1"))).get("done", "") if b"done=" in query else ""


def theme(request: Request) -> str:
    """Return the appearance the reader chose, or nothing: then the device decides."""
    chosen = request.cookies.get(THEME_COOKIE, "") if "theme=" in request.headers.get("cookie", "") else ""
    return chosen if chosen in THEMES else ""


def bare_address(request: Request) -> str:
    """Return the address of this page without its language.

    One slash at the front: `//evil.example` would be the address of another site.
    """
    path = quote("/" + request.scope["path"].lstrip("/"), errors="replace")
    kept = [(k, v) for k, v in parse_qsl(request.scope["query_string"].decode("latin-1")) if k not in NOT_KEPT]
    return f"{path}?{urlencode(kept)}" if kept else path


def own_language(request: Request) -> str:
    """Return what the page's canonical address ends with: `?lang=ja` if it was asked for so.

    The address without a language is another one, whose language the reader's browser has chosen (`x-default`).
    """
    query = request.scope["query_string"]
    asked = dict(parse_qsl(query.decode("latin-1"))).get("lang", "") if b"lang=" in query else ""
    return f"?lang={request.language}" if i18n.match(asked) else ""


def language_links(bare: str) -> list[tuple[str, str, str]]:
    """Return (tag, name, address of the page) for each language of the switch."""
    joint = "&" if "?" in bare else "?"
    return [(tag, name, f"{bare}{joint}lang={tag}") for tag, name in i18n.NAMES.items()]


def see_other(address: str) -> Response[bytes]:
    """Send the browser on after a form, so that a reload does not send the form again."""
    return Response(b"", status_code=303, headers={"location": address})
