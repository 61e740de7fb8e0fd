"""The words of the alarms and of the forecast: what is so, one sentence what to do, and the page to do it on."""

from babel.numbers import format_percent
from msgspec import Struct

from app.core.i18n import day, language, locale, ngettext, text
from app.core.i18n import gettext as _
from app.kpi.board.alarms import Alarm
from app.kpi.board.forecast import Against, Forecast

REVIEW = "/office/doubles"


class Told(Struct, frozen=True):
    """An alarm in the reader's language; `page` is empty where nothing can be done on a page."""

    code: str
    level: str
    what: str
    to_do: str
    page: str = ""


def told(alarm: Alarm) -> Told:
    """Return an alarm in words."""
    what, to_do, page = _WORDS[alarm.code](alarm)
    return Told(alarm.code, alarm.level, what, to_do, page)


def percent(share: float) -> str:
    """Write a share in whole per cent."""
    return str(format_percent(share, locale=locale(language())))


def _chain(alarm: Alarm) -> tuple[str, str, str]:
    return (
        _("The ledger does not hold together from entry %(n)s on.", n=alarm.n),
        _("Publish nothing. Have the ledger compared with the last backup, and run the check of the audit again."),
        "",
    )


def _heads(alarm: Alarm) -> tuple[str, str, str]:
    what = ngettext(
        "%(n)s signed daily head does not fit the ledger.", "%(n)s signed daily heads do not fit the ledger.", alarm.n
    )
    return what, _("Publish nothing. Have the ledger compared with the last backup."), ""


def _overdue(alarm: Alarm) -> tuple[str, str, str]:
    return (
        _("Fiscal year %(year)s should have been frozen on %(day)s.", year=str(alarm.n), day=_day(alarm)),
        _("Look at the figure, and freeze it for the council in July."),
        f"/office/kpi/years/{alarm.n}",
    )


def _due(alarm: Alarm) -> tuple[str, str, str]:
    return (
        _("Fiscal year %(year)s is to be frozen on %(day)s.", year=str(alarm.n), day=_day(alarm)),
        _("Settle the cases under review and the open imports before that."),
        f"/office/kpi/years/{alarm.n}",
    )


def _gates(alarm: Alarm) -> tuple[str, str, str]:
    what = ngettext(
        "%(event)s: no scan for 30 minutes, although %(n)s gate is open.",
        "%(event)s: no scan for 30 minutes, although %(n)s gates are open.",
        alarm.n,
        event=text(alarm.name),
    )
    return what, _("Look at the devices at its gates: is anybody scanning, and does the network work?"), "/board"


def _sessions(alarm: Alarm) -> tuple[str, str, str]:
    what = ngettext(
        "%(event)s: nobody has been measured online for 5 minutes, although %(n)s session is running.",
        "%(event)s: nobody has been measured online for 5 minutes, although %(n)s sessions are running.",
        alarm.n,
        event=text(alarm.name),
    )
    return what, _("Open the room as a guest would. What is not measured now must come in as a platform's report."), ""


def _residence(alarm: Alarm) -> tuple[str, str, str]:
    return (
        _(
            "Where %(n)s of %(of)s people live is unknown: %(share)s. The limit is 2%%.",
            n=alarm.n,
            of=alarm.of,
            share=_tenths(alarm),
        ),
        _("They are not counted. Have the gates and the organisers ask them."),
        "/office/kpi#beside",
    )


def _tenths(alarm: Alarm) -> str:
    """Rounded up, so that the share never looks like the limit that it exceeds."""
    tenths = -(-1000 * alarm.n // alarm.of)
    return str(format_percent(tenths / 1000, format="#,##0.0%", locale=locale(language())))


def _review(alarm: Alarm) -> tuple[str, str, str]:
    days = ngettext("the oldest for %(n)s day", "the oldest for %(n)s days", alarm.of)
    return (
        ngettext(
            "%(n)s case waits for review, %(days)s.", "%(n)s cases wait for review, %(days)s.", alarm.n, days=days
        ),
        _("Decide the oldest first."),
        REVIEW,
    )


def _imports(alarm: Alarm) -> tuple[str, str, str]:
    return (
        _("Reports of platforms for %(event)s are taken until %(day)s.", event=text(alarm.name), day=_day(alarm)),
        _("Ask the organiser whether every report is in."),
        "",
    )


def _day(alarm: Alarm) -> str:
    return day(alarm.day) if alarm.day else ""


_WORDS = {
    "chain_broken": _chain,
    "heads_wrong": _heads,
    "freeze_overdue": _overdue,
    "gates_silent": _gates,
    "sessions_silent": _sessions,
    "residence_unknown": _residence,
    "review_old": _review,
    "imports_closing": _imports,
    "freeze_due": _due,
}


def assumption(found: Forecast) -> list[str]:
    """Say in sentences what a forecast takes for granted, beside the range and never without it."""
    return [_share(found), _others(found), _("Each end is an end of 95% intervals. A storm or a campaign is in none.")]


def _share(found: Forecast) -> str:
    if found.basis == "over":
        return ngettext(
            "Those still expected come as often as the %(n)s person whose days are over: %(low)s to %(high)s of them.",
            "Those still expected come as often as the %(n)s people whose days are over: %(low)s to %(high)s of them.",
            found.known,
            low=percent(found.share_low),
            high=percent(found.share_high),
        )
    return _(
        "Too few people's days are over to know how many come: so anything from %(low)s, as already seen, to all.",
        low=percent(found.share_low),
    )


def _others(found: Forecast) -> str:
    if not found.joining:
        return _("Nobody else registers.")
    return ngettext(
        "At the low end nobody else registers, at the high end %(n)s more person, as in the last four weeks.",
        "At the low end nobody else registers, at the high end %(n)s more people, as in the last four weeks.",
        found.joining,
    )


def against(where: Against) -> str:
    """Say how a range lies to a target."""
    return {
        "below": _("The whole range is below it."),
        "within": _("It lies within the range."),
        "above": _("The whole range reaches it."),
    }[where]
