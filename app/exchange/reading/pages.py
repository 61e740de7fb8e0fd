"""A web page with events of schema.org: JSON-LD, else microdata. Pure.

Scripts are found by a pattern and not by a parser of HTML: pages are seldom whole, and a script never is in doubt.
"""

import re
from collections.abc import Iterator

from app.exchange.reading.calendars import apart
from app.exchange.reading.charsets import decode_text
from app.exchange.reading.jsonld import Block, loaded
from app.exchange.reading.microdata import items
from app.exchange.reading.notes import Note
from app.exchange.reading.request import Request
from app.exchange.reading.schema_org import Node, Page, event, nodes, shared
from app.exchange.schemas import Finding, Incoming, Reading

_SCRIPT = re.compile(
    r"<script\b[^<>]{0,500}?\btype\s*=\s*[\"']?\s*application/ld(?:\+|&#0*43;|&#x0*2b;|&plus;)json\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"</script\b", re.IGNORECASE)
_BASE = re.compile(
    r"<link\b[^<>]{0,500}?\brel\s*=\s*[\"']?canonical\b[^<>]{0,500}>|<base\b[^<>]{0,500}>"
    r"|<meta\b[^<>]{0,500}?og:url[^<>]{0,500}>",
    re.IGNORECASE,
)
_HTTP = re.compile(r"(?:href|content)\s*=\s*[\"']?(https?://[^\s\"'<>]+)", re.IGNORECASE)


def read_page(request: Request) -> Reading:
    """Return the events of a page; a block that is broken costs itself."""
    text, lost = decode_text(request.body)
    findings = [Finding(number, "charset", lost=True) for number in lost]
    found = list(_found(text, findings)) or list(items(text))
    page = Page(request.zone, request.language, _base(text), shared(node for _number, node in found))
    events, refused = list[Incoming](), 0
    for number, node in found:
        read, notes = event(node, page, number)
        uid = read.uid if isinstance(read, Incoming) else ""
        findings += [Finding(one.number, one.code, one.lost, one.field, one.written, uid) for one in notes]
        if isinstance(read, Note):
            refused += 1
        else:
            events.append(read)
    if not events and not refused:
        return Reading(problem="no_page_events", findings=tuple(findings), size=len(request.body))
    told = apart(_once(events), findings)
    return Reading(
        events=tuple(one for one in told if one.digest not in request.known or one.made_uid),
        kept=tuple(one.digest for one in told if one.digest in request.known and not one.made_uid),
        refused=refused,
        findings=tuple(findings),
        whole="</html" in text[-5_000:].lower() or "<html" not in text[:5_000].lower(),
        size=len(request.body),
    )


def _found(text: str, findings: list[Finding]) -> Iterator[tuple[int, Node]]:
    """Yield the events of all blocks with the line on which their block begins; what is broken is told."""
    for block in _blocks(text):
        read = loaded(block)
        if read.code:
            findings.append(Finding(block.number, read.code, lost=read.lost))
        yield from ((block.number, node) for node in nodes(read.values))


def _blocks(text: str) -> Iterator[Block]:
    """Yield what stands between the tags; a page that is JSON and nothing else is one block."""
    if text.lstrip()[:1] in {"{", "["}:
        yield Block(1, text)
        return
    number, counted = 1, 0
    for opened in _SCRIPT.finditer(text):
        number += text.count("\n", counted, opened.start())
        counted = opened.start()
        closed = _CLOSED.search(text, opened.end())
        yield Block(number, text[opened.end() : closed.start() if closed else len(text)])
        if closed is None:
            return


def _base(text: str) -> str:
    """Return the address of the page, as it says itself, so that short addresses in it lead somewhere."""
    for tag in _BASE.finditer(text[:200_000]):
        found = _HTTP.search(tag[0])
        if found:
            return found[1]
    return ""


def _once(events: list[Incoming]) -> list[Incoming]:
    """Return each event once: the same one often stands in several blocks of a page."""
    return list({(one.uid, one.digest): one for one in events}.values())
