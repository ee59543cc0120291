"""A recorder and a viewer for tests, each as a strict reader of docs/protocol.md would write it.

The recorder believes every acknowledgement: a chunk goes again and again until it is acknowledged, and is then
forgotten. What an acknowledgement promised and the server lost is lost for good, and the checker sees it.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hearken.answer import Refusal, read_answer
from hearken.beside import until as run_until
from hearken.chunk_file import MEDIA_TYPES, SAMPLE_RATE, encode
from hearken.reconnection import connect_as
from hearken.server_connection import ConnectionLost, ConnectionRefused, Transport, Unreachable
from hearken.sign_in import SignInUnavailable
from hearken.viewer import Viewer, WatchRefused
from tests.installation import Installation, Person
from tests.sound import Pcm

CREDIT = 4
ANSWER_S = 10.0
AGAIN_S = 0.1
LOOK_S = 0.02


@dataclass(frozen=True)
class Chunk:
    seq: int
    first_sample: int
    sample_count: int
    audio: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.audio).hexdigest()


def chunks_of(speech: Pcm, seconds: float) -> list[Chunk]:
    """The speech as FLAC files of so many seconds each."""
    length = round(seconds * SAMPLE_RATE)
    pieces = [speech[start : start + length] for start in range(0, len(speech), length)]
    return [Chunk(seq, seq * length, len(piece), encode(piece, "flac")) for seq, piece in enumerate(pieces)]


class Recorder:
    """Sends ``chunks``, one every ``pace_s`` seconds, over any number of connections, and says Stop.

    The last ``held_back`` chunks are not recorded before that is 0.
    ``acknowledged`` holds the bytes that the server has answered for, by number.
    """

    def __init__(
        self, installation: Installation, url: str, chunks: Sequence[Chunk], *, pace_s: float, who: Person | None = None
    ) -> None:
        self.who = who or installation.ann
        self.session_id: str | None = None
        self.acknowledged: dict[int, bytes] = {}
        self.connections = 0
        self.stopped = False
        self.held_back = 0
        self._connect = connect_as(self.who.account(url), installation.http)
        self._client_ref = str(uuid.uuid4())
        self._chunks = list(chunks)
        self._pace_s = pace_s
        self._connection: Transport | None = None

    async def run(self) -> None:
        """Return once every chunk is acknowledged and Stop is answered."""
        began = time.monotonic()
        while not self.stopped:
            try:
                self._connection = await self._connect(lambda name, payload: None)
            except (SignInUnavailable, Unreachable, ConnectionRefused):
                await asyncio.sleep(AGAIN_S)
                continue
            self.connections += 1
            try:
                await self._serve(self._connection, began)
            except ConnectionLost:
                await asyncio.sleep(AGAIN_S)
            finally:
                await self._connection.close()

    async def hang_up(self) -> None:
        """Break the connection, as a bad network would."""
        if self._connection is not None:
            await self._connection.close()

    async def _serve(self, connection: Transport, began: float) -> None:
        start = {
            "client_ref": self._client_ref,
            "media_type": MEDIA_TYPES["flac"],
            "sample_rate": SAMPLE_RATE,
            "chunk_seconds": self._chunks[0].sample_count / SAMPLE_RATE,
        }
        self.session_id = (await self._insist(connection, "session.start", start))["session_id"]
        while left := [chunk for chunk in self._chunks if chunk.seq not in self.acknowledged]:
            spoken = min(len(self._chunks) - self.held_back, 1 + (time.monotonic() - began) / max(self._pace_s, 1e-9))
            due = [chunk for chunk in left if chunk.seq < spoken]
            if not due:
                await asyncio.sleep(LOOK_S)
                continue
            sent = (self._send(connection, chunk) for chunk in due[:CREDIT])
            ended = await asyncio.gather(*sent, return_exceptions=True)
            for error in filter(None, ended):
                raise error
        stop = {"session_id": self.session_id, "last_seq": self._chunks[-1].seq}
        await self._insist(connection, "session.stop", stop)
        self.stopped = True

    async def _send(self, connection: Transport, chunk: Chunk) -> None:
        body = {
            "session_id": self.session_id,
            "seq": chunk.seq,
            "first_sample": chunk.first_sample,
            "sample_count": chunk.sample_count,
            "sha256": chunk.sha256,
            "media_type": MEDIA_TYPES["flac"],
        }
        answer = await self._insist(connection, "chunk", body, chunk.audio)
        assert (answer["seq"], answer["sha256"]) == (chunk.seq, chunk.sha256)
        self.acknowledged[chunk.seq] = chunk.audio

    async def _insist(
        self, connection: Transport, event: str, body: Mapping[str, object], audio: bytes | None = None
    ) -> Mapping[str, Any]:
        """Ask until there is a positive answer. Raises ConnectionLost."""
        while True:
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = read_answer(await connection.request(event, body, audio))
            except TimeoutError:
                continue
            if isinstance(answer, Mapping):
                return answer
            assert not isinstance(answer, Refusal) or answer.retryable, f"{event} refused: {answer}"
            await asyncio.sleep(AGAIN_S)


class Watcher:
    """Follows a session, from its cursor on whenever the connection ends.

    With ``restless`` it ends each connection itself after so many events. ``seen`` holds version, type and the
    moment (``time.time``) of every event as it was taken in.
    """

    def __init__(
        self,
        installation: Installation,
        url: str,
        session_id: str,
        *,
        restless: int | None = None,
        who: Person | None = None,
    ) -> None:
        account = (who or installation.ann).account(url)
        self.viewer = Viewer(self._saw)
        self.seen: list[tuple[int, str, float]] = []
        self.connections = 0
        self._session_id = session_id
        self._connect = connect_as(account, installation.http)
        self._restless = restless
        self._tired = asyncio.Event()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                connection = await self._connect(self.viewer.message)
            except (SignInUnavailable, Unreachable, ConnectionRefused):
                await asyncio.sleep(AGAIN_S)
                continue
            self.connections += 1
            self._tired.clear()
            try:
                following = self.viewer.follow(connection, self._session_id)
                await run_until(connection.ended(), following, self._hang_up_when_tired(connection))
            except (ConnectionLost, WatchRefused):
                await asyncio.sleep(AGAIN_S)
            finally:
                await connection.close()

    async def _hang_up_when_tired(self, connection: Transport) -> None:
        await self._tired.wait()
        await connection.close()

    def _saw(self, kind: str, data: Mapping[str, Any]) -> None:
        self.seen.append((self.viewer.view.version, kind, time.time()))
        if self._restless and len(self.seen) % self._restless == 0:
            self._tired.set()
