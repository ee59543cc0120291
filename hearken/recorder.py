"""A recorder: records into an outbox, uploads, and shows what comes back until the session is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hearken.answer import Refusal
from hearken.beside import until
from hearken.chunk_file import SAMPLE_RATE, RecordedChunk, encode
from hearken.live_text import LiveText
from hearken.outbox import Outbox
from hearken.reconnection import keep_connected
from hearken.recording import Cut, UnreadableRecording, spoken_after_s
from hearken.screen import Progress, Screen
from hearken.server_connection import Connect, ConnectionLost, Transport
from hearken.transcript_view import Span
from hearken.upload import Upload
from hearken.uploader import Uploader
from hearken.viewer import Viewer

FINAL_STATES = frozenset({"ready", "failed"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recording. ``stop_to_ready_s`` counts from the last sample's being recorded."""

    session_id: str | None
    state: str | None
    chunks: int
    refused: Mapping[int, str]
    failure: Refusal | None
    damaged: bool
    recorded_ms: int
    stored_ms: int
    transcribed_ms: int
    holes: tuple[Span, ...]
    failed_windows: int
    transcript: str
    stop_to_ready_s: float

    @property
    def good(self) -> bool:
        return self.state == "ready" and not self.refused and self.failure is None and not self.damaged


class Recorder:
    """One recording from its first sample to its transcript. Compose it with any ``connect``; run it once."""

    def __init__(self, outbox: Outbox, screen: Screen) -> None:
        manifest = outbox.manifest
        self._outbox = outbox
        self._screen = screen
        self._uploader = Uploader(
            manifest.start_request(),
            session_id=manifest.session_id,
            epoch=manifest.epoch,
            refused=outbox.refused(),
        )
        self._upload = Upload(outbox, self._uploader, self._changed)
        self._text = LiveText(screen)
        self._viewer = Viewer(self._saw)
        self._joined = asyncio.Event()
        self._done = asyncio.Event()
        self._recorded_samples = 0
        self._chunks = outbox.next_seq()
        self._damaged = False
        self._trouble: str | None = None
        self._stopped_at = time.monotonic()
        for chunk in outbox.chunks():
            self._recorded_samples = chunk.first_sample + chunk.sample_count
            self._uploader.recorded(chunk)
        if manifest.last_seq is not None:
            self._uploader.ended(manifest.last_seq)

    async def run(self, connect: Connect, cuts: Iterator[Cut], speed: float) -> Outcome:
        """Record ``cuts`` paced by ``speed`` (0 for no pace) and return once the session is done or refused.

        ``cuts`` starts at the outbox's ``next_seq``; nothing is read from it when that recording has ended.
        Cancelled at any time, the outbox holds what is needed to go on. Raises what
        :func:`~hearken.reconnection.keep_connected` raises.
        """
        connection = keep_connected(connect, self._serve, self._message, self._say)
        await until(self._finished(), self._record(cuts, speed), connection)
        return self._outcome()

    async def _finished(self) -> None:
        await self._done.wait()

    async def _record(self, cuts: Iterator[Cut], speed: float) -> None:
        if self._outbox.manifest.last_seq is None:
            await self._record_cuts(cuts, speed)
            last_seq = self._chunks - 1
            await asyncio.to_thread(self._outbox.remember, last_seq=last_seq)
            self._stopped_at = time.monotonic()
            self._uploader.ended(last_seq)
            self._upload.stir()

    async def _record_cuts(self, cuts: Iterator[Cut], speed: float) -> None:
        began = time.monotonic()
        from_sample = self._recorded_samples
        while True:
            try:
                cut = await asyncio.to_thread(next, cuts, None)
            except UnreadableRecording as error:
                self._damaged = True
                self._screen.notice(f"the recording ends here, at damage: {error.message}")
                return
            if cut is None:
                return
            await asyncio.sleep(began + spoken_after_s(cut, from_sample, speed) - time.monotonic())
            chunk = await asyncio.to_thread(self._keep, cut)
            self._recorded_samples = cut.end_sample
            self._chunks = cut.seq + 1
            self._uploader.recorded(chunk)
            self._upload.stir()

    def _keep(self, cut: Cut) -> RecordedChunk:
        audio = encode(cut.samples, self._outbox.manifest.codec)
        return self._outbox.add(cut.seq, cut.first_sample, len(cut.samples), audio)

    async def _serve(self, transport: Transport) -> None:
        with suppress(ConnectionLost):
            await until(transport.ended(), self._upload.serve(transport), self._watch(transport))

    async def _watch(self, transport: Transport) -> None:
        self._joined.clear()
        await self._joined.wait()
        await self._viewer.follow(transport, str(self._uploader.session_id))

    def _message(self, name: str, payload: object) -> None:
        self._upload.message(name, payload)
        self._viewer.message(name, payload)

    def _saw(self, kind: str, data: Mapping[str, Any]) -> None:
        self._text.show(self._viewer.view, kind, data)
        if kind == "session.state":
            self._uploader.moved(data["state"])
            self._upload.stir()
        self._changed()

    def _say(self, trouble: str | None) -> None:
        self._trouble = trouble
        self._changed()

    def _changed(self) -> None:
        if self._uploader.joined:
            self._joined.set()
        view, state = self._viewer.view, self._uploader.state
        self._screen.progress(
            Progress(
                recorded_ms=_ms(self._recorded_samples),
                stored_ms=_ms(self._uploader.stored_samples),
                transcribed_ms=view.transcribed_ms,
                state=view.state,
                refused=len(self._uploader.refused),
                trouble=self._trouble,
            )
        )
        seen_to_the_end = self._uploader.settled and self._viewer.caught_up
        if self._uploader.failure or (seen_to_the_end and state in FINAL_STATES and view.state == state):
            self._done.set()

    def _outcome(self) -> Outcome:
        view = self._viewer.view
        return Outcome(
            session_id=self._uploader.session_id,
            state=self._uploader.state,
            chunks=self._chunks,
            refused=self._uploader.refused,
            failure=self._uploader.failure,
            damaged=self._damaged,
            recorded_ms=_ms(self._recorded_samples),
            stored_ms=_ms(self._uploader.stored_samples),
            transcribed_ms=view.transcribed_ms,
            holes=view.holes,
            failed_windows=len(view.failed),
            transcript=view.text(),
            stop_to_ready_s=round(time.monotonic() - self._stopped_at, 3),
        )


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE
