"""Carries out what the :class:`Uploader` decides: reads the outbox, asks the server, keeps what was learnt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from hearken.outbox import Outbox
from hearken.server_connection import ConnectionLost, Transport
from hearken.upload_action import Ask, Reconnect, Release, Remember, SetAside
from hearken.uploader import Uploader

ANSWER_TIMEOUT_S = 15.0


class Upload:
    """Connects one outbox with one uploader. ``on_change`` is called after anything may have changed."""

    def __init__(self, outbox: Outbox, uploader: Uploader, on_change: Callable[[], None]) -> None:
        self._outbox = outbox
        self._uploader = uploader
        self._on_change = on_change
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Something was told to the uploader: see whether something is due."""
        self._stirred.set()

    def message(self, name: str, payload: object) -> None:
        """A message of a connection; others than ``slow_down`` and ``bye`` are not for recorders."""
        if name == "slow_down" and isinstance(payload, Mapping):
            after = payload.get("retry_after_s")
            if isinstance(after, int | float):
                self._uploader.slowed_down(float(after), asyncio.get_running_loop().time())
        elif name == "bye":
            self._uploader.leaving()
        self.stir()

    async def serve(self, transport: Transport) -> None:
        """Use the connection until cancelled, or until the uploader wants another one."""
        hello = transport.hello
        self._uploader.connected(epoch=hello.epoch, credit=hello.credit, most_bytes=hello.max_chunk_bytes)
        try:
            async with asyncio.TaskGroup() as asking:
                await self._pump(transport, asking)
        finally:
            self._uploader.disconnected()
            self._on_change()

    async def _pump(self, transport: Transport, asking: asyncio.TaskGroup) -> None:
        now = asyncio.get_running_loop().time
        while True:
            self._stirred.clear()
            for action in self._uploader.actions(now()):
                match action:
                    case Ask():
                        asking.create_task(self._ask(transport, action))
                    case Remember(session_id, epoch):
                        self._outbox.remember(session_id=session_id, epoch=epoch)
                    case SetAside(chunk, code):
                        self._outbox.set_aside(chunk, code)
                    case Release(chunk):
                        self._outbox.release(chunk)
                    case Reconnect():
                        await transport.close()
            self._on_change()
            await self._rest(self._uploader.wake_at())

    async def _rest(self, until: float | None) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _ask(self, transport: Transport, ask: Ask) -> None:
        audio = await asyncio.to_thread(self._outbox.read, ask.chunk) if ask.chunk is not None else None
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                raw = await transport.request(ask.event, ask.body, audio)
        except TimeoutError:
            raw = None
        except ConnectionLost:
            return  # told by the end of the connection
        self._uploader.answered(ask, raw, asyncio.get_running_loop().time())
        self.stir()
