"""What is said of each thing in the tree. Pure."""

import datetime as dt
from email.utils import format_datetime

from app.exchange.dav.asking import DATA, Wanted
from app.exchange.dav.elements import CALDAV, DAV, SERVER, Name
from app.exchange.dav.keys import Visitor
from app.exchange.dav.multistatus import element, href, words
from app.exchange.dav.places import Place, home_href, principal_href
from app.exchange.dav.shaping import shaped
from app.exchange.publishing.listing import Item

LENGTH: Name = (DAV, "getcontentlength")
TYPE: Name = (DAV, "resourcetype")
PRIVILEGES: Name = (DAV, "current-user-privilege-set")
MEDIA_TYPE = "text/calendar"
_REPORTS = ((CALDAV, "calendar-query"), (CALDAV, "calendar-multiget"), (DAV, "sync-collection"))
_READ = "".join(
    element((DAV, "privilege"), element((DAV, name))) for name in ("read", "read-current-user-privilege-set")
)
_EVENTS = '<C:comp name="VEVENT"/>'
_FORMAT = '<C:calendar-data content-type="text/calendar" version="2.0"/>'


def of_folder(place: Place, visitor: Visitor, token: str = "") -> dict[Name, str]:
    """Return the properties of anything that is no item; `token` is where a calendar stands."""
    me = href(principal_href(visitor))
    found = {
        TYPE: "".join(element(one) for one in _types(place)),
        (DAV, "displayname"): words(place.title),
        (DAV, "current-user-principal"): me,
        (DAV, "owner"): me,
        PRIVILEGES: _READ,
    }
    if place.kind == "principal":
        found |= {(DAV, "principal-URL"): me, (CALDAV, "calendar-home-set"): href(home_href(visitor))}
    return found | (_calendar(token) if place.kind == "calendar" else {})


def _types(place: Place) -> list[Name]:
    more: dict[str, list[Name]] = {"principal": [(DAV, "principal")], "calendar": [(CALDAV, "calendar")]}
    return [(DAV, "collection"), *more.get(place.kind, [])]


def _calendar(token: str) -> dict[Name, str]:
    reports = (element((DAV, "supported-report"), element((DAV, "report"), element(one))) for one in _REPORTS)
    return {
        (DAV, "supported-report-set"): "".join(reports),
        (CALDAV, "supported-calendar-component-set"): _EVENTS,
        (CALDAV, "supported-calendar-data"): _FORMAT,
        (SERVER, "getctag"): words(token),
        (DAV, "sync-token"): words(token),
    }


def of_item(item: Item, wanted: Wanted) -> dict[Name, str]:
    """Return the properties of an item; what it says in full, only to whom asks for that by name."""
    found = {
        TYPE: "",
        (DAV, "getetag"): words(item.etag),
        (DAV, "getcontenttype"): f"{MEDIA_TYPE}; charset=utf-8; component=VEVENT",
        (DAV, "getlastmodified"): last_modified(item),
        PRIVILEGES: _READ,
    }
    with_data, with_length = DATA in wanted.names, wanted.kind != "named" or LENGTH in wanted.names
    if with_data or with_length:
        body = item.alone()
        found |= {LENGTH: str(len(body))} if with_length else {}
        said = shaped(item, wanted.shape) if wanted.shape else body
        found |= {DATA: words(said.decode())} if with_data else {}
    return found


def last_modified(item: Item) -> str:
    """Return when an item changed last, as headers say it."""
    return format_datetime(item.changed_at.astimezone(dt.UTC).replace(microsecond=0), usegmt=True)
