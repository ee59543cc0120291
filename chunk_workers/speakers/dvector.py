"""d-vectors: the speaker embedder whose weights come with Hearken. Nothing to download, no PyTorch.

The network is the voice encoder of resemblyzer 0.1.4 (Apache-2.0, Resemble AI; after L. Wan and others, "Generalized
End-to-End Loss for Speaker Verification", 2018): three LSTM layers of 256 cells over 1.6 s of mel spectra, one dense
layer, unit length. ``scripts/dvector_model.py`` made ``dvector.onnx`` of the weights in resemblyzer's package.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.speakers.embedding import Span, Voiceprint, unit
from chunk_workers.speakers.mel import HOP, MelFrontEnd
from session_core.decoding.pcm import SAMPLE_RATE, ms_of_16k
from session_core.errors import EngineUnavailable

LENGTH: Final = SAMPLE_RATE * 16 // 10
"""Samples of one voiceprint, 1.6 s: what the network was trained on."""

STEP: Final = SAMPLE_RATE // 2
"""Most samples from one voiceprint to the next within a span."""

SHORTEST: Final = SAMPLE_RATE // 4
"""A span of fewer samples has no voiceprint: it is a syllable of anybody."""

LEVEL_DB: Final = -23.0
"""RMS in dBFS to which the speech of each voiceprint is brought.

The network sees power, not its logarithm, so a far or soft voice must sound as loud as a near one. Louder than
resemblyzer's own -30 because that one counts pauses in.
"""

NOISE_TIMES: Final = 2.0
"""The noise of a room, its median, is taken out of the spectra so many times: it is as often louder (spectral
subtraction, after S. Boll, 1979). Quiet speech is made loud and its noise with it, and somebody who turns away would
sound like another person."""

NOISE_LEFT: Final = 0.05
"""So much of what is heard is left at least: silence that no room has would be a trait of its own."""

LEAST_NOISE: Final = SAMPLE_RATE // 4
"""Samples without speech from which the noise of a window is known."""

_FRAMES: Final = LENGTH // HOP
_SILENCE: Final = 1e-10
_BATCH: Final = 16
_MODEL: Final = Path(__file__).with_name("dvector.onnx")


class DVectors:
    """See ``SpeakerEmbedder``. One thread; about 10 ms of CPU and 20 MB of memory for a second of speech."""

    name: str = "resemblyzer 0.1.4"
    size: int = 256

    def __init__(self) -> None:
        """Loads the model; :class:`EngineUnavailable` where onnxruntime or the model is broken."""
        try:
            # Deferred: programs without a worker never need the inference library.
            import onnxruntime
        except ImportError as error:
            raise EngineUnavailable("the speaker embedder needs the package onnxruntime") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        try:
            self._network = onnxruntime.InferenceSession(_MODEL, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # The library's own errors have no common base.
            raise EngineUnavailable("the speaker embedder's model cannot be read; install Hearken again") from error
        self._mel = MelFrontEnd()

    def embed(self, pcm: NDArray[np.int16], speech: Sequence[Span]) -> list[Voiceprint]:
        places = [place for span in speech for place in places_of(span)]
        if not places:
            return []
        samples = pcm.astype(np.float32) / np.float32(32768.0)
        spectra = _without_noise(self._mel.spectra(samples), speech)
        pieces = np.stack([_piece(samples, spectra, place) for place in places], axis=1)
        vectors = np.concatenate([self._vectors(batch) for batch in _batches(pieces)])
        return [
            Voiceprint(ms_of_16k(place.start), ms_of_16k(place.end), vector)
            for place, vector in zip(places, vectors, strict=True)
        ]

    def _vectors(self, spectra: NDArray[np.float32]) -> NDArray[np.float32]:
        """Spectra of shape (frames, pieces, BANDS) to unit vectors of shape (pieces, size)."""
        (raw,) = self._network.run(None, {"spectra": spectra})
        return unit(raw)


def places_of(span: Span) -> list[Span]:
    """Where voiceprints are taken: stretches of LENGTH, evenly at most STEP apart, that cover the span exactly.

    A span shorter than LENGTH is taken whole.
    """
    length = span.end - span.start
    if length < SHORTEST:
        return []
    if length <= LENGTH:
        return [span]
    steps = -(-(length - LENGTH) // STEP)
    starts = [span.start + (length - LENGTH) * number // steps for number in range(steps + 1)]
    return [Span(start, start + LENGTH) for start in starts]


def _without_noise(spectra: NDArray[np.float32], speech: Sequence[Span]) -> NDArray[np.float32]:
    """The window's spectra less the noise that is heard where nobody speaks; as they are where that is too little."""
    silent = np.ones(len(spectra), dtype=bool)
    for span in speech:
        silent[span.start // HOP : -(-span.end // HOP) + 1] = False
    if silent.sum() * HOP < LEAST_NOISE:
        return spectra
    noise = np.median(spectra[silent], axis=0) * np.float32(NOISE_TIMES)
    return np.asarray(np.maximum(spectra - noise, spectra * np.float32(NOISE_LEFT)), dtype=np.float32)


def _piece(samples: NDArray[np.float32], spectra: NDArray[np.float32], place: Span) -> NDArray[np.float32]:
    """The place's spectra at LEVEL_DB, repeated where it is short: silence would be taken for a trait of the voice."""
    power = float(np.mean(np.square(samples[place.start : place.end]), dtype=np.float64))
    first = -(-place.start // HOP)
    heard = spectra[first : min(first + _FRAMES, -(-place.end // HOP))]
    gain = np.float32(10.0 ** (LEVEL_DB / 10.0) / max(power, _SILENCE))
    return np.asarray(np.resize(heard, (_FRAMES, spectra.shape[1])) * gain, dtype=np.float32)


def _batches(pieces: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Few at a time: memory does not grow with the window."""
    for first in range(0, pieces.shape[1], _BATCH):
        yield np.ascontiguousarray(pieces[:, first : first + _BATCH])
