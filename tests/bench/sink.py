"""A mail server that takes everything and keeps nothing, as a process of its own: `python -m tests.bench.sink PORT`.

It speaks only as much SMTP as a client needs, so that it costs the machine next to nothing. On each line of its input
it says how many mails it has taken.
"""

import asyncio
import sys

ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n", b"EHLO": b"250-here\r\n250 8BITMIME\r\n"}


class Sink:
    """The server and its count."""

    def __init__(self) -> None:
        self.taken = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with one client until it hangs up."""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            writer.write(ANSWERS.get(word, b"250 yes\r\n"))
            if word == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                self.taken += 1
                writer.write(b"250 taken\r\n")
        writer.close()


async def main(port: int) -> None:
    """Serve until the input ends."""
    sink = Sink()
    async with await asyncio.start_server(sink, "127.0.0.1", port, limit=1 << 24):
        while await asyncio.to_thread(sys.stdin.readline):
            sys.stdout.write(f"{sink.taken}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
