"""Mel spectra as the d-vector network was trained on: 40 bands, windows of 25 ms, every 10 ms, power without logarithm.

The same numbers as ``librosa.feature.melspectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)``: Hann windows,
Slaney's mel scale (linear to 1 kHz, logarithmic above), triangles of equal area.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from session_core.decoding.pcm import SAMPLE_RATE

HOP: Final = SAMPLE_RATE // 100
"""Samples from one frame to the next: 10 ms."""

BANDS: Final = 40

_WINDOW: Final = SAMPLE_RATE // 40
_LINEAR_HZ: Final = 200.0 / 3.0
_LOGARITHMIC_FROM_HZ: Final = 1000.0
_LOGARITHMIC_STEP: Final = np.log(6.4) / 27.0


class MelFrontEnd:
    """Holds the window and the triangles."""

    def __init__(self) -> None:
        self._window = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)
        self._triangles = _triangles()

    def spectra(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shape (len(samples) // HOP + 1, BANDS): frame ``i`` is centred on sample ``i * HOP``, silence lies around."""
        padded = np.pad(samples, _WINDOW // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
        spectrum = np.fft.rfft(frames * self._window)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        return np.asarray(power @ self._triangles, dtype=np.float32)


def _triangles() -> NDArray[np.float32]:
    """Weights of the Fourier bins in each band: shape (bins, BANDS)."""
    bins = np.fft.rfftfreq(_WINDOW, 1.0 / SAMPLE_RATE)
    edges = _hz(np.linspace(0.0, _mel(SAMPLE_RATE / 2.0), BANDS + 2))
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * area, dtype=np.float32)


def _mel(hz: float) -> float:
    """Of a frequency of 1 kHz or more."""
    return float(_LOGARITHMIC_FROM_HZ / _LINEAR_HZ + np.log(hz / _LOGARITHMIC_FROM_HZ) / _LOGARITHMIC_STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = mel - _LOGARITHMIC_FROM_HZ / _LINEAR_HZ
    return np.where(
        above < 0.0, mel * _LINEAR_HZ, _LOGARITHMIC_FROM_HZ * np.exp(np.maximum(above, 0.0) * _LOGARITHMIC_STEP)
    )
