"""Where somebody speaks: the voice track of a chunk and the port of what finds it.

A track belongs to one chunk alone. A detector may look at nothing but that chunk's samples, so the
track is the same in whatever order chunks arrive, and can be stored beside the chunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
"""Samples a second of the session's timeline."""

FRAME: Final = 512
"""Samples in one frame of a track: 32 ms."""

LEVEL_FLOOR_DB: Final = -127.5
"""What a level of 0 stands for; each step is half a decibel, 255 is full scale."""

TARGET_DB: Final = -23.0
MAX_GAIN_DB: Final = 50.0
LOUD_SHARE: Final = 95.0
BELOW_PEAK_DB: Final = 8.0


@dataclass(frozen=True, slots=True)
class VoiceTrack:
    """Per frame of one chunk, counted from the chunk's own first sample (the last frame zero-padded).

    ``speech`` is the probability of speech, 0..255 for 0..1; ``level`` the loudness in half decibels
    above -127.5 dBFS. Both have one byte a frame.
    """

    speech: bytes
    level: bytes

    def __post_init__(self) -> None:
        if len(self.speech) != len(self.level):
            raise ValueError("a voice track needs as many levels as speech probabilities")

    def __len__(self) -> int:
        return len(self.speech)

    def pack(self) -> bytes:
        """Two bytes a frame: all probabilities, then all levels."""
        return self.speech + self.level

    @classmethod
    def unpack(cls, packed: bytes) -> VoiceTrack:
        """Inverse of ``pack``; ``ValueError`` for a length that no track has."""
        half, odd = divmod(len(packed), 2)
        if odd:
            raise ValueError("a packed voice track has two bytes a frame")
        return cls(packed[:half], packed[half:])


class VoiceDetector(Protocol):
    """A model of speech. ``detect`` is a pure function of the samples: same samples, same bytes."""

    @property
    def name(self) -> str: ...

    def detect(self, pcm: NDArray[np.int16]) -> VoiceTrack:
        """``pcm``: mono samples of one chunk at 16 kHz, of any length, loud or quiet."""
        ...


def frame_count(samples: int) -> int:
    """Frames of a chunk of so many samples."""
    return -(-samples // FRAME)


def frames_of(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Samples in [-1, 1) as rows of one frame, the last one zero-padded: shape (frames, FRAME)."""
    padded = np.zeros(frame_count(len(pcm)) * FRAME, dtype=np.float32)
    padded[: len(pcm)] = pcm
    padded /= 32768.0
    return padded.reshape(-1, FRAME)


def levels_db(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Loudness of each row in dBFS (RMS without its mean), not below LEVEL_FLOOR_DB."""
    if not frames.size:
        return np.zeros(0)
    power = np.var(frames, axis=1, dtype=np.float64)
    levels: NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, 10.0 ** (LEVEL_FLOOR_DB / 10.0)))
    return levels


def quantise_levels(levels: NDArray[np.float64]) -> bytes:
    return np.clip(np.rint((levels - LEVEL_FLOOR_DB) * 2.0), 0, 255).astype(np.uint8).tobytes()


def gain_to_level(levels: NDArray[np.float64]) -> float:
    """Factor that brings the chunk's loud frames to TARGET_DB.

    Far-field recordings at -45 dBFS and below are speech that detectors miss unless it is made louder.
    One short word in a silent chunk is no twentieth of its frames: the loudest frame keeps it from
    being raised together with the noise until it clips.
    """
    if not levels.size:
        return 1.0
    loud = max(float(np.percentile(levels, LOUD_SHARE)), float(levels.max()) - BELOW_PEAK_DB)
    return float(10.0 ** (min(TARGET_DB - loud, MAX_GAIN_DB) / 20.0))
