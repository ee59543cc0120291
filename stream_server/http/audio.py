"""Routes of a session's audio: the whole timeline as one file, tickets for it, its waveform."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from session_core.decoding.pcm import to_16k
from session_core.errors import HearkenError
from session_core.messages.audio import AudioTicket, Waveform
from session_core.principal import Principal
from session_core.storage.sessions import Recorded
from session_core.ticket import LIFE_S, TicketSigner
from stream_server.byte_range import Unsatisfiable, requested
from stream_server.connection_limit import ConnectionLimit
from stream_server.edge import refusal_response, respond
from stream_server.http.route import Route
from stream_server.http.session import ONE, session_id_of
from stream_server.session_audio import SessionAudio
from stream_server.wav import WavFile

log = logging.getLogger(__name__)


class AudioRoutes:
    def __init__(self, audio: SessionAudio, tickets: TicketSigner, connections: ConnectionLimit) -> None:
        self._audio = audio
        self._tickets = tickets
        self._connections = connections

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", ONE + "/audio", self.audio, "The whole timeline as a WAV file; holes are silence",
                  query=("ticket",), headers=("Range", "If-Range"), produces="audio/wav", admits=self._ticket_holder,
                  with_head=True),
            Route("POST", ONE + "/audio/ticket", self.ticket, "An address of the audio that needs no token for a while",
                  answer=AudioTicket),
            Route("GET", ONE + "/waveform", self.waveform, "Peaks of the audio", answer=Waveform),
        )  # fmt: skip

    async def ticket(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        await self._audio.recorded(principal, session_id)
        ticket = self._tickets.sign(principal, session_id, datetime.now(UTC))
        url = f"{ONE.format(session_id=session_id)}/audio?ticket={ticket}"
        return respond(AudioTicket(url=url, expires_in=LIFE_S))

    async def waveform(self, request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._audio.waveform(principal, session_id_of(request)))

    async def audio(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        session_id = session_id_of(request)
        recorded = await self._audio.recorded(principal, session_id)
        file = WavFile(to_16k(recorded.end_sample, recorded.sample_rate))
        tag = _tag(session_id, recorded)
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
        # A part of what has changed since would not fit to the parts that are there.
        wants_part = request.headers.get("If-Range", tag) == tag
        try:
            part = requested(request.headers.get("Range"), file.size) if wants_part else None
        except Unsatisfiable as error:
            response = refusal_response(error)
            response.headers.update(headers | {"Content-Range": f"bytes */{file.size}"})
            return response
        start, end = part or (0, file.size)
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
        answer = web.StreamResponse(status=206 if part else 200, headers=headers | {"Content-Type": "audio/wav"})
        answer.content_length = end - start
        if request.method == "HEAD":
            await answer.prepare(request)
            return answer
        with self._connections.one(principal):
            blocks = self._file(principal, session_id, recorded.sample_rate, file, start, end)
            return await _send(request, answer, blocks, session_id)

    async def _file(
        self, principal: Principal, session_id: UUID, rate: int, file: WavFile, start: int, end: int
    ) -> AsyncIterator[bytes | memoryview]:
        head: bytes = file.header()[start:end]
        async for block in self._audio.stretch(principal, session_id, rate, *file.audio_range(start, end)):
            # Not before the first chunk is decoded: what fails until then is refused with a reason.
            if head:
                yield head
                head = b""
            yield block
        if head:
            yield head

    def _ticket_holder(self, request: web.Request) -> Principal | None:
        ticket = request.query.get("ticket")
        return None if ticket is None else self._tickets.verify(ticket, session_id_of(request))


async def _send(
    request: web.Request, answer: web.StreamResponse, blocks: AsyncIterator[bytes | memoryview], session_id: UUID
) -> web.StreamResponse:
    """One block at a time, as fast as they are taken. What breaks in the middle ends the connection: a body that is
    too short cannot be mistaken for a whole one, and the rest can be asked for."""
    try:
        async for block in blocks:
            if not answer.prepared:
                await answer.prepare(request)
            await answer.write(block)
        return answer
    except ConnectionError:
        return answer
    except HearkenError as error:
        if not answer.prepared:
            raise
        log.warning("session %s: its audio breaks off: %s", session_id, error.message)
        if request.transport is not None:
            request.transport.abort()
        return answer


def _tag(session_id: UUID, recorded: Recorded) -> str:
    place = f"wav 1 {session_id} {recorded.end_sample} {recorded.revision}"
    return f'"{hashlib.sha256(place.encode()).hexdigest()[:32]}"'
