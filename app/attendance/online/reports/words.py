"""What is said of the lines of a report, in words."""

from app.attendance.online.reports.weighing import Code
from app.core.i18n import gettext_lazy as _

PLATFORMS = {
    "zoom": "Zoom",
    "teams": "Microsoft Teams",
    "bigbluebutton": "BigBlueButton",
    "csv": _("Another list (CSV)"),
}
CODES: dict[Code, str] = {
    "no_join": _("No time of coming: nothing was measured."),
    "no_leave": _("No time of leaving: nothing was measured."),
    "unreadable_time": _("A time that cannot be read: nothing was measured."),
    "backwards": _("Left before coming: nothing was measured."),
    "waiting_room": _("In the waiting room only: no participation."),
    "not_attended": _("Registered, but did not come."),
    "elsewhere": _("Hours away from the session: another meeting, or another time zone?"),
    "too_long": _("Longer than a day: probably never closed."),
    "future": _("Ends in the future: a wrong clock?"),
    "wrong_id": _("Looks like an id of ours, and is none of this event."),
    "canceled": _("The ticket behind this id is not valid."),
    "unsure": _("Came without an id of ours: somebody has to look who it was."),
    "outside": _("Reaches beyond the session; taken as it was measured."),
    "rejoined": _("Came again: time away does not count."),
    "overlap": _("There twice at once, by two devices: the time counts once."),
    "reopened": _("Everybody had left, and the meeting was opened again."),
    "by_meeting": _("Leaving was not seen: the end of the meeting is taken."),
    "by_length": _("Only the first coming and the length are known: taken as long as the platform says."),
    "repeated": _("Known already, from this report or an earlier one."),
}
