"""A browser in two words, for the list of one's sessions; the whole header would tell more than is needed."""

_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: nearly all of them also call themselves Chrome or Safari."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def in_words(header: str) -> str:
    """Return what a `User-Agent` says: "Firefox, Windows", a half of it, or nothing."""
    found = (_first(_BROWSERS, header), _first(_SYSTEMS, header))
    return ", ".join(filter(None, found))


def _first(table: tuple[tuple[str, str], ...], header: str) -> str:
    return next((name for mark, name in table if mark in header), "")
