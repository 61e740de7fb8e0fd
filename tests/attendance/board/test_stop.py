"""A real server stops at once although somebody looks on."""

import http.client
import re
import signal
import time
from urllib.parse import urlsplit

from app.commands.serve import KILL_SECONDS
from app.core.sandbox.places import free_port
from tests.running import Run, open_folder, stopped


def test_server_with_an_open_stream_stops_in_order() -> None:
    with open_folder() as folder, stopped(Run(folder, free_port())) as run:
        demo = run.ready()
        run.links()
        where = urlsplit(demo["url"])
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        token = demo["tokens"]["officer"]
        line.request("GET", f"/board/{demo['convention']}/stream", headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        assert answer.status == 200
        assert answer.readline() == b"retry: 2000\n"
        began = time.monotonic()
        run.process.send_signal(signal.SIGINT)
        rest = answer.read()  # raises when the line is cut in the middle
        took = time.monotonic() - began
        line.close()
        said = run.wait()
    assert rest.endswith(b"\n\n")
    assert took < KILL_SECONDS, "the process was killed"
    assert re.search("killing", said, re.IGNORECASE) is None
