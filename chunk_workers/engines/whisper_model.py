"""A loaded Whisper model: features, encoder, decoder and alignment, for several utterances at once.

faster-whisper loads it and knows its tokens. The decoding is driven from here, because faster-whisper's own batches
keep state between calls and have no second try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chunk_workers.engines.gates import Said
from chunk_workers.engines.sampling import Logits, sample
from session_core.errors import EngineUnavailable

if TYPE_CHECKING:
    from ctranslate2 import StorageView
    from faster_whisper.tokenizer import Tokenizer

FRAMES = 3000
"""A model hears 30 s at a time, in frames of 10 ms."""

_BEAM = 5
_MOST_TOKENS = 224
"""Of a text: half of what Whisper's decoder can hold."""

_MOST_HINT_TOKENS = 216
"""With so many before it the decoder still holds a whole text."""

_BEFORE_A_WORD, _AFTER_A_WORD = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word with the spaces and marks around it; seconds from the first sample."""

    text: str
    start_s: float
    end_s: float
    probability: float


class Encoded:
    """What the decoder listens to: utterances as the encoder left them, in the machine's memory."""

    def __init__(self, features: StorageView) -> None:
        self.features = features

    def rows(self, places: Sequence[int]) -> Encoded:
        """Of these utterances only."""
        from ctranslate2 import StorageView

        if list(places) == list(range(self.features.shape[0])):
            return self
        # The decoder takes any precision and turns it into its own.
        return Encoded(StorageView.from_array(_array(self.features)[list(places)]))


