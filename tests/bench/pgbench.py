"""pgbench of the smallest transaction a scan could be: one row into a table like `scan`, committed to disk."""

import subprocess
import tempfile
from pathlib import Path

from tests.bench.servers import Servers

TABLE = """
CREATE TABLE bench_scan (
    id bigserial PRIMARY KEY, device uuid NOT NULL, seq bigint NOT NULL, gate uuid NOT NULL, ticket uuid,
    request bytea NOT NULL, direction varchar(5) NOT NULL, scanned_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL, clock jsonb, status varchar(11) NOT NULL, verdict varchar(8) NOT NULL,
    reason varchar(40), warnings jsonb NOT NULL, UNIQUE (device, seq)
)
"""
SCRIPT = r"""
\set seq :seq + 1
INSERT INTO bench_scan (device, seq, gate, ticket, request, direction, scanned_at, received_at, clock, status, verdict,
                        warnings)
VALUES (lpad(to_hex(:client_id::int), 32, '0')::uuid, :seq, '9a3c8a2e-3f3c-4b6e-9d39-0a4be1d7c001',
        '9a3c8a2e-3f3c-4b6e-9d39-0a4be1d7c002', decode(repeat('5a', 32), 'hex'), 'entry', now(), now(),
        '{"offset_ms": -20, "monotonic_ms": 1234567}', 'stored', 'admitted', '[]');
"""


def make_table(servers: Servers) -> None:
    """Make the table and the script's place in the database."""
    _run(servers, "psql", "-Xqc", TABLE)


def run(servers: Servers, *, clients: int, seconds: float, turn: int) -> tuple[float, list[float]]:
    """Return transactions per second and the sorted times in milliseconds; `turn` numbers the runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "scan.sql").write_text(SCRIPT)
        said = _run(
            servers,
            "pgbench",
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1", f"--time={max(1, seconds):.0f}"),
            *(f"--define=seq={turn * 10_000_000}", f"--file={folder / 'scan.sql'}"),
            *("--log", f"--log-prefix={folder / 'times'}"),
        )
        rate = float(said.partition("tps = ")[2].partition(" ")[0])
        lines = [line.split() for path in folder.glob("times.*") for line in path.read_text().splitlines()]
        return rate, sorted(int(fields[2]) / 1000 for fields in lines)


def _run(servers: Servers, program: str, *words: str) -> str:
    done = subprocess.run(
        [str(servers.programs / program), *words, servers.url], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr[:2000]}")
    return done.stdout
