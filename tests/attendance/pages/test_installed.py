"""The scanner as an installed application: all that it needs without a server is kept, in every language."""

import re

import httpx
import pytest

from app.core.i18n import LANGUAGES
from app.core.web.pages import asset, files_of


async def kept(http: httpx.AsyncClient) -> list[str]:
    answer = await http.get("/gate/sw.js")
    found = re.match(r"const FILES = \[(.*?)\];\n", answer.text)
    assert found is not None
    return re.findall(r'"([^"]+)"', found[1])


async def test_worker_is_a_plain_script_for_all_of_the_gate(http: httpx.AsyncClient) -> None:
    answer = await http.get("/gate/sw.js")
    assert answer.headers["service-worker-allowed"] == "/gate"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert not re.search(r"\b(import|export)\b\s*[\s{*\"'(]", answer.text), (
        "only a script without imports runs everywhere"
    )


async def test_worker_keeps_every_file_that_the_gate_loads(http: httpx.AsyncClient) -> None:
    files = await kept(http)
    assert {asset("src/gate.ts").script, *asset("src/app.ts").styles, asset("src/enrol.ts").script} <= set(files)
    assert set(files_of("src/gate.ts")) <= set(files)
    assert [name for name in files if name.endswith(".wasm")]
    assert [name for name in files if re.search(r"/decoder-[^/]+\.js$", name)]
    for name in files:
        assert (await http.get(name)).status_code == 200, name


async def test_worker_does_not_keep_itself(http: httpx.AsyncClient) -> None:
    assert asset("src/sw.ts").script not in await kept(http)


@pytest.mark.parametrize("tag", LANGUAGES)
async def test_manifest_opens_the_choice_of_gates(http: httpx.AsyncClient, tag: str) -> None:
    answer = await http.get(f"/gate/manifest.webmanifest?lang={tag}")
    found = answer.json()
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert (found["lang"], found["start_url"], found["scope"], found["display"]) == (
        tag,
        "/gate",
        "/gate",
        "standalone",
    )
    assert {icon["purpose"] for icon in found["icons"]} == {"any", "maskable"}
    for icon in found["icons"]:
        picture = await http.get(icon["src"])
        assert picture.status_code == 200
        width = int(icon["sizes"].partition("x")[0])
        assert int.from_bytes(picture.content[16:20]) == int.from_bytes(picture.content[20:24]) == width


async def test_words_are_there_in_every_language(http: httpx.AsyncClient) -> None:
    found = (await http.get("/gate/words.json", headers={"accept-language": "de"})).json()
    assert set(found) == set(LANGUAGES)
    assert len({frozenset(words) for words in found.values()}) == 1
    assert found["en"]["admitted"] == "Admitted"
    assert len({words["admitted"] for words in found.values()}) == len(LANGUAGES)


async def test_phone_whose_browser_cannot_check_signatures_keeps_what_can(http: httpx.AsyncClient) -> None:
    """The library for older browsers comes when it is needed, which may be without a server."""
    scripts = [(await http.get(name)).text for name in await kept(http) if "/ed25519-" in name]
    assert len(scripts) == 1
    assert "zip215" in scripts[0]
