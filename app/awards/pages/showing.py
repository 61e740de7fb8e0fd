"""What goes with an entry on a judge's page: the words for its parts, and its files."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from app.awards.entering import evidence_words
from app.awards.entering.drafts import FIELD_NAMES
from app.awards.pages.entering import KINDS
from app.awards.pages.entry_parts import handed
from app.awards.schemas import FIELDS
from app.awards.scoring.desk import desk
from app.awards.showing.files import file_for
from app.awards.showing.readers import Judge
from app.awards.topics import TOPICS
from app.core.web.request import Request
from app.people.residence import country_name


class Parts(Struct, frozen=True):
    """The words in which a judge reads the parts of an entry."""

    names: dict[str, str]
    kinds: dict[str, str]
    topics: dict[str, str]
    country: Any = country_name
    evidence_words: Any = evidence_words


PARTS = Parts({name: FIELD_NAMES[name] for name in FIELDS}, KINDS, TOPICS)


@get("/judging/{award:str}/{round_id:uuid}/{entry:uuid}/files/{file:uuid}", include_in_schema=False)
async def take_file(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID], file: FromPath[UUID]
) -> Response[bytes]:
    """Hand a file of an entry to a judge; in a blind round a copy that does not say who made it."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    return handed(await file_for(Judge(sitting.judge.id), entry=entry, file=file, round=sitting.round))


HANDLERS: list[Any] = [take_file]
