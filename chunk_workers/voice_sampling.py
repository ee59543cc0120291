"""Voice samples: how somebody sounds who wants to be known again. The audio is heard once and kept nowhere."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import numpy as np

from chunk_workers.chunk_audio import Samples
from chunk_workers.diarization import diarize
from chunk_workers.plan import Stretch
from chunk_workers.speakers.embedding import unpack
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voice import RATE, VoiceDetector
from chunk_workers.voiceprinting import Embedding
from session_core.decoding.sandbox import DecodeSandbox
from session_core.errors import BadMedia
from session_core.voice_sample import MOST_S, VoiceSample

TIMEOUT_S: Final = 15.0


class VoiceSampling:
    """Voiceprints are made and sorted as those of sessions are, so that they compare."""

    def __init__(self, sandbox: DecodeSandbox, detector: VoiceDetector, embedder: Embedding) -> None:
        self._sandbox = sandbox
        self._detector = detector
        self._embedder = embedder

    async def heard(self, sample: VoiceSample) -> dict[str, Any]:
        """The fields of ``HeardSample``, or ``bad_media`` with why the file cannot be decoded."""
        try:
            pcm = await self._sandbox.decode(sample.data, sample.media_type, round(MOST_S * RATE))
        except BadMedia as error:
            return {"bad_media": error.message}
        return await self._heard(np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False))

    async def _heard(self, samples: Samples) -> dict[str, Any]:
        track = await asyncio.to_thread(self._detector.detect, samples)
        speech = speech_within([Stretch(0, len(samples), track)], 0, len(samples))
        packed = await self._embedder.voiceprints(samples, speech, TIMEOUT_S)
        voices = (await asyncio.to_thread(diarize, unpack(packed))).voices
        return {
            "speech_s": sum(span.end - span.start for span in speech) / RATE,
            "voices": len(voices),
            "maker": await self._embedder.name(),
            "vector": voices[0].tolist() if len(voices) else [],
        }
