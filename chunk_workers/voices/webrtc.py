"""WebRTC's voice activity detector: far cheaper than Silero, and coarser."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.voice import FRAME, RATE, VoiceTrack, frames_of, gain_to_level, levels_db, quantise_levels
from session_core.errors import EngineUnavailable

STEP: Final = 160
"""Samples of one decision: 10 ms."""

STRICTNESS: Final = 3

FLOOR_SHARE: Final = 10.0
ABOVE_FLOOR_DB: Final = 8.0


class WebRtcDetector:
    """A mixture model per band. What does not rise above the chunk's floor is dropped: it may take noise for speech."""

    name: str = "webrtc"

    def __init__(self) -> None:
        try:
            import webrtcvad
        except ImportError as error:
            raise EngineUnavailable("the voice detector needs the package webrtcvad-wheels") from error
        self._make = webrtcvad.Vad

    def detect(self, pcm: NDArray[np.int16]) -> VoiceTrack:
        """See ``VoiceDetector``; the probability of a frame is the share of its 10 ms steps with a voice."""
        frames = frames_of(pcm)
        levels = levels_db(frames)
        if not len(frames):
            return VoiceTrack(b"", b"")
        audio = np.clip(frames.reshape(-1) * gain_to_level(levels), -1.0, 1.0)
        audio = np.append(audio, np.zeros(-len(audio) % STEP))
        steps = np.rint(audio * 32767.0).astype("<i2").reshape(-1, STEP)
        detector = self._make(STRICTNESS)
        voiced = np.array([detector.is_speech(step.tobytes(), RATE) for step in steps], dtype=np.float64)
        samples = np.repeat(voiced, STEP)[: frames.size].reshape(-1, FRAME)
        above_floor = levels > np.percentile(levels, FLOOR_SHARE) + ABOVE_FLOOR_DB
        speech = np.rint(samples.mean(axis=1) * above_floor * 255.0).astype(np.uint8)
        return VoiceTrack(speech.tobytes(), quantise_levels(levels))