class WhisperModel:
    """Every method but ``features`` computes on the model's device; shapes are (utterances, ...)."""

    def __init__(
        self, folder: Path, *, device: str, device_index: int, compute_type: str, threads: int, callers: int = 1
    ) -> None:
        """``threads`` of a CPU compute each call; so many ``callers`` at a time are served side by side, by one copy of
        the weights.

        Raises ``EngineUnavailable`` where a file is damaged, or the device does not know the compute type.
        """
        from faster_whisper import WhisperModel as Loaded

        try:
            self._loaded = Loaded(
                str(folder),
                device=device,
                device_index=device_index,
                compute_type=compute_type,
                cpu_threads=threads,
                num_workers=callers,
                local_files_only=True,
            )
        except Exception as error:  # tokenizers and CTranslate2 raise bare Exception and RuntimeError
            raise EngineUnavailable(
                f"the Whisper model cannot be loaded on {device} as {compute_type}: a file of it is damaged or of "
                "another kind of model, or the device does not know this compute type"
            ) from error
        if self._loaded.feature_extractor.mel_filters.shape[0] != self._loaded.model.n_mels:
            raise EngineUnavailable(
                f"the model wants {self._loaded.model.n_mels} mel bands and its preprocessor_config.json does not say "
                "so: copy that file from the model's page into the folder"
            )
        self.languages = self._languages()

    def features(self, pcm: NDArray[np.int16]) -> NDArray[np.float32]:
        """Of 16 kHz samples: shape (bands, 3000), zeros behind the audio."""
        features = self._loaded.feature_extractor(pcm.astype(np.float32) / np.float32(32768))[:, :FRAMES]
        padded: NDArray[np.float32] = np.pad(features, ((0, 0), (0, FRAMES - features.shape[1])))
        return padded

    def encode(self, features: Sequence[NDArray[np.float32]]) -> Encoded:
        """A GPU takes all of them at once. A thread of a CPU is as busy with one, and with more of them what it
        computes with falls out of its caches: eight together take longer than one after the other, and eight times the
        memory."""
        from ctranslate2 import StorageView

        encode = self._loaded.model.encode
        if self._loaded.model.device == "cuda":
            return Encoded(encode(StorageView.from_array(np.stack(features)), to_cpu=True))
        encoded = [np.asarray(encode(StorageView.from_array(each[None]), to_cpu=True)) for each in features]
        return Encoded(StorageView.from_array(np.concatenate(encoded)))

    def detect(self, encoded: Encoded) -> list[str]:
        """The most probable language of each."""
        if not self._loaded.model.is_multilingual:
            return ["en"] * encoded.features.shape[0]
        # Tokens look like "<|en|>".
        return [found[0][0][2:-2] for found in self._loaded.model.detect_language(encoded.features)]

    def hotwords(self, words: Sequence[str]) -> tuple[int, ...]:
        """Tokens that make these words likely, as if they had been said before: of as many of the first words as there
        is room for, each whole; none where there are no words.

        Prompts of one batch are equally long. So the last commas are left out, as many as make the length a multiple of
        the greatest power of two that is no more than the words: what has many words, which is what costs, has one
        of a few lengths. Filling up instead changes what is heard.
        """
        tokenizer = self._tokenizer("en")
        spelt: list[list[int]] = []
        length = -1
        # No more can fit, since each takes a token and a comma.
        for word in words[: _MOST_HINT_TOKENS // 2]:
            # A word may be spelt as a special token, which in a prompt would be one.
            tokens = [token for token in tokenizer.encode(f" {word}") if token < tokenizer.eot]
            if tokens and length + 1 + len(tokens) <= _MOST_HINT_TOKENS:
                spelt.append(tokens)
                length += 1 + len(tokens)
        if not spelt:
            return ()
        commas = len(spelt) - 1 - length % (1 << len(spelt).bit_length() - 1)
        comma = tokenizer.encode(",")
        return tuple(token for place, word in enumerate(spelt) for token in (word + comma if place < commas else word))

    def prompt(self, language: str, hotwords: Sequence[int]) -> list[int]:
        tokens = self._tokenizer(language)
        before = [tokens.sot_prev, *hotwords] if hotwords else []
        return [*before, *tokens.sot_sequence, tokens.no_timestamps]

    def say(self, encoded: Encoded, prompts: Sequence[Sequence[int]], *, most_tokens: int = _MOST_TOKENS) -> list[Said]:
        """The most probable text of each; prompts of one length."""
        results = self._loaded.model.generate(
            encoded.features,
            [list(prompt) for prompt in prompts],
            beam_size=_BEAM,
            max_length=2 * most_tokens,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            # The score is the mean over the tokens, the one that ends the text left out of the count.
            self._said(result.sequences_ids[0], result.scores[0] * len(result.sequences_ids[0]), result.no_speech_prob)
            for result in results
        ]

    def say_by_dice(
        self, encoded: Encoded, prompt: Sequence[int], first: Said, temperature: float, dice: np.random.Generator
    ) -> Said:
        """Another text of one utterance, drawn at a temperature. ``first`` is what was said without."""
        tokenizer = self._tokenizer("en")

        def draft(said: Sequence[int], most: int) -> list[tuple[int, Logits]]:
            # What is said already is given with the prompt, counted in the length, and told back. The length is half of
            # what is asked for, or what is left of it behind the prompt, whichever is less.
            length = len(said) + most
            (result,) = self._loaded.model.generate(
                encoded.features,
                [[*prompt, *said]],
                beam_size=1,
                max_length=max(2 * length, len(prompt) - 1 + length),
                suppress_blank=not said,
                return_logits_vocab=True,
            )
            steps = [_array(step).astype(np.float64).ravel() for of_result in result.logits for step in of_result]
            logits = [step[: tokenizer.timestamp_begin] for step in steps[len(said) :]]
            return list(zip(result.sequences_ids[0][len(said) :], logits, strict=False))

        drawn = sample(draft, dice, temperature, tokenizer.eot, _MOST_TOKENS)
        return self._said(drawn.tokens, drawn.log_probability, first.no_speech)

    def times(self, encoded: Encoded, language: str, text: Sequence[int], frames: int) -> list[TimedWord]:
        """The words of the text of one utterance with the times at which the model listened to them. Of texts that are
        aligned together, the longest decides how exact the others' numbers are.

        ``frames``: how many of its 10 ms frames are audio.
        """
        from faster_whisper.transcribe import merge_punctuations

        (words,) = self._loaded.find_alignment(self._tokenizer(language), [list(text)], encoded.features, [frames])
        merge_punctuations(words, _BEFORE_A_WORD, _AFTER_A_WORD)
        return [
            TimedWord(word["word"], float(word["start"]), float(word["end"]), float(word["probability"]))
            for word in words
            if word["word"].strip()
        ]

    def _said(self, tokens: Sequence[int], log_probability: float, no_speech: float) -> Said:
        spoken = tuple(token for token in tokens if token < self._tokenizer("en").eot)
        text = self._loaded.hf_tokenizer.decode(list(spoken)).strip()
        return Said(spoken, text, log_probability / (len(tokens) + 1), no_speech)

    def _tokenizer(self, language: str) -> Tokenizer:
        from faster_whisper.tokenizer import Tokenizer

        loaded = self._loaded
        return Tokenizer(loaded.hf_tokenizer, loaded.model.is_multilingual, task="transcribe", language=language)

    def _languages(self) -> frozenset[str]:
        """Those whose token the model has: not every multilingual model has every one."""
        if not self._loaded.model.is_multilingual:
            return frozenset({"en"})
        known = self._loaded.hf_tokenizer.token_to_id
        return frozenset(code for code in self._loaded.supported_languages if known(f"<|{code}|>") is not None)


def _array(view: StorageView) -> NDArray[Any]:
    """Numbers of any device and precision. numpy has no bfloat16."""
    from ctranslate2 import DataType, Device

    here = view if view.device == "cpu" else view.to_device(Device.cpu)
    return np.asarray(here.to(DataType.float32) if here.dtype == DataType.bfloat16 else here)
