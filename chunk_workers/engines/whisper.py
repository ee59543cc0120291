"""Whisper through faster-whisper and CTranslate2, from a local folder or by name from the hub."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chunk_workers.recognition import UNDETERMINED, Recognition, UnsupportedLanguage, primary_subtag
from session_core.decoding.pcm import SAMPLE_RATE
from session_core.errors import EngineUnavailable
from session_core.segment import Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment, TranscriptionInfo

_SHORTEST = SAMPLE_RATE // 10
_BEAM = 5
# The gates of the Whisper paper, section 4.5, at temperature 0 only: sampling would make the text depend on what
# the generator was used for before.
_NO_SPEECH, _LOG_PROBABILITY, _COMPRESSION = 0.6, -1.0, 2.4
_NO_REPEAT = 3


class Whisper:
    """A Whisper model in CTranslate2's format, as a ``Recognizer``.

    ``folder`` holds the model's files; ``device`` is "cpu", "cuda" or "auto"; ``compute_type`` is one of
    CTranslate2's, or "auto" for int8 on a CPU and float16 on a GPU. No network is used, whatever happens.
    ``label`` names the model for people. ``threads`` is for the CPU.
    """

    def __init__(self, folder: Path, *, label: str, device: str, compute_type: str, threads: int = 1) -> None:
        """Raises ``EngineUnavailable`` where a file is missing or damaged, or the device cannot be used."""
        missing = missing_files(folder)
        if missing:
            raise EngineUnavailable(
                f"the Whisper model folder lacks {', '.join(missing)}: point `whisper_model` at a complete folder in "
                "CTranslate2's format, or fetch the model again"
            )
        device = _device(device)
        compute_type = compute_type if compute_type != "auto" else ("float16" if device == "cuda" else "int8")
        self._model = _load(folder, device, compute_type, threads)
        self.name = f"whisper {label} {compute_type}"
        self.languages: frozenset[str] | None = _languages(self._model)

    def recognise(self, pcm: NDArray[np.int16], language: str | None) -> Recognition:
        asked = primary_subtag(language) if language is not None else None
        if asked is not None and self.languages is not None and asked not in self.languages:
            raise UnsupportedLanguage("the Whisper model does not know this language")
        if len(pcm) < _SHORTEST:
            return Recognition((), asked or UNDETERMINED, 0.0)
        began = time.process_time()
        audio = pcm.astype(np.float32) / np.float32(32768)
        segments, info = self._transcribe(audio, asked, no_repeat=0)
        if any(segment.compression_ratio > _COMPRESSION for segment in segments):
            segments, info = self._transcribe(audio, asked, no_repeat=_NO_REPEAT)
        heard = [segment for segment in segments if segment.compression_ratio <= _COMPRESSION]
        words = spoken_words(heard, len(pcm) * 1000 // SAMPLE_RATE)
        return Recognition(words, info.language, time.process_time() - began)

    def _transcribe(
        self, audio: NDArray[np.float32], language: str | None, no_repeat: int
    ) -> tuple[Sequence[Segment], TranscriptionInfo]:
        segments, info = self._model.transcribe(
            audio,
            language=language,
            beam_size=_BEAM,
            temperature=0.0,
            no_speech_threshold=_NO_SPEECH,
            log_prob_threshold=_LOG_PROBABILITY,
            compression_ratio_threshold=_COMPRESSION,
            no_repeat_ngram_size=no_repeat,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,
        )
        return list(segments), info


def missing_files(folder: Path) -> list[str]:
    """What a folder lacks of a model that runs without the network; empty where it is complete.

    ``preprocessor_config.json`` is not in the list: models of 80 mel bands are published without it.
    """
    missing = [name for name in ("config.json", "model.bin", "tokenizer.json") if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
        missing.append("vocabulary.json")
    return missing


def spoken_words(segments: Iterable[Segment], duration_ms: int) -> tuple[Word, ...]:
    """The words of Whisper's segments in order, with times inside ``[0, duration_ms]`` that never go back."""
    words: list[Word] = []
    start = end = 0
    for heard in (word for segment in segments for word in segment.words or ()):
        text = heard.word.strip()
        if not text:
            continue
        start = min(max(round(heard.start * 1000), start), duration_ms)
        end = min(max(round(heard.end * 1000), start, end), duration_ms)
        words.append(Word(text, start, end, min(max(float(heard.probability), 0.0), 1.0)))
    return tuple(words)


def _languages(model: WhisperModel) -> frozenset[str]:
    """Those whose token the model has: not every multilingual model has every one."""
    if not model.model.is_multilingual:
        return frozenset({"en"})
    known = model.hf_tokenizer.token_to_id
    return frozenset(code for code in model.supported_languages if known(f"<|{code}|>") is not None)


def _device(asked: str) -> str:
    import ctranslate2

    has_gpu = ctranslate2.get_cuda_device_count() > 0
    if asked == "cuda" and not has_gpu:
        raise EngineUnavailable('no GPU that CUDA can use was found: install its driver, or set `device` to "cpu"')
    if asked == "auto":
        return "cuda" if has_gpu else "cpu"
    return asked


def _load(folder: Path, device: str, compute_type: str, threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(
            str(folder), device=device, compute_type=compute_type, cpu_threads=threads, local_files_only=True
        )
    except Exception as error:  # tokenizers and CTranslate2 raise bare Exception and RuntimeError
        raise EngineUnavailable(
            f"the Whisper model cannot be loaded on {device} as {compute_type}: a file of it is damaged or of another "
            "kind of model, or the device does not know this compute type"
        ) from error
    if model.feature_extractor.mel_filters.shape[0] != model.model.n_mels:
        raise EngineUnavailable(
            f"the model wants {model.model.n_mels} mel bands and its preprocessor_config.json does not say so: "
            "copy that file from the model's page into the folder"
        )
    return model
