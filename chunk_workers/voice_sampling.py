"""Voice samples: how somebody sounds who wants to be known again. The audio is heard once and kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from chunk_workers.chunk_audio import Samples
from chunk_workers.diarization import diarize
from chunk_workers.plan import Stretch
from chunk_workers.sliding import Slider
from chunk_workers.speakers.embedding import Span, unpack
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voice import RATE, VoiceDetector
from chunk_workers.voiceprinting import Embedding
from session_core.decoding.sandbox import DecodeSandbox
from session_core.errors import BadMedia
from session_core.voice_sample import MOST_S, VoiceSample

TIMEOUT_S: Final = 15.0


class Diarizer(Embedding, Slider, Protocol):
    """``speakers.process`` is the real one."""


class VoiceSampling:
    """Voiceprints are made and sorted as those of sessions are, so that they compare."""

    def __init__(self, sandbox: DecodeSandbox, detector: VoiceDetector, diarizer: Diarizer) -> None:
        self._sandbox = sandbox
        self._detector = detector
        self._diarizer = diarizer

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
        voices = await self._voices(samples, speech)
        return {
            "speech_s": sum(span.end - span.start for span in speech) / RATE,
            "voices": len(voices),
            "maker": await self._diarizer.name(),
            "vector": voices[0].tolist() if len(voices) else [],
        }

    async def _voices(self, samples: Samples, speech: Sequence[Span]) -> NDArray[np.float32]:
        """One row for each voice that is told apart, by whichever way the diarizer goes."""
        grid = await self._diarizer.grid()
        if grid is None:
            packed = await self._diarizer.voiceprints(samples, speech, TIMEOUT_S)
            return (await asyncio.to_thread(diarize, unpack(packed))).voices
        extents = [grid.block(place, len(samples)) for place in range(grid.blocks(len(samples)))]
        blocks = [await self._diarizer.slides(samples[start:end], TIMEOUT_S) for start, end in extents]
        return (await self._diarizer.speakers(blocks, None, TIMEOUT_S)).voices
