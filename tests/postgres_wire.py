"""A proxy before Postgres' socket that can stop time at one statement: before it arrives, or after it was done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from urllib.parse import quote

SOCKET = ".s.PGSQL.5432"
_HEAD = 5  # a message's type and its length, which counts itself but not the type


class Hold(Enum):
    NOTHING = "everything passes"
    STATEMENT = "the statement does not arrive"
    ANSWER = "the statement is carried out, its answer does not come back"


class PostgresWire:
    """Programs that connect to ``url(...)`` reach the Postgres at ``target``.

    Once :attr:`hold` is set, each connection stands still at its next statement that contains ``text``, and
    ``caught`` counts those. Other connections go on. Nothing that is held is ever let go.
    """

    def __init__(self, target: Path, folder: Path, text: str) -> None:
        self.hold = Hold.NOTHING
        self.caught = 0
        self._target = target
        self._folder = folder
        self._text = text.encode()
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, app_url: str) -> str:
        """The address of the same database through the proxy."""
        return f"{app_url.partition('?')[0]}?host={quote(str(self._folder), safe='/')}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[PostgresWire]:
        server = await asyncio.start_unix_server(self._accept, self._folder / SOCKET)
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._target)
        answers_pass = asyncio.Event()
        answers_pass.set()
        ways = (
            asyncio.create_task(self._statements(client, to_server, answers_pass)),
            asyncio.create_task(_answers(server, to_client, answers_pass)),
        )
        self._tasks.update(ways)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._tasks.difference_update(ways)
            to_client.close()
            to_server.close()

    async def _statements(
        self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, answers_pass: asyncio.Event
    ) -> None:
        """Pass what the client says. A statement is told by the name it was prepared under."""
        wanted: set[bytes] = set()
        try:
            length = await client.readexactly(4)
            to_server.write(length + await client.readexactly(int.from_bytes(length, "big") - 4))
            while True:
                head = await client.readexactly(_HEAD)
                body = await client.readexactly(int.from_bytes(head[1:], "big") - 4)
                if head[:1] == b"P" and self._text in body:
                    wanted.add(body.split(b"\0", 1)[0])
                if head[:1] == b"B" and body.split(b"\0", 2)[1] in wanted and self.hold is not Hold.NOTHING:
                    self.caught += 1
                    if self.hold is Hold.STATEMENT:
                        await client.read()  # until the client is gone
                        return
                    answers_pass.clear()
                to_server.write(head + body)
                await to_server.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return


async def _answers(server: asyncio.StreamReader, to_client: asyncio.StreamWriter, passing: asyncio.Event) -> None:
    try:
        while data := await server.read(65_536):
            await passing.wait()
            to_client.write(data)
            await to_client.drain()
    except ConnectionError:
        return
