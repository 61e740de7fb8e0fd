"""Every code of a finding, a problem, a doubt or a difference, in plain words for people who keep calendars.

A sentence says what was found and what became of it, so that whoever runs the other calendar can put it right.
"""

from collections.abc import Mapping
from typing import Final

from app.core.i18n import gettext
from app.core.i18n import gettext_lazy as _

FILES: Final[Mapping[str, str]] = {
    "bom": _("The file has a byte order mark more than once, or where none belongs. It was left out."),
    "utf-16": _("The file is written in UTF-16. It was read, but UTF-8 is what every calendar understands."),
    "newlines": _("The lines end in different ways. They were read all the same."),
    "blank_lines": _("There are blank lines between the others. They were left out."),
    "nul": _("The file holds zero bytes. They were left out."),
    "charset": _("The file mixes several character sets. Each line was read by its own."),
    "undecodable": _("This line is in no character set that we know. It was left out rather than guessed."),
    "character_missing": _("A character could not be read. The rest of the line was taken."),
    "gzip": _("The file is packed. It was unpacked and read."),
    "indented": _("The lines are indented. They were read all the same."),
    "lines_joined": _("Several lines stand on one. They were taken apart."),
    "more_findings": _("More was found than is listed. The number says how much."),
    "cut_short": _("The file ends in the middle of this event. What is there was taken."),
}
"""Of a file as a whole, and of its lines."""

EVENTS: Final[Mapping[str, str]] = {
    "begin_missing": _("Something ends that has not begun. The rest was read."),
    "end_missing": _("Something begins and never ends. What is there was read."),
    "end_without_begin": _("Something ends that has not begun. The rest was read."),
    "not_a_property": _("This line is no property of a calendar. It was left out."),
    "fold_missing": _("A long text was broken without the space that says so. It was put together again."),
    "start_missing": _("There is no start. Without one the event cannot be shown, so it was left out."),
    "start_unreadable": _("The start cannot be read. Without one the event cannot be shown, so it was left out."),
    "uid_missing": _("The event has no UID. We made one from its source, start and title."),
    "title_missing": _("The event has no title."),
    "time_unreadable": _("This time cannot be read. It was left out."),
    "time_odd": _("This time is not written as the standard says. It was read as it was meant."),
    "hour_24": _("24:00 was read as midnight of the next day."),
    "floating": _("This time names no time zone. The zone of the source was taken."),
    "zone_unknown": _("This time zone is unknown. The zone of the source was taken: please check the time."),
    "end_of_another_kind": _("The start is a day and the end a time, or the other way round. The end was left out."),
    "end_before_start": _("The end lies before the start. The end was left out."),
    "duration_unreadable": _("The duration cannot be read. The end was left out."),
    "sequence_unreadable": _("The number of the version cannot be read. It counts as 0."),
    "status_unknown": _("This status is unknown. The event counts as confirmed."),
    "url_refused": _("This is no web address that can be linked to. It was left out."),
    "recurs_too_often": _("The event repeats every minute or second. Only its first time was taken."),
    "twice": _("The same event stands in the file more than once. The newest version was taken."),
    "older": _("We know a newer version of this event already. This one was left out."),
    "own": _("This is an event of ours that came back. It is known, and not shown a second time."),
    "called_off": _("The title says that the event is canceled or postponed. An officer decides about its status."),
    "event_unreadable": _("This event cannot be read. It was left out."),
    "too_long": _("This is far too long. It was cut or left out."),
    "others_left_out": _("There are more columns or properties than we keep. The rest was left out."),
    "quoted_printable": _("This text is encoded as in old calendars. It was decoded."),
    "range_left_out": _("This change is meant for all later times too. It was taken for this one time only."),
    "rule_unreadable": _("This rule of repetition cannot be read. It was left out, the first time was taken."),
    "uid_repeated": _("Another event has this UID too. We made one of its own, so that neither is lost."),
    "uid_too_long": _("The UID is too long. A shorter one was made from it."),
    "zone_replaced": _("This time zone is known by another name. Its times stay as they are."),
    "address_missing_host": _("This web address has no server in it. It was left out."),
    "block_repaired": _("The data in this page is not written as it should be. It was repaired."),
    "block_unreadable": _("The data in this part of the page cannot be read. The other parts were."),
    "field_missing": _("This field is needed and is not there."),
    "field_unknown": _("There is no such field. It was left out."),
    "field_wrong": _("What stands in this field has the wrong form."),
}
"""Of single events, whatever the format."""

