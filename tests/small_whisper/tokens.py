"""The small model's tokens: bytes, first letters, whole words, then Whisper's special tokens in Whisper's order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

LANGUAGES = ("en", "de", "fr")
TICKS = 1501
"""Time stamps from 0.00 to 30.00 s in steps of 0.02 s."""
_SPACE = "Ġ"
_STARTS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Tokens:
    """Texts as numbers. ``vocabulary`` is in order of the numbers."""

    tokenizer: Tokenizer
    vocabulary: list[str]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.vocabulary)}

    def __getitem__(self, name: str) -> int:
        """The number of a special token, named without its brackets: ``nospeech``."""
        return self._numbers[f"<|{name}|>"]

    def tick(self, seconds: float) -> int:
        """The time stamp nearest to it of those at whole tenths of a second, the only ones that are taught."""
        return self["notimestamps"] + 1 + 5 * round(10 * min(seconds, 30.0))

    def encode(self, text: str) -> list[int]:
        numbers: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return numbers


def tokens_of(texts: list[str]) -> Tokens:
    """Tokens by which each word of the texts is one token. What else there is in the world is spelt in bytes."""
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    words = {piece for text in texts for piece, _ in pieces.pre_tokenize_str(text)}
    words = {word for word in words if re.fullmatch(rf"{_SPACE}?'?[A-Za-z]+", word)}
    starts = [_SPACE + letter for letter in _STARTS]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # The empty string before <|endoftext|> is by what CTranslate2 knows a multilingual model.
    text = [*alphabet, *starts, *sorted(words - set(alphabet) - set(starts)), ""]
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *(f"<|{tick * 0.02:.2f}|>" for tick in range(TICKS))]
    # A space is always merged with the letter behind it: faster-whisper suppresses the first token of " -", which
    # would otherwise be the space of every word that is spelt.
    merges = [(_SPACE, letter) for letter in _STARTS]
    numbers = {token: number for number, token in enumerate(text)}
    tokenizer = Tokenizer(models.BPE(vocab=numbers, merges=merges, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return Tokens(tokenizer, [*text, *special])
