"""A recorder whose deliveries the bench decides: any chunk, at any time, as often as it likes."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from hearken.answer import Refusal, read_answer
from hearken.chunk_file import MEDIA_TYPES, SAMPLE_RATE, RecordedChunk, encode
from hearken.reconnection import connect_as
from hearken.recording import Cut
from hearken.server_connection import Transport
from hearken.sign_in import Account, SignIn

DONE = frozenset({"ready", "failed"})
PAUSE_S = 0.25


class Refused(Exception):
    """The node said no to something that the bench took for right."""


@dataclass(frozen=True, slots=True)
class Segment:
    id: str
    text: str
    words: tuple[tuple[str, int, int], ...]
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Client:
    """One signed-in account with one connection."""

    account: Account
    http: aiohttp.ClientSession
    transport: Transport
    sign_in: SignIn

    async def start(self, *, chunk_seconds: float = 15.0, language: str | None = None) -> str:
        answer = await self._ask(
            "session.start",
            {
                "client_ref": str(uuid.uuid4()),
                "media_type": MEDIA_TYPES["flac"],
                "sample_rate": SAMPLE_RATE,
                "chunk_seconds": chunk_seconds,
                "language": language,
            },
        )
        return str(answer["session_id"])

    async def send(self, session_id: str, cut: Cut) -> float:
        """Send a chunk, as often as the node is busy; the monotonic time of its acknowledgement."""
        audio = await asyncio.to_thread(encode, cut.samples, "flac")
        digest = hashlib.sha256(audio).hexdigest()
        chunk = RecordedChunk(cut.seq, cut.first_sample, len(cut.samples), digest, MEDIA_TYPES["flac"], len(audio))
        await self._ask("chunk", chunk.to_wire(session_id), audio)
        return time.monotonic()

    async def stop(self, session_id: str, last_seq: int) -> None:
        await self._ask("session.stop", {"session_id": session_id, "last_seq": last_seq})

    async def watch(self, session_id: str) -> None:
        await self._ask("session.watch", {"session_id": session_id, "after": 0})

    async def finished(self, session_id: str, within_s: float) -> str:
        """The state that the session ends in."""
        async with asyncio.timeout(within_s):
            while (state := (await self._get(f"sessions/{session_id}"))["state"]) not in DONE:
                await asyncio.sleep(PAUSE_S)
        return str(state)

    async def segments(self, session_id: str) -> list[Segment]:
        found = (await self._get(f"sessions/{session_id}/transcript"))["segments"]
        return [
            Segment(
                each["id"],
                each["text"],
                tuple((word["w"], word["s"], word["e"]) for word in each["words"]),
                each["speaker"],
            )
            for each in found
        ]

    async def _ask(self, event: str, body: Mapping[str, object], attachment: bytes | None = None) -> Mapping[str, Any]:
        while True:
            answer = read_answer(await self.transport.request(event, body, attachment))
            if isinstance(answer, Mapping):
                return answer
            if isinstance(answer, Refusal) and not answer.retryable:
                raise Refused(f"{event}: {answer.code}: {answer.message}")
            await asyncio.sleep((answer.retry_after_s if answer else None) or PAUSE_S)

    async def _get(self, path: str) -> dict[str, Any]:
        """Asks as often as the node is busy."""
        while True:
            headers = {"Authorization": f"Bearer {await self.sign_in.token()}"}
            async with self.http.get(f"{self.account.url}/api/v1/{path}", headers=headers) as response:
                if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    response.raise_for_status()
                    return dict(await response.json())
            await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def client(
    account: Account, on_message: Callable[[str, object], None] = lambda name, payload: None
) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        transport = await connect_as(account, http)(on_message)
        try:
            yield Client(account, http, transport, SignIn(http, account))
        finally:
            await transport.close()
