"""The topology of docker-compose.yml without containers: Postgres, Redis, two nodes behind a proxy, one worker."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from hearken.embedded import Services
from tests.checker import complaints, log_final_writes, watched
from tests.clients import Recorder, chunks_of
from tests.installation import Installation, Node, installation_on, until
from tests.sound import RATE, say

SPOKEN = (
    ("slt", "Good morning. How many hours do you sleep at night?"),
    ("rms", "I go to bed at ten. I wake up at three in the morning, and then I can not sleep again."),
    ("slt", "What do you think about when you are awake?"),
    ("rms", "I think about my work. There is too much to do."),
)


class Proxy:
    """Gives each new connection to the next node in turn."""

    def __init__(self, nodes: list[Node]) -> None:
        self.url = ""
        self.given = {node.port: 0 for node in nodes}
        self._next = itertools.cycle(node.port for node in nodes)
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        port = next(self._next)
        self.given[port] += 1
        server, to_server = await asyncio.open_connection("127.0.0.1", port)
        ways = [asyncio.create_task(copy(client, to_server)), asyncio.create_task(copy(server, to_client))]
        self._connections.update(ways)
        await asyncio.wait(ways)
        self._connections.difference_update(ways)


async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        return
    finally:
        sink.close()


async def stored_by(installation: Installation, node: Node) -> int:
    """Chunks that this node has stored."""
    async with installation.http.get(f"{node.url}/metrics") as answer:
        found = re.search(r'^hearken_chunks_total{outcome="stored"} (\d+)', await answer.text(), re.MULTILINE)
    return int(found[1]) if found else 0


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


async def test_two_nodes_are_one_installation(services: Services, tmp_path: Path) -> None:
    pause = np.zeros(RATE // 2, dtype=np.int16)
    pieces = [piece for voice, text in SPOKEN for piece in (say(text, tmp_path, voice=voice), pause)]
    chunks = chunks_of(np.concatenate(pieces), 1.5)
    async with installation_on(services, tmp_path / "installation", reconcile_every_s=0.5) as installation:
        await log_final_writes(installation)
        nodes = [await installation.start_node(), await installation.start_node()]
        await installation.start_worker()
        async with Proxy(nodes).listening() as proxy:
            recorder = Recorder(installation, proxy.url, chunks, pace_s=0.3)
            recording = asyncio.create_task(recorder.run())
            # One viewer stays on a node, the recorder comes and goes through the proxy.
            async with watched(installation, nodes[1].url, recorder) as watcher:
                for count in (3, 6, 9):
                    await until(lambda count=count: len(recorder.acknowledged) >= count)  # type: ignore[misc]
                    await recorder.hang_up()
                await recording
                assert await complaints(installation, nodes[0].url, recorder, watcher, chunks) == []
                heard = words(watcher.viewer.view.text())
        assert recorder.connections == 4
        assert min([await stored_by(installation, node) for node in nodes]) > 0
        assert sum([await stored_by(installation, node) for node in nodes]) == len(chunks)
    spoken = words(" ".join(text for _, text in SPOKEN))
    assert len(spoken) - sum(word in heard for word in spoken) <= len(spoken) // 10, heard
