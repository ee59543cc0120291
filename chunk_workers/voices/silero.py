"""Silero VAD, with the weights that come in faster-whisper's package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.voice import FRAME, VoiceTrack, frames_of, gain_to_level, levels_db, quantise_levels
from session_core.errors import EngineUnavailable

WARM_UP: Final = 32
"""Frames heard before the chunk's first: see ``SileroDetector.detect``."""


class SileroDetector:
    """A recurrent network on one thread; about 3 ms of CPU for a second of audio. Safe to share between threads."""

    name: str = "silero"

    def __init__(self) -> None:
        try:
            # Deferred: the package loads its inference libraries, which programs without a worker never need.
            from faster_whisper.utils import get_assets_path
            from faster_whisper.vad import SileroVADModel
        except ImportError as error:
            raise EngineUnavailable("the voice detector needs the package faster-whisper") from error
        weights = sorted(Path(get_assets_path()).glob("silero_vad*.onnx"))
        if not weights:
            raise EngineUnavailable("faster-whisper's package holds no Silero weights; install it again")
        # The wrapper itself asks onnxruntime for one thread and starts every call from a zero state.
        self._model = SileroVADModel(str(weights[-1]))

    def detect(self, pcm: NDArray[np.int16]) -> VoiceTrack:
        """See ``VoiceDetector``.

        The network starts deaf: of the chunks that begin inside a word, a quarter would lose up to 200 ms
        of it. So it first hears the chunk's first second backwards, which has the same loudness, noise
        and voice, leads up to the first sample without a jump, and takes nothing from other chunks.
        """
        frames = frames_of(pcm)
        levels = levels_db(frames)
        if not len(frames):
            return VoiceTrack(b"", b"")
        audio = np.clip(frames.reshape(-1) * np.float32(gain_to_level(levels)), -1.0, 1.0)
        warm_up = audio[: WARM_UP * FRAME][::-1]
        heard = np.asarray(self._model(np.concatenate((warm_up, audio)))).reshape(-1)
        speech = np.clip(np.rint(heard[-len(frames) :] * 255.0), 0, 255).astype(np.uint8)
        return VoiceTrack(speech.tobytes(), quantise_levels(levels))
