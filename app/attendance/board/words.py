"""The words of the alarms: what has happened, one sentence what to do, and the page to do it on."""

from msgspec import Struct

from app.attendance.board.alarms import Alarm
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, text


class Told(Struct, frozen=True):
    """An alarm in the reader's language; `page` is empty where nothing can be done on a page."""

    code: str
    level: str
    what: str
    to_do: str
    page: str = ""


def told(alarm: Alarm, *, convention: str) -> Told:
    """Return an alarm in words."""
    what, to_do, page = _WORDS[alarm.code](alarm, convention)
    return Told(alarm.code, alarm.level, what, to_do, page)


def _board_of(alarm: Alarm, convention: str) -> str:
    return f"/board/{convention}/{alarm.event}" if alarm.event else f"/board/{convention}"


def _full(alarm: Alarm, convention: str) -> tuple[str, str, str]:
    return (
        _("%(venue)s is full: %(n)s of %(of)s people.", venue=text(alarm.name), n=alarm.n, of=alarm.of),
        _("Let people in only as others leave, and check that leaving guests are scanned."),
        _board_of(alarm, convention),
    )


def _nearly_full(alarm: Alarm, convention: str) -> tuple[str, str, str]:
    return (
        _("%(venue)s is nearly full: %(n)s of %(of)s people.", venue=text(alarm.name), n=alarm.n, of=alarm.of),
        _("Tell the gates to slow down, and send guests to another venue."),
        _board_of(alarm, convention),
    )


def _silent(alarm: Alarm, _convention: str) -> tuple[str, str, str]:
    minutes = alarm.n // 60
    return (
        ngettext(
            "%(device)s at %(gate)s has been silent for %(n)s minute.",
            "%(device)s at %(gate)s has been silent for %(n)s minutes.",
            minutes,
            device=alarm.device,
            gate=text(alarm.name),
        ),
        _("Go to the gate: check its network and battery. It goes on scanning by itself, so nothing is lost."),
        f"/console/devices/{alarm.device_id}",
    )


def _growing(alarm: Alarm, _convention: str) -> tuple[str, str, str]:
    return (
        ngettext(
            "%(n)s scan waits on %(device)s at %(gate)s, and it gets more.",
            "%(n)s scans wait on %(device)s at %(gate)s, and it gets more.",
            alarm.n,
            device=alarm.device,
            gate=text(alarm.name),
        ),
        _("Bring the device to a better network and keep its page open until everything is sent."),
        f"/console/devices/{alarm.device_id}",
    )


def _refusals(alarm: Alarm, convention: str) -> tuple[str, str, str]:
    return (
        _(
            "Unusually many refusals at %(gate)s: %(n)s of the last %(of)s scans.",
            gate=text(alarm.name),
            n=alarm.n,
            of=alarm.of,
        ),
        _("Look at the reasons below, and check that the gate stands for the right event."),
        f"{_board_of(alarm, convention)}#refusals",
    )


def _aside(alarm: Alarm, _convention: str) -> tuple[str, str, str]:
    where = text(alarm.name) or _("unknown gates")
    return (
        ngettext(
            "%(n)s scan of %(gate)s is kept aside.", "%(n)s scans of %(gate)s are kept aside.", alarm.n, gate=where
        ),
        _("Look at each and decide whether it counts."),
        "/gate/odd",
    )


def _clock(alarm: Alarm, _convention: str) -> tuple[str, str, str]:
    return (
        _(
            "The clock of %(device)s at %(gate)s cannot be trusted.",
            device=alarm.device or _("a device"),
            gate=text(alarm.name),
        ),
        _("Set the device to automatic date and time."),
        f"/console/devices/{alarm.device_id}",
    )


_WORDS = {
    "venue_full": _full,
    "venue_nearly_full": _nearly_full,
    "device_silent": _silent,
    "queue_growing": _growing,
    "unusual_refusals": _refusals,
    "scans_aside": _aside,
    "clock_untrusted": _clock,
}


def heard(seconds: int) -> str:
    """Say how long ago a device was heard of, in steps, so that the words stay the same while nothing happens."""
    if seconds < 10:
        return _("just now")
    if seconds < 60:
        return _("%(n)s s ago", n=seconds // 10 * 10)
    if seconds < 3600:
        return _("%(n)s min ago", n=seconds // 60)
    return _("%(n)s h ago", n=seconds // 3600)
