"""The words for every verdict, reason and warning. The codes are stable; the words are for people at a door."""

from app.core.i18n import gettext_lazy as _

REASONS: dict[str, str] = {
    "bad_code": _("This is not a ticket code."),
    "bad_signature": _("This code was not made by us: it is damaged or forged."),
    "unknown_key": _("This code was made with a key we do not know."),
    "wrong_convention": _("This ticket is for another convention."),
    "revoked": _("This ticket has been withdrawn."),
    "superseded": _("This code has been replaced by a newer one; ask for the newest ticket."),
    "canceled": _("This ticket was canceled."),
    "blocked": _("This ticket is blocked; please ask the help desk."),
    "unpaid": _("This ticket has not been paid yet."),
    "unapproved": _("This ticket has not been approved yet."),
    "not_yet_valid": _("Too early: this ticket is not valid yet."),
    "expired": _("Too late: this ticket is no longer valid."),
    "wrong_day": _("This ticket is for another day."),
    "wrong_venue": _("This ticket is for another venue."),
    "wrong_organiser": _("This ticket is for events of another organiser."),
    "not_entitled": _("This kind of ticket does not open this event."),
    "already_admitted": _("This ticket is already inside."),
    "already_inside_elsewhere": _("This ticket is inside another venue."),
    "not_inside": _("This ticket is not inside, so it cannot leave."),
    "venue_full": _("The venue is full."),
    "residence_missing": _("The country or region of residence is missing; please ask for it at the help desk."),
    "device_revoked": _("This device is no longer allowed to scan; ask your lead for another one."),
}
"""Why a scan was refused."""

QUARANTINE: dict[str, str] = {
    "device_revoked": REASONS["device_revoked"],
    "unknown_gate": _("This gate is not known any more; staff will look at the scan."),
    "gate_out_of_scope": _("This device does not belong to this gate; staff will look at the scan."),
    "unreadable_time": _("The time of the scan cannot be read; staff will look at it."),
    "seq_reused": _("Another scan of this device has the same number; staff will look at both."),
}
"""Why a scan was kept aside: it is stored, and it changes nothing until staff have looked at it."""

WARNINGS: dict[str, str] = {
    "stale_pack": _("The ticket list of this device is old."),
    "clock_untrusted": _("The clock of this device is not trusted."),
    "admitted_offline_twice": _("This ticket was let in more than once while devices were off line."),
}
"""What is worth knowing and never refuses."""

WORDS: dict[str, str] = {
    "admitted": _("Admitted"),
    "refused": _("Refused"),
    "ready": _("Ready"),
    "checking": _("Checking"),
    "saved": _("Saved"),
    "saved_reason": _("No connection. The scan will be sent later."),
    "no_answer_reason": _("No answer yet. The scan is kept and will be sent again."),
    "quarantined": _("Kept for staff"),
    "quarantined_reason": _("The scan is stored; staff will look at it."),
    "queue": _("{n} waiting"),
    "queue_empty": _("Everything sent"),
    "party": _("Party of {n}"),
    "inside": _("{n} inside"),
    "camera_denied": _("The browser does not allow the camera; change that in its settings, or type the code."),
    "camera_missing": _("No camera found; type the code, or use a hand scanner."),
    "camera_failed": _("The camera does not answer; type the code, or use a hand scanner."),
    "signed_out": _("Signed out. Sign in again; scans are kept on this device."),
    "storage_full": _("The storage of this browser is full; keep this page open until everything is sent."),
    "stuck": _("{n} kept for staff"),
}
"""The other words of the scanner; `{n}` is filled in by the page."""


def reason_text(code: str | None) -> str:
    """Return a reason in the reader's language, the code itself if it is unknown, nothing for None."""
    if code is None:
        return ""
    return str(REASONS.get(code) or QUARANTINE.get(code) or WARNINGS.get(code) or code)


def scanner_words() -> dict[str, str]:
    """Return every text that the scanner page may need, by key, in the reader's language."""
    return {key: str(words) for key, words in {**WORDS, **WARNINGS, **QUARANTINE, **REASONS}.items()}
