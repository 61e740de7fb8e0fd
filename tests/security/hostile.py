"""Hostile requests, the same ones for the same seed: words, bodies and forms that have broken programs."""

import random
from typing import Any

WORDS = [
    "", " ", "\x00", "a\x00b", "\x1b[2J", "\r\nSet-Cookie: a=b", "\u202egpj.exe", "\u2066", "\ufeff", "\uffff",
    "\n", "\t", "\U0001f469\u200d\U0001f469", "e\u0301" * 50, "\u0ba4\u0bcd" * 100, "İ", "ß", "ﬃ", "١٢٣", "½", "９",
    "\ud7ff", "\U0010ffff", "1_000", "9" * 25, "9" * 400, "-0", "1e309", "NaN", "Infinity", "0x10", "2026-13-40",
    "0000-00-00", "9999-12-31T23:59:60Z", "2026-11-21T00:00:00+99:99", "null", "true", "[]", "{}", "'", "';--",
    "' OR 1=1 --", "\\", "%", "_", "%00", "%s%n", "{0}", "{{7*7}}", "${7*7}", "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "../../etc/passwd", "..\\..\\", "//evil.example",
    "/\\evil.example", "http://169.254.169.254/", "file:///etc/passwd", ";", ",", "=cmd|' /C calc'!A0", "a" * 5000,
    "(" * 200, "[" * 200, "*" * 200, "(a+)+$", "yokohama-2026", "citywide-pass",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "en", "zh-Hans", "*",
    "ja;q=NaN", "urn:uuid:00000000-0000-0000-0000-000000000000",
]  # fmt: skip
SPOILT = [
    b"", b"{", b"}", b"null", b"[]", b'""', b"0", b"-", b"1e999", b'{"a":1,"a":2}', b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}", b'{"a":"\\ud800"}', b'{"a":"\xff"}', b"[" * 3000, b"[" * 3000 + b"]" * 3000, b"9" * 5000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000, b'{"party":' + b"[" * 900 + b"]" * 900 + b"}", b'"' + b"\\u0000" * 100 + b'"',
    b'{"' + b"k" * 100_000 + b'":1}',
]  # fmt: skip
NUMBERS = [0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308, 5e-324]
OTHERS: list[Any] = [None, True, False, [], {}, [[]], {"": ""}, {"a": None}, [None] * 50]
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "text/plain", ""]


class Hostile:
    """A source of hostile values."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def word(self) -> str:
        """A hostile word, sometimes two in one."""
        return self.rng.choice(WORDS) + (self.rng.choice(WORDS) if self.rng.random() < 0.2 else "")

    def segment(self) -> str:
        """A part of a path, spelled in bytes as a client may send it."""
        raw = self.word().encode("utf-8", "surrogatepass")[:2000]
        if self.rng.random() < 0.15:
            raw += self.rng.choice([b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5"])
        return "".join(f"%{byte:02X}" for byte in raw if byte) or "%20"

    def value(self, schema: dict[str, Any], schemas: dict[str, Any], wild: float) -> Any:
        """A value of this schema; each part of it is something else with the probability `wild`."""
        if self.rng.random() < wild:
            return self.rng.choice([self.word, self._number, lambda: self.rng.choice(OTHERS)])()
        if "$ref" in schema:
            return self.value(schemas[schema["$ref"].rpartition("/")[2]], schemas, wild)
        if "anyOf" in schema:
            return self.value(self.rng.choice(schema["anyOf"]), schemas, wild)
        if schema.get("type") == "object":
            return self._object(schema, schemas, wild)
        if schema.get("type") == "array":
            most = schema.get("maxItems", 5)
            count = min(50, self.rng.choice([0, 1, 1, 1, 2, 3, most, most + 1]))
            return [self.value(schema["items"], schemas, wild) for _ in range(count)]
        return self._plain(schema)

    def _object(self, schema: dict[str, Any], schemas: dict[str, Any], wild: float) -> dict[str, Any]:
        found = {
            name: self.value(below, schemas, wild)
            for name, below in schema.get("properties", {}).items()
            if name in schema.get("required", ()) or self.rng.random() < 0.7
        }
        if self.rng.random() < wild:
            found[self.word()] = self.word()
        if found and self.rng.random() < wild:
            del found[self.rng.choice(list(found))]
        return found

    def _plain(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        if kind in {"integer", "number"}:
            low, high = int(schema.get("minimum", 0)), int(schema.get("maximum", 1000))
            return self.rng.choice([low, high, self.rng.randint(low, high), low - 1, high + 1])
        if kind == "boolean":
            return self.rng.random() < 0.5
        if schema.get("format") == "uuid":
            return f"00000000-0000-0000-0000-{self.rng.randrange(2**48):012x}"
        if schema.get("format") in {"date-time", "date"}:
            return self.rng.choice(
                ["2026-11-21T10:00:00+09:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-11-21"]
            )
        return self.rng.choice(
            ["yokohama-2026", "citywide-pass", "li.na@example.org", "terms-2026", "JP", "x", self.word()]
        )

    def _number(self) -> Any:
        return self.rng.choice(NUMBERS)

    def form(self, names: list[str]) -> tuple[bytes, str]:
        """The body of a form with these fields and a few more, and its content type."""
        kind = self.rng.choice(FORMS[:1] * 6 + FORMS)
        chosen = [name for name in names if self.rng.random() < 0.8] + [
            self.word() for _ in range(self.rng.randrange(3))
        ]
        fields = [(name, self.word()) for name in chosen]
        if kind.startswith("multipart"):
            return b"".join(self._part(name, value) for name, value in fields) + b"--x--\r\n", kind
        pairs = (f"{_quoted(name)}={_quoted(value)}" for name, value in fields)
        return "&".join(pairs).encode(), kind

    def _part(self, name: str, value: str) -> bytes:
        extra = self.rng.choice(["", "", '; filename="../../x"', '; filename="\x00"', "; filename*=utf-8''%ff"])
        head = f'--x\r\ncontent-disposition: form-data; name="{name}"{extra}\r\n\r\n'
        return (head + value + "\r\n").encode("utf-8", "surrogatepass")


def _quoted(word: str) -> str:
    return "".join(f"%{byte:02X}" for byte in word.encode("utf-8", "surrogatepass"))
