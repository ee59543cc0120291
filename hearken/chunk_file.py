"""The file of a chunk: some seconds of a recording, complete and playable by itself."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

SAMPLE_RATE = 16_000
Samples = npt.NDArray[np.int16]
Codec = Literal["flac", "opus", "wav"]
MEDIA_TYPES: Mapping[Codec, str] = {"flac": "audio/flac", "opus": "audio/ogg", "wav": "audio/wav"}


@dataclass(frozen=True, slots=True)
class RecordedChunk:
    """What identifies a chunk and places it: everything about it but the bytes.

    ``first_sample`` and ``sample_count`` count samples of the session's timeline at 16 kHz; ``sha256``
    is the hex digest of the file, ``size`` its length in bytes.
    """

    seq: int
    first_sample: int
    sample_count: int
    sha256: str
    media_type: str
    size: int

    def to_wire(self, session_id: str) -> dict[str, object]:
        """The body of a ``chunk`` request."""
        return {
            "session_id": session_id,
            "seq": self.seq,
            "first_sample": self.first_sample,
            "sample_count": self.sample_count,
            "sha256": self.sha256,
            "media_type": self.media_type,
        }


def encode(samples: Samples, codec: Codec) -> bytes:
    """One file holding 16 kHz mono ``samples``; FLAC and WAV give back the same samples, Opus as many."""
    return _wav(samples) if codec == "wav" else _compressed(samples, codec)


def _wav(samples: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _compressed(samples: Samples, codec: Codec) -> bytes:
    container, encoder = ("ogg", "libopus") if codec == "opus" else ("flac", "flac")
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = cast(AudioStream, out.add_stream(encoder, rate=SAMPLE_RATE, layout="mono"))
        if codec == "opus":
            stream.bit_rate = 32_000
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = 0
        for each in (frame, None):
            for packet in stream.encode(each):
                out.mux(packet)
    return file.getvalue()
