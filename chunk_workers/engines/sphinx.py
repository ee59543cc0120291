"""pocketsphinx: the recogniser whose English model comes in its package. Nothing to download."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chunk_workers.recognition import Heard, Recognition, UnsupportedLanguage, Utterance
from session_core.decoding.pcm import SAMPLE_RATE
from session_core.errors import EngineUnavailable
from session_core.language import primary_subtag
from session_core.segment import Word

_LANGUAGES = frozenset({"en"})
_FRAME_MS = 10
_SHORTEST = SAMPLE_RATE // 10
# <s>, </s> and <sil> are the edges and pauses, [NOISE] and ++UM++ what the model hears besides words.
_FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
_ALTERNATE_PRONUNCIATION = re.compile(r"\(\d+\)$")


class _Spoken(Protocol):
    """A pocketsphinx ``Segment``: frames of 10 ms, both ends included."""

    word: str
    start_frame: int
    end_frame: int
    prob: float


class Sphinx:
    """The US English model of the ``pocketsphinx`` package, as a ``Recognizer``. It knows no hotwords: a word outside
    its vocabulary has no pronunciation."""

    name = "pocketsphinx en-us"
    languages: frozenset[str] | None = _LANGUAGES
    at_once = 1
    devices = 1

    def __init__(self) -> None:
        """Loads the model. Raises ``EngineUnavailable`` where the package or its model is broken."""
        try:
            from pocketsphinx import Decoder

            self._decoder = Decoder(loglevel="FATAL", samprate=SAMPLE_RATE)
        except (ImportError, RuntimeError) as error:
            raise EngineUnavailable(
                "pocketsphinx or the English model in its package cannot be loaded: reinstall it with "
                "`pip install --force-reinstall pocketsphinx`"
            ) from error

    def recognise(self, utterances: Sequence[Utterance]) -> list[Heard]:
        return [self._hear(utterance) for utterance in utterances]

    def _hear(self, utterance: Utterance) -> Heard:
        if utterance.language is not None and primary_subtag(utterance.language) not in _LANGUAGES:
            return UnsupportedLanguage("pocketsphinx knows English only; other languages need Whisper")
        began = time.process_time()
        words = self._words(utterance.pcm) if len(utterance.pcm) >= _SHORTEST else ()
        return Recognition(words, "en", time.process_time() - began)

    def _words(self, pcm: NDArray[np.int16]) -> tuple[Word, ...]:
        # The decoder carries its estimate of the noise from one utterance into the next; fresh features forget it.
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return ()
        return spoken_words(self._decoder.seg(), len(pcm) * 1000 // SAMPLE_RATE)


def spoken_words(segmentation: Iterable[_Spoken], duration_ms: int) -> tuple[Word, ...]:
    """The words of a segmentation, without fillers and marks of pronunciation, inside ``[0, duration_ms]``."""
    return tuple(
        Word(
            text=_ALTERNATE_PRONUNCIATION.sub("", spoken.word),
            start_ms=min(spoken.start_frame * _FRAME_MS, duration_ms),
            end_ms=min((spoken.end_frame + 1) * _FRAME_MS, duration_ms),
            probability=min(max(float(spoken.prob), 0.0), 1.0),
        )
        for spoken in segmentation
        if not _FILLER.fullmatch(spoken.word)
    )
