"""A note that a model writes through its provider's real protocol, and a desk that remembers what came."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from chunk_workers.gemini_api import GeminiApi
from chunk_workers.openai_api import OpenAiApi
from chunk_workers.provider import (
    Calls,
    ChatModel,
    Limits,
    Prices,
    Provider,
)
from chunk_workers.writers.gemini import GeminiModel
from chunk_workers.writers.model import ModelWriter
from chunk_workers.writers.openai import OpenAiModel
from session_core.errors import HearkenError
from session_core.line import Line
from session_core.note import Note, Section
from session_core.note_template import built_in

TEMPLATE = built_in("session")
FIRST = TEMPLATE.sections[0].key
FLAGS = next(section.key for section in TEMPLATE.sections if section.kind == "flags")
KEY = "a key of some length"


def lines_of(*texts: str) -> list[Line]:
    return [
        Line(UUID(int=number + 1), number * 1_000, number * 1_000 + 900, text, f"S{number % 2 + 1}")
        for number, text in enumerate(texts)
    ]


LINES = lines_of(
    "How did you sleep this week?", "Badly, I woke up at four every day.", "We will try to go to bed later."
)


@dataclass
class Notebook:
    """A desk that remembers."""

    shown: list[Section] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    spent: list[tuple[int | None, float | None]] = field(default_factory=list)
    told: list[tuple[float, str]] = field(default_factory=list)

    def tell(self, share: float, message: str) -> None:
        self.told.append((share, message))

    async def show(self, section: Section) -> None:
        self.shown.append(section)

    async def answer(self, asked: str) -> str | None:
        return self.kept.get(asked)

    async def keep(self, asked: str, answer: str) -> None:
        self.kept[asked] = answer

    async def spend(self, tokens: int | None, cost: float | None) -> None:
        self.spent.append((tokens, cost))


@dataclass
class Naps:
    """Sleeps no time and remembers how long it should have."""

    asked: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)

    @property
    def pauses(self) -> list[float]:
        return [each for each in self.asked if each > 0]


def made_model(kind: str, url: str) -> ChatModel:
    return (
        OpenAiModel("tiny", OpenAiApi(f"{url}/v1/", KEY))
        if kind == "openai"
        else GeminiModel("tiny", GeminiApi(KEY, url))
    )


COUNTED: Any = (110, pytest.approx(0.0004))
UNCOUNTED = (None, 0.0)
"""What a call took, of which the provider said so or not."""

LIMITS = Limits(timeout_s=20.0, at_once=4, per_minute=6_000, pause_s=0.5)


def writer_of(model: ChatModel, naps: Naps | None = None, context: int = 32_000, **limits: Any) -> ModelWriter:
    provider = Provider(model, Calls(replace(LIMITS, **limits), lambda: 0.5, naps or Naps()), Prices(2.0, 20.0))
    return ModelWriter(provider, context)


async def write(model: ChatModel, desk: Notebook | None = None, language: str | None = "en", **how: Any) -> Note:
    return (await writer_of(model, **how).write(LINES, TEMPLATE, language, desk or Notebook())).note


def statements(note: Note, key: str = FIRST) -> list[str]:
    return [each.text for section in note.sections if section.key == key for each in section.statements]


def assert_says_nothing(error: HearkenError) -> None:
    """An error holds nothing of what was asked or answered, also not in what it came from."""
    told: BaseException | None = error
    while told is not None:
        assert not any(line.text in repr(told) for line in LINES)
        told = None if told.__suppress_context__ else told.__context__
