"""What stands for the parameters of an award's pages: the demo's award, and an entry that was just begun."""

from uuid import UUID

from tests.browser import planting
from tests.browser.planting import Demo

MAIL = "entrant@example.org"
NOT_HERE = {
    "GET /award-certificates/{code}",
    "GET /award-certificates/{code}/certificate.pdf",
    "GET /{convention}/awards/{award}/results",
    "GET /entries/{token}/result",
    "GET /tickets/{token}/vote/{round_id}",
    "GET /api/v1/awards/{award}/rounds/{round_id}/results",
    "GET /api/v1/awards/{award}/rounds/{round_id}/bundle",
    "GET /api/v1/awards/{award}/rounds/{round_id}/bundle.sha256",
    "GET /api/v1/awards/{award}/rounds/{round_id}/recompute.py",
    "GET /judging/{award}/{round_id}/{entry}/files/{file}",
    "GET /api/v1/awards/{award}/rounds/{round_id}/pairs",
    "GET /api/v1/awards/{award}/rounds/{round_id}/order",
    "GET /judging/{award}/{round_id}/pairs",
    "GET /judging/{award}/{round_id}/order",
    "GET /judging/{award}/{round_id}/ranking",
    "GET /awards/{award}/rounds/{round_id}/release/approve",
}
"""What the demo's award has not yet: a released result, a vote, comparisons, files, a judged round."""


async def values(demo: Demo) -> dict[str, dict[str, str]]:
    """Declare as the demo's judge, begin an entry, and return what stands for each part of the pages."""
    award = demo["awards"][0]
    slug, rounds = award["slug"], award["rounds"]
    screening, judged = [one["id"] for one in rounds if one["state"] == "open"][:2]
    draft = next(one["id"] for one in rounds if one["state"] == "draft")
    await _declare(demo, f"/api/v1/awards/{slug}")
    entry = await planting.first(
        demo,
        "SELECT a.entry FROM assignment a JOIN judge j ON j.id = a.judge JOIN account c ON c.id = j.account"
        " WHERE a.round = $1 AND c.label = 'Demo judge' AND a.removed_at IS NULL ORDER BY a.entry LIMIT 1",
        UUID(judged),
    )
    common = {
        "award": slug,
        "round_id": judged,
        "entry": entry,
        "category": next(one["category"] for one in rounds if one["state"] == "draft"),
        "rubric": await planting.first(demo, "SELECT id FROM rubric LIMIT 1"),
        "place": "0",
        "judge": await planting.first(demo, "SELECT id FROM judge ORDER BY pseudonym LIMIT 1"),
        "run": await planting.first(demo, "SELECT id FROM assignment_run LIMIT 1"),
        "conflict": await _conflict(demo, f"/api/v1/awards/{slug}/rounds/{judged}"),
    }
    own = await _entry(demo, slug)
    drafted = common | {"round_id": draft}
    of_round = "/rounds/{round_id}"
    return {
        "/awards": common,
        "/api/v1/awards": common,
        "/judging": common,
        **{f"/awards/{{award}}{of_round}/{part}": drafted for part in ("settings", "remove", "open", "panel")},
        f"/awards/{{award}}{of_round}/screening": common | {"round_id": screening},
        "/awards/{award}/entries/{entry}/files": common | {"entry": own["entry"], "file": own["file"]},
        "/awards/{award}/entries/{entry}/reopen": common | {"entry": own["entry"]},
        "/{convention}/awards": {"convention": demo["convention"], "award": slug},
        "/entries": own,
    }


async def _declare(demo: Demo, api: str) -> None:
    async with planting.desk(demo, "judge") as judge:
        asked = (await judge.get(f"{api}/declarations")).json()
        answer = await judge.post(f"{api}/declarations", json={"list": asked["list"]})
        assert answer.status_code == 201, answer.text


async def _conflict(demo: Demo, round_path: str) -> str:
    """Let the secretary write down a tie of the last judge, and return it."""
    judge = await planting.first(demo, "SELECT id FROM judge ORDER BY pseudonym DESC LIMIT 1")
    entry = await planting.first(
        demo,
        "SELECT e.id FROM award_entry e JOIN award_category c ON c.id = e.category WHERE c.slug = 'pairs'"
        " AND NOT EXISTS (SELECT FROM assignment a WHERE a.entry = e.id AND a.judge = $1) ORDER BY e.number LIMIT 1",
        UUID(judge),
    )
    async with planting.desk(demo, "secretary") as secretary:
        tie = {"judge": judge, "entry": entry, "tie": "other", "reason": "They have worked together."}
        answer = await secretary.post(f"{round_path}/conflicts", json=tie)
        assert answer.status_code == 201, answer.text
    return await planting.first(
        demo, "SELECT id FROM conflict WHERE judge = $1 AND entry = $2", UUID(judge), UUID(entry)
    )


async def _entry(demo: Demo, slug: str) -> dict[str, str]:
    """Begin an entry as anybody may, name a second member and send a file."""
    async with planting.desk(demo, "partner") as anybody:
        member = {"organisation": "Walker & Co.", "kind": "company", "country": "DE", "name": "Walker", "email": MAIL}
        began = {**member, "category": "cities", "language": "en"}
        await planting.send(anybody, f"/{demo['convention']}/awards/{slug}/enter", began)
        path = await planting.link(demo, MAIL, "entries")
        second = {**member, "organisation": "Läufer GmbH", "email": "second@example.org", "language": "de"}
        await planting.send(anybody, f"{path}/members", second)
        sent = {"file": ("plan.png", PNG, "image/png")}
        answer = await anybody.post(f"{path}/files", files=sent)
        assert answer.status_code < 400, answer.text
    token = path.rpartition("/")[2]
    entry = await planting.first(
        demo, "SELECT m.entry FROM entry_member m WHERE m.organisation = $1", member["organisation"]
    )
    found = "SELECT id FROM {} WHERE entry = $1 ORDER BY {} DESC LIMIT 1"
    return {
        "token": token,
        "language": "en",
        "entry": entry,
        "member": await planting.first(demo, found.format("entry_member", "position"), UUID(entry)),
        "file": await planting.first(demo, found.format("entry_file", "created_at"), UUID(entry)),
    }


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63600000000200"
    "0148afa4710000000049454e44ae426082"
)
"""A picture of one pixel."""
