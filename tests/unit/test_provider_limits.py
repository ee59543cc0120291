"""How often a provider is called: its pace, and the rest that it gets when it fails."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from chunk_workers.breaker import FAILURES, REST_S, Breaker
from chunk_workers.embedders.choice import choose_embedder
from chunk_workers.embedders.process import EmbedderProcess
from chunk_workers.pace import Pace
from chunk_workers.provider import (
    Limits,
    Prices,
    ProviderAway,
    ProviderLimited,
    ProviderRefused,
    SharedCalls,
    Usage,
    refusal,
)
from chunk_workers.writers.choice import choose_writer
from session_core.settings import Settings, SettingsError

LIMITS = Limits(timeout_s=20.0, at_once=4, per_minute=60, pause_s=0.0)


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_provider_that_fails_in_a_row_rests_and_then_one_call_tries() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.wait_s() == 0
    breaker.failed()
    assert breaker.wait_s() == REST_S
    clock.now += REST_S - 1
    assert breaker.wait_s() == 1
    clock.now += 1
    assert [breaker.wait_s(), breaker.wait_s()] == [0, REST_S]
    breaker.failed()
    assert breaker.wait_s() == REST_S
    clock.now += REST_S
    assert breaker.wait_s() == 0
    breaker.succeeded()
    assert [breaker.wait_s(), breaker.wait_s()] == [0, 0]


def test_failures_that_are_not_in_a_row_do_not_count() -> None:
    breaker = Breaker(Clock())
    for _ in range(3 * FAILURES):
        breaker.failed()
        breaker.succeeded()
    assert breaker.wait_s() == 0


def test_a_quarter_of_a_minutes_calls_comes_at_once_and_then_each_in_its_turn() -> None:
    clock = Clock()
    pace = Pace(60, clock)
    assert [pace.take() for _ in range(18)] == [0.0] * 15 + [1.0, 2.0, 3.0]
    clock.now += 3600
    assert [pace.take() for _ in range(16)] == [0.0] * 15 + [1.0]


async def test_whatever_is_asked_of_one_provider_counts_for_the_same_limits() -> None:
    calls = SharedCalls(Limits(timeout_s=20.0, at_once=1, per_minute=6_000, pause_s=0.0))
    answer, made = asyncio.Event(), list[str]()

    async def call(name: str) -> None:
        made.append(name)
        await answer.wait()

    async with asyncio.TaskGroup() as group:
        for provider, name in (("one", "note"), ("one", "search"), ("other", "search there")):
            group.create_task(calls.to(provider).make(partial(call, name)))
        async with asyncio.timeout(10):
            while "search there" not in made:
                await asyncio.sleep(0)
        assert made == ["note", "search there"]
        answer.set()
    assert sorted(made) == ["note", "search", "search there"]


def test_one_call_a_minute_is_one() -> None:
    pace = Pace(1, Clock())
    assert [pace.take(), pace.take()] == [0.0, 60.0]


@pytest.mark.parametrize(
    ("status", "retry_after", "kind", "wait"),
    [
        (429, "7", ProviderLimited, 7.0), (429, None, ProviderLimited, None), (503, "2", ProviderAway, 2.0),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", ProviderLimited, None), (500, None, ProviderAway, None),
        (408, None, ProviderAway, None), (401, "7", ProviderRefused, None), (302, None, ProviderRefused, None),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, retry_after: str | None, kind: type, wait: float | None) -> None:
    error = refusal(status, retry_after)
    assert type(error) is kind
    assert error.retry_after_s == wait


def test_a_cost_is_told_only_where_both_prices_are_known() -> None:
    assert Prices(2.0, 10.0).of(Usage(500_000, 100_000)) == pytest.approx(2.0)
    assert Prices(2.0, None).of(Usage(1, 1)) is None
    assert Prices().of(Usage(1, 1)) is None


def settings(**chosen: Any) -> Settings:
    key = base64.b64encode(bytes(32)).decode()
    return Settings.from_environ(
        {f"HEARKEN_{name.upper()}": value for name, value in chosen.items()} | {"HEARKEN_MASTER_KEY": key}
    )


@pytest.mark.parametrize(
    ("chosen", "label"),
    [
        ({}, "extractive"),
        ({"note_model": "tiny"}, "extractive"),
        ({"gemini_api_key": "k", "note_model": "tiny"}, "gemini tiny"),
        ({"openai_url": "http://127.0.0.1:1/v1", "note_model": "tiny"}, "openai tiny"),
        ({"note_writer": "extractive", "gemini_api_key": "k", "note_model": "tiny"}, "extractive"),
        (
            {"note_writer": "openai", "gemini_api_key": "k", "openai_url": "http://127.0.0.1:1", "note_model": "tiny"},
            "openai tiny",
        ),
    ],
)
async def test_a_provider_writes_notes_only_where_somebody_has_set_one(chosen: dict[str, str], label: str) -> None:
    choice = choose_writer(settings(**chosen), SharedCalls(LIMITS), EmbedderProcess(0))
    assert choice.label == label
    assert (choice.provider is None) == (label == "extractive")
    assert choice.leaves == label.startswith("gemini")
    await choice.aclose()


@pytest.mark.parametrize(
    ("address", "leaves"),
    [
        ("http://127.0.0.1:11434/v1", False), ("http://localhost:8000/v1", False), ("http://[::1]:8000/v1", False),
        ("http://10.0.0.7:8000/v1", True), ("https://api.openai.com/v1", True),
        ("http://localhost.example.org/v1", True), ("http://127.0.0.1@example.org/v1", True),
    ],
)  # fmt: skip
async def test_only_a_server_on_this_machine_keeps_transcripts_in_the_installation(address: str, leaves: bool) -> None:
    choice = choose_writer(settings(openai_url=address, note_model="tiny"), SharedCalls(LIMITS), EmbedderProcess(0))
    assert choice.leaves == leaves
    await choice.aclose()


@pytest.mark.parametrize(
    ("chosen", "model"),
    [
        ({"gemini_api_key": "k", "note_model": "tiny", "embedding_model": "tiny"}, None),
        ({"embedder": "gemini", "gemini_api_key": "k", "note_model": "t", "embedding_model": "tiny"}, "gemini tiny"),
        ({"embedder": "openai", "openai_url": "http://localhost/v1", "note_model": "t", "embedding_model": "tiny"},
         "openai tiny"),
    ],
)  # fmt: skip
async def test_a_provider_embeds_only_where_it_is_named(chosen: dict[str, str], model: str | None) -> None:
    own = EmbedderProcess(0)
    choice = choose_embedder(settings(**chosen), SharedCalls(LIMITS), own)
    assert choice.embedder is own if model is None else await choice.embedder.model() == choice.label == model
    assert choice.leaves == (model == "gemini tiny")
    await choice.embedder.aclose()


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        ({"note_writer": "gemini", "note_model": "tiny"}, "HEARKEN_GEMINI_API_KEY"),
        ({"note_writer": "openai", "note_model": "tiny"}, "HEARKEN_OPENAI_URL"),
        ({"gemini_api_key": "a secret"}, "HEARKEN_NOTE_MODEL"),
        ({"openai_url": "127.0.0.1:1"}, "HEARKEN_OPENAI_URL"),
        ({"embedder": "gemini", "embedding_model": "tiny"}, "HEARKEN_GEMINI_API_KEY"),
        ({"embedder": "openai", "embedding_model": "tiny"}, "HEARKEN_OPENAI_URL"),
        ({"embedder": "gemini", "gemini_api_key": "a secret", "note_writer": "extractive"}, "HEARKEN_EMBEDDING_MODEL"),
    ],
)
def test_a_provider_that_is_half_set_is_refused_with_what_is_missing(chosen: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingsError, match=missing) as error:
        settings(**chosen)
    assert "a secret" not in str(error.value)
