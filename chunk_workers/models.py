"""The models of a worker: what hears, what tells voices apart, what compares meanings and what writes notes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from chunk_workers.awaited_model import AwaitedModel
from chunk_workers.embedders.choice import EmbedderChoice, choose_embedder
from chunk_workers.embedders.process import EmbedderProcess
from chunk_workers.embedding import TextEmbedder
from chunk_workers.engines.choice import EngineSettings, awaited
from chunk_workers.processors import usable_processors
from chunk_workers.provider import Limits, SharedCalls
from chunk_workers.recognisers import NICENESS, MakeRecogniser, Recognisers
from chunk_workers.speakers.choice import DiarizerSettings
from chunk_workers.speakers.process import DiarizerProcess
from chunk_workers.voice import VoiceDetector
from chunk_workers.writers.choice import Choice, choose_writer
from session_core.errors import EngineUnavailable, HearkenError
from session_core.settings import Settings
from session_core.storage.workers import STARTING, Identity

log = logging.getLogger(__name__)

ASKED_NICENESS = 0
"""Who asks is waited for."""


@dataclass(frozen=True, slots=True)
class Models:
    """``awaited`` is the recogniser's, where it is not here yet. ``own_embedder`` sends nothing to anybody.
    ``asked_embedder`` is the same model as ``embedding``'s, for what somebody waits for. ``diarizer_is_needed``: the
    worker does not run without it."""

    recognisers: Recognisers
    awaited: AwaitedModel | None
    detector: VoiceDetector
    diarizer: DiarizerProcess
    diarizer_is_needed: bool
    own_embedder: EmbedderProcess
    embedding: EmbedderChoice
    asked_embedder: TextEmbedder
    noted: Choice

    async def start(self) -> None:
        """The processes of those that are needed at once; the others start when they are first asked.

        Raises ``EngineUnavailable``.
        """
        if self.awaited and self.awaited.is_needed:
            await self.awaited.download()
        await asyncio.gather(self.recognisers.start(), self._start_diarizer())
        log.info("%s", self.recognisers.notice)
        log.info("notes are written by %s", self.noted.label)

    async def better(self) -> None:
        """Returns once a better recogniser than the one that runs is here, which is never where none is awaited."""
        if self.awaited and not self.awaited.is_needed:
            await self.awaited.arrival()
        else:
            await asyncio.Event().wait()

    async def aclose(self) -> None:
        # Without a provider the own one is here twice.
        embedders = {self.own_embedder, self.embedding.embedder, self.asked_embedder}
        await asyncio.gather(
            self.recognisers.aclose(),
            self.diarizer.aclose(),
            *(each.aclose() for each in embedders),
            self.noted.aclose(),
        )

    def identity(self, worker: str, host: str) -> Identity:
        trouble = self.recognisers.trouble
        notice = trouble or self.recognisers.notice or "the recogniser is being loaded"
        awaited = self.awaited.notice if self.awaited and not self.awaited.is_needed else None
        return Identity(
            worker,
            host,
            recogniser=(None if trouble else self.recognisers.engine_name) or STARTING,
            notice="; ".join(each for each in (notice, awaited, self.diarizer.notice) if each),
            note_writer=self.noted.label,
            note_leaves=self.noted.leaves,
            diarizer=self.diarizer.running or "starting",
            embedder=self.embedding.label,
            embedder_leaves=self.embedding.leaves,
            languages=self.recognisers.languages,
        )

    async def _start_diarizer(self) -> None:
        """One that somebody asked for runs or the worker does not. Else transcripts go without voices told apart."""
        try:
            await self.diarizer.start()
        except HearkenError as error:
            if self.diarizer_is_needed and isinstance(error, EngineUnavailable):
                raise
            log.warning("voices are not told apart for now: %s", error.message)
        else:
            log.info("%s", self.diarizer.notice)


def choose_models(settings: Settings, recogniser: MakeRecogniser) -> Models:
    own_embedder, calls = EmbedderProcess(NICENESS), SharedCalls(_limits(settings))
    engine = engine_settings(settings)
    named = awaited(engine)
    return Models(
        recognisers=Recognisers(
            recogniser,
            engine,
            settings.recognisers,
            settings.recognise_timeout_s,
            better_is_awaited=named is not None and engine.engine == "auto",
        ),
        awaited=AwaitedModel(named, NICENESS, is_needed=engine.engine == "whisper") if named else None,
        detector=_detector(settings),
        diarizer=DiarizerProcess(_diarizer(settings)),
        diarizer_is_needed=settings.diarizer == "pyannote",
        own_embedder=own_embedder,
        embedding=choose_embedder(settings, calls, own_embedder),
        asked_embedder=choose_embedder(settings, calls, EmbedderProcess(ASKED_NICENESS)).embedder,
        noted=choose_writer(settings, calls, own_embedder),
    )


def engine_settings(settings: Settings) -> EngineSettings:
    return EngineSettings(
        engine=settings.engine,
        whisper_model=settings.whisper_model,
        allow_download=settings.allow_download,
        device=settings.device,
        compute_type=settings.compute_type,
        threads=max(usable_processors() // (settings.recognisers or 1), 1),
    )


def _diarizer(settings: Settings) -> DiarizerSettings:
    return DiarizerSettings(
        diarizer=settings.diarizer,
        model=settings.diarizer_model,
        allow_download=settings.allow_download,
        device=settings.device,
        threads=usable_processors(),
        niceness=NICENESS,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        timeout_s=settings.note_provider_timeout_s,
        at_once=settings.note_calls_at_once,
        per_minute=settings.note_calls_per_minute,
        pause_s=settings.retry_base_s,
    )


def _detector(settings: Settings) -> VoiceDetector:
    # Each brings a library of its own that only its user should load.
    if settings.voice_detector == "webrtcvad":
        from chunk_workers.voices.webrtc import WebRtcDetector

        return WebRtcDetector()
    from chunk_workers.voices.silero import SileroDetector

    return SileroDetector()