LISTS: Final[Mapping[str, str]] = {
    "columns": _("This line has more or fewer cells than the heading. It was read as far as it goes."),
    "date_unreadable": _("This date cannot be read. Write it as 2026-11-21."),
    "end_time_missing": _("There is a start time, but no end time."),
    "name_missing": _("There is no name of the event."),
    "number_repeated": _("This number stands on another line too. Each event needs its own."),
    "position_half": _("Latitude or longitude is missing. The position was left out."),
    "position_unreadable": _("Latitude or longitude cannot be read. The position was left out."),
    "position_exchanged": _("Latitude and longitude are exchanged. They were put right."),
    "position_elsewhere": _("The position lies outside of Japan. It was left out."),
    "url_unreadable": _("This is no web address that can be linked to. It was left out."),
}
"""Of lines of municipal lists."""

FETCHING: Final[Mapping[str, str]] = {
    "address_malformed": _("This is no web address."),
    "not_https": _("The address has to begin with https://."),
    "port": _("The address names a port other than 443, 80 and 8443."),
    "userinfo": _("The address holds a user name or a password. Please give one without."),
    "address_refused": _("This address must not be fetched: it is no public address on the internet."),
    "name_unknown": _("There is no server of this name."),
    "too_many_redirects": _("The address leads on too many times."),
    "too_large": _("The file is too large: we take 50 MB, and 10 MB of what is packed."),
    "bomb": _("The file becomes far too large when it is unpacked."),
    "too_slow": _("The server took too long to answer."),
    "cut_off": _("The answer broke off in the middle."),
    "encoding": _("The file is packed in a way that we do not read. Please send it plain or with gzip."),
    "protocol": _("The server did not answer as web servers do."),
    "tls": _("No encrypted connection to the server could be made."),
    "tls_expired": _("The certificate of the server has expired, or is not valid yet."),
    "tls_name": _("The certificate of the server is for another name."),
    "tls_untrusted": _("The certificate of the server comes from nobody we trust."),
    "status": _("The server answered with an error."),
    "unreachable": _("The server cannot be reached."),
}
"""Why nothing could be fetched."""

READINGS: Final[Mapping[str, str]] = {
    "not_a_calendar": _("This is no calendar, no page with events and no list of events."),
    "too_heavy": _("The file is too large or too tangled to be read."),
    "crashed": _("The file could not be read."),
    "not_stored": _("The file could be read, but holds values that cannot be stored."),
    "too_many_bytes": _("The file is larger than 10 MB."),
    "compressed": _("The file is packed in a way that cannot be unpacked."),
    "html": _("This is a web page, not a calendar. Perhaps the address asks for a sign-in."),
    "no_calendar": _("This is no calendar (ICS)."),
    "no_list": _("This is no list of events: the heading with the names of the columns is missing."),
    "no_page_events": _("There are no events in this page that programs can read (schema.org/Event)."),
    "not_json": _("This is no JSON."),
}
"""Why nothing could be read."""

DOUBTS: Final[Mapping[str, str]] = {
    "empty": _("The file had no events at all."),
    "truncated": _("The file ended in the middle."),
    "half_sized": _("The file was less than half as large as the one before."),
    "too_many_gone": _("More than 30 % of what is still to come was gone at once."),
}
"""Why vanished events are held for an officer."""

JOINING: Final[Mapping[str, str]] = {
    "title_same": _("The titles are the same."),
    "title_alike": _("The titles are alike."),
    "start_same": _("They begin at the same time."),
    "days_overlap": _("They are on the same days."),
    "place_same": _("The places are the same."),
    "number_same": _("The numbers in the titles are the same."),
    "organiser_same": _("The organisers are the same."),
    "same_uid": _("They have the same UID."),
    "same_origin": _("One is a copy of the other, or both are copies of a third."),
    "same_url": _("They have the same web page."),
}
"""Why two events may be one."""

DIFFERENCES: Final[Mapping[str, str]] = {
    "start": _("Begins"),
    "end": _("Ends"),
    "place": _("Place"),
    "status": _("Status"),
}
"""In what two sources may differ: names of fields, none of `CODES`, for a server's status is a code too."""

NOTED: Final = frozenset({"called_off", "end_time_missing", "more_findings", "name_missing", "own", "title_missing"})
"""What is only said: nothing was repaired for it, and nothing is lost."""

CODES: Final[Mapping[str, str]] = {**FILES, **EVENTS, **LISTS, **FETCHING, **READINGS, **DOUBTS, **JOINING}


def said(code: str) -> str:
    """Return what a code means, in the reader's language; a code that nobody explained yet says so with its name."""
    return str(CODES[code]) if code in CODES else gettext("Something else was found (%(code)s).", code=code)


def differing(field: str) -> str:
    """Return the name of a field in which sources differ, in the reader's language."""
    return str(DIFFERENCES[field])
