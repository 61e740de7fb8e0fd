"""Our calendars for calendar programs: CalDAV (RFC 4791), read only, with collection synchronisation (RFC 6578)."""
