"""What the columns of a platform's table mean, by their headings in several languages. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, Literal

from msgspec import Struct

from app.attendance.online.reports.rows import Row

Column = Literal[
    "name", "email", "registered", "id", "joined", "left", "duration", "waiting", "attended", "action", "moment"
]
_SAID: Final[Mapping[Column, str]] = {
    "name": "name|name (original name)|user name (original name)|user name|full name|display name|participant|attendee"
    "|名前|氏名|表示名|ユーザー名|名前 (元の名前)|名前(元の名前)|フル ネーム|姓名|名称|全名|이름|전체 이름",
    "email": "email|user email|e-mail|email address|attendee email|メール|メール アドレス|メールアドレス"
    "|ユーザーのメール|ユーザーのメールアドレス|电子邮件|邮箱|用户电子邮件|이메일|전자 메일|사용자 이메일",
    "registered": "registration email|登録メール|登録のメール|注册电子邮件|등록 이메일",
    "id": "id|opaque id|participant id|participant id (upn)|user id|external id|extid|registrant id|参加者 id"
    "|参加者 id (upn)|参与者 id|참가자 id",
    "joined": "join time|join|joined|joined at|joined_at|first join|first join time|time joined|join timestamp"
    "|参加時刻|参加時間|入室時刻|参加日時|最初の参加|最初の参加時刻|加入时间|首次加入|참가 시간|참여 시간|첫 번째 참가",
    "left": "leave time|leave|left|left at|left_at|last leave|last leave time|time exited|leave timestamp|退出時刻"
    "|退出時間|退室時刻|退出日時|最後の退出|最後の退出時刻|离开时间|退出时间|上次离开|나간 시간|마지막 나감",
    "duration": "duration|duration (minutes)|time in session (minutes)|in-meeting duration|total duration (minutes)"
    "|時間|時間 (分)|時間(分)|期間|会議での時間|会議の参加時間|会議中の時間|持续时间|时长|时长(分钟)|기간|기간(분)",
    "waiting": "in waiting room|待機室|在等候室|대기실",
    "attended": "attended|出席|出席済み|参加済み|已出席|참석함",
    "action": "user action|ユーザー アクション|ユーザーの操作|用户操作|사용자 작업",
    "moment": "timestamp|タイムスタンプ|时间戳|타임스탬프",
}
_UTC: Final = re.compile(r"\s*\(utc\)$")
_LASTING: Final = re.compile(r"(\d+)\s*(h|m|s|時間|分|秒|小时|分钟|시간|분|초)")
_SECONDS: Final = {"h": 3600, "時間": 3600, "小时": 3600, "시간": 3600, "m": 60, "分": 60, "分钟": 60, "분": 60}
_YES: Final = frozenset({"yes", "true", "1", "はい", "是", "예"})
_NO: Final = frozenset({"no", "false", "0", "いいえ", "否", "아니요"})


class Line(Struct, frozen=True, kw_only=True):
    """A line of a report as the platform wrote it; what it does not say is empty.

    `joined` and `left` are texts of the platform's clock, or moments when the platform counts seconds since 1970.
    `seconds` is how long the platform says that the stay was. `flaw` is what the platform itself says against it:
    waiting_room | not_attended; `by_meeting`: left when the meeting ended.
    """

    number: int
    name: str = ""
    email: str = ""
    id: str = ""
    joined: str | dt.datetime = ""
    left: str | dt.datetime = ""
    seconds: int | None = None
    flaw: Literal["waiting_room", "not_attended"] | None = None
    by_meeting: bool = False
    by_length: bool = False


class Columns(Struct, frozen=True):
    """Where a table says what; `utc` when its headings say that its times are."""

    places: dict[Column, int]
    utc: bool

    @property
    def is_of_stays(self) -> bool:
        """Whether the table says who came when: the least that a report has to say."""
        return "joined" in self.places and bool({"name", "email", "id"} & set(self.places))


def folded(words: str) -> str:
    """Return words as headings are compared."""
    plain = " ".join(unicodedata.normalize("NFKC", words).casefold().split()).strip(" *:")
    return re.sub(r"\s*\(", " (", plain)


@cache
def _meanings() -> dict[str, Column]:
    return {folded(words): column for column, said in _SAID.items() for words in said.split("|")}


def columns(cells: Sequence[str]) -> Columns:
    """Return what a row means as a heading; the first column of a meaning counts."""
    places: dict[Column, int] = {}
    plain = [folded(cell) for cell in cells]
    for place, words in enumerate(plain):
        meaning = _meanings().get(_UTC.sub("", words))
        if meaning:
            places.setdefault(meaning, place)
    return Columns(places, any(_UTC.search(words) for words in plain))


def stays(rows: Iterable[Row], *, until_again: bool = True) -> Iterator[Line]:
    """Yield the lines below every heading that says who came when.

    A heading of another table ends it (a meeting that was opened again, `until_again`); what stands above the first
    one is the platform's summary.
    """
    here: Columns | None = None
    for row in rows:
        meant = columns(row.cells)
        if meant.is_of_stays:
            here = meant
        elif until_again and len(row.cells) > 1 and _is_summary(row):
            here = None
        elif here is not None:
            yield line(row, here)


def _is_summary(row: Row) -> bool:
    """Whether a row is the heading of a meeting's summary."""
    said = {folded(cell) for cell in row.cells}
    return bool(said & {"topic", "トピック", "主题", "주제"}) and bool(
        said & {"meeting id", "id", "webinar id", "ミーティング id", "会议 id", "회의 id"}
    )


def line(row: Row, meant: Columns) -> Line:
    """Return a row as its heading means it."""

    def cell(column: Column) -> str:
        said = row.cell(meant.places.get(column))
        return "" if said in {"-", "--", "---", "–", "N/A", "n/a"} else said

    zone = " UTC" if meant.utc else ""
    return Line(
        number=row.number,
        name=cell("name"),
        email=cell("registered") or cell("email"),
        id=cell("id"),
        joined=cell("joined") and cell("joined") + zone,
        left=cell("left") and cell("left") + zone,
        seconds=lasting(cell("duration")),
        flaw=_flaw(cell("waiting"), cell("attended")),
    )


def _flaw(waiting: str, attended: str) -> Literal["waiting_room", "not_attended"] | None:
    if folded(waiting) in _YES:
        return "waiting_room"
    return "not_attended" if folded(attended) in _NO else None


def lasting(words: str) -> int | None:
    """Return how many seconds a length is: minutes (`57`), `1:02:03` or `1h 2m 3s`; None for no length."""
    plain = unicodedata.normalize("NFKC", words).strip()[:40]
    if plain.isdecimal():
        return int(plain[:6]) * 60
    if re.fullmatch(r"\d{1,3}(:\d{2}){1,2}", plain):
        hours, minutes, seconds, *_rest = [*map(int, plain.split(":")), 0]
        return hours * 3600 + minutes * 60 + seconds
    parts = _LASTING.findall(plain)
    return sum(int(n[:6]) * _SECONDS.get(unit, 1) for n, unit in parts) if parts else None
