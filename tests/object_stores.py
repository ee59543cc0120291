"""Object stores for tests: a local folder, a real S3 server, and a gate in front of one that can be shut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from session_core.settings import Settings

BUCKET = "audio-of-sessions"


@contextmanager
def s3_server() -> Iterator[int]:
    """An S3 server with one bucket; its port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        with urlopen(Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT")) as answer:
            assert answer.status == 200
        yield port
    finally:
        server.stop()


def on_s3(settings: Settings, port: int) -> Settings:
    return settings.model_copy(
        update={
            "archive_url": f"s3://{BUCKET}/some/prefix",
            "archive_endpoint": f"http://127.0.0.1:{port}",
            "archive_region": "us-east-1",
            "archive_access_key": "a-key",
            "archive_secret_key": SecretStr("a secret"),
        }
    )


class Gate:
    """Passes bytes on to a port, both ways, until it is shut; then it takes connections and says nothing.

    ``held`` is the number of pieces that were kept waiting.
    """

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._open = asyncio.Event()
        self._open.set()
        self._serving: set[asyncio.Task[None]] = set()
        self.held = 0
        self.port = 0

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self._serving.add(task)
        back, forth = await asyncio.open_connection("127.0.0.1", self._behind)
        try:
            await asyncio.wait(
                [asyncio.create_task(self._pass(reader, forth)), asyncio.create_task(self._pass(back, writer))]
            )
        finally:
            for each in (forth, writer):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    async def aclose(self) -> None:
        self.open()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                self.held += not self._open.is_set()
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def gate_before(port: int) -> AsyncIterator[Gate]:
    gate = Gate(port)
    server = await asyncio.start_server(gate.serve, "127.0.0.1", 0)
    gate.port = server.sockets[0].getsockname()[1]
    try:
        yield gate
    finally:
        server.close()
        await gate.aclose()
