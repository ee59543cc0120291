"""A recording: an audio file read as a microphone would give it, cut by sample count and paced."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av
import numpy as np

from hearken.chunk_file import SAMPLE_RATE, Samples
from session_core.errors import Invalid


class UnreadableRecording(Invalid):
    """The file is missing, or holds no audio that can be decoded."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The samples of one chunk and their place."""

    seq: int
    first_sample: int
    samples: Samples

    @property
    def end_sample(self) -> int:
        return self.first_sample + len(self.samples)


def read_blocks(path: Path) -> Iterator[Samples]:
    """The first audio stream of any audio file as 16 kHz mono blocks of any length.

    Raises :class:`UnreadableRecording`, also in the middle of a file that is damaged there: a recording
    is never shortened in silence.
    """
    try:
        with av.open(path) as container:
            if not container.streams.audio:
                raise UnreadableRecording("the file holds no audio")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            frames = itertools.chain(container.decode(audio=0), (None,))
            for frame in itertools.chain.from_iterable(resampler.resample(each) for each in frames):
                yield cast(Samples, frame.to_ndarray().reshape(-1))
    except (av.FFmpegError, OSError) as error:
        raise UnreadableRecording(f"the file can't be read as audio ({type(error).__name__})") from None


def cut(blocks: Iterator[Samples], chunk_samples: int, *, skip_chunks: int = 0) -> Iterator[Cut]:
    """Chunks of exactly ``chunk_samples``, the last one shorter, whatever the blocks' lengths.

    The first ``skip_chunks`` are read and not given: a recording goes on where it was broken off.
    """
    seq, held, length = 0, list[Samples](), 0
    for block in blocks:
        held.append(block)
        length += len(block)
        while length >= chunk_samples:
            joined = np.concatenate(held)
            if seq >= skip_chunks:
                yield Cut(seq, seq * chunk_samples, joined[:chunk_samples])
            seq, held, length = seq + 1, [joined[chunk_samples:]], length - chunk_samples
    if length and seq >= skip_chunks:
        yield Cut(seq, seq * chunk_samples, np.concatenate(held))


def spoken_after_s(cut: Cut, from_sample: int, speed: float) -> float:
    """Seconds from ``from_sample`` until the last sample of ``cut`` is spoken; 0 when ``speed`` is 0."""
    return (cut.end_sample - from_sample) / SAMPLE_RATE / speed if speed > 0 else 0.0


def fingerprint(path: Path) -> str:
    """The sha256 of the file in hex, by which an unfinished recording of it is found again."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableRecording(f"the file can't be opened ({error.strerror})") from None
