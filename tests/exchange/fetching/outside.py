"""The internet of a test: names that resolve to what the test says, public addresses behind which its cities stand."""

import socket
from typing import Any

import httpcore

from app.exchange.fetching import calling
from app.exchange.fetching.calling import Way
from tests.exchange.certificates import Authority
from tests.exchange.cities import City

PUBLIC, OTHER = "93.184.216.34", "2600:1406:3a00:21::173e:2e65"
NAME = "events.city.example.jp"


class Outside:
    """Names and addresses of a test, and which of them were asked for.

    A name has a list of answers, one for each time it is looked up; the last one stays. A connection to an address that
    stands for no city is recorded and refused.
    """

    def __init__(self, authority: Authority | None = None) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.cities: dict[str, City] = {}
        self.looked_up: list[str] = []
        self.connected: list[str] = []
        self._trust = authority.trust() if authority else calling.trusted()

    def put(self, city: City, *, name: str = NAME, address: str = PUBLIC) -> None:
        """Let a city be found under a name at a public address."""
        self.names[name] = [[address]]
        self.cities[address] = city

    def way(self, **more: Any) -> Way:
        """Return the way out that leads here, with no place of this machine allowed."""
        found: dict[str, Any] = {"resolve": self._resolve, "connect": self._connect, "trust": lambda: self._trust}
        return Way(**{**found, "allowed": frozenset(), **more})

    async def _resolve(self, host: str, _port: int) -> list[str]:
        self.looked_up.append(host)
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _connect(self, address: str, _port: int) -> httpcore.AsyncNetworkStream:
        self.connected.append(address)
        if address not in self.cities:
            raise httpcore.ConnectError
        return await calling.connect("127.0.0.1", self.cities[address].port)
