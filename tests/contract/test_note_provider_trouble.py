"""What a provider of notes does wrong, in each provider's real protocol, and what becomes of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chunk_workers.breaker import FAILURES
from chunk_workers.provider import (
    ChatModel,
    ProviderAway,
    ProviderLimited,
    ProviderRefused,
    ProviderSlow,
)
from tests.contract.written_note import (
    LINES,
    TEMPLATE,
    UNCOUNTED,
    Naps,
    Notebook,
    assert_says_nothing,
    lines_of,
    made_model,
    statements,
    write,
    writer_of,
)
from tests.model_server import ModelServer, Says, in_turn, obedient


async def test_a_provider_that_is_slow_is_not_waited_for(server: ModelServer, model: ChatModel) -> None:
    server.script = lambda _: Says(waits=True)
    naps = Naps()
    with pytest.raises(ProviderSlow):
        await write(model, naps=naps, timeout_s=0.3)
    assert naps.pauses == [0.5, 1.0]


async def test_a_provider_that_wants_a_pause_gets_it(server: ModelServer, model: ChatModel) -> None:
    naps = Naps()
    server.script = in_turn(Says(status=429, headers={"Retry-After": "7"}), Says(status=503), obedient)
    assert len(statements(await write(model, naps=naps))) == len(LINES)
    assert naps.pauses == [7.0, 1.0]


async def test_a_provider_that_wants_a_long_pause_is_left_to_the_next_attempt(
    server: ModelServer, model: ChatModel
) -> None:
    server.script = lambda _: Says(status=429, headers={"Retry-After": "300"})
    with pytest.raises(ProviderLimited) as error:
        await write(model)
    assert (error.value.retry_after_s, len(server.asked)) == (300.0, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_provider_that_refuses_is_asked_once_and_not_quoted(
    server: ModelServer, model: ChatModel, status: int
) -> None:
    server.script = lambda _: Says(status=status)
    with pytest.raises(ProviderRefused) as error:
        await write(model)
    assert not error.value.retryable
    assert len(server.asked) == 1
    assert_says_nothing(error.value)


@pytest.mark.parametrize("says", [Says(status=500), Says("x" * 100, breaks_off=True)], ids=["500", "breaks off"])
async def test_a_provider_in_trouble_is_asked_again_and_not_quoted(
    server: ModelServer, model: ChatModel, says: Says
) -> None:
    naps, desk = Naps(), Notebook()
    server.script = lambda _: says
    with pytest.raises(ProviderAway) as error:
        await write(model, desk, naps=naps)
    assert error.value.retryable
    assert (len(server.asked), naps.pauses) == (3, [0.5, 1.0])
    # Gemini counts while it answers, and OpenAI at the end.
    took: Any = (101, pytest.approx(0.00022)) if model.name.startswith("gemini") else UNCOUNTED
    assert desk.spent == [took] * (3 if says.breaks_off else 0)
    assert_says_nothing(error.value)


@pytest.mark.parametrize("kind", ["openai", "gemini"])
async def test_a_provider_that_is_down_is_left_alone_after_some_failures(kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        model = made_model(kind, f"http://127.0.0.1:{taken.getsockname()[1]}")
        writer = writer_of(model)
        told = []
        for _ in range(FAILURES):
            with pytest.raises(ProviderAway) as error:
                await writer.write(LINES, TEMPLATE, "en", Notebook())
            told.append(error.value.retry_after_s)
            assert_says_nothing(error.value)
        await model.aclose()
    assert told[0] is None
    assert all(rest is not None and 0 < rest <= 30 for rest in told[1:])


async def test_no_more_calls_are_under_way_than_are_allowed(server: ModelServer, model: ChatModel) -> None:
    long = lines_of(*(f"This is the sentence with the number {number} of this session." for number in range(400)))
    under_way, most = 0, 0

    class Counted:
        name = model.name
        leaves = model.leaves

        async def stream(self, prompt: Any) -> AsyncIterator[Any]:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            async for piece in model.stream(prompt):
                yield piece
            under_way -= 1

        async def aclose(self) -> None: ...

    await writer_of(Counted(), context=8_000, at_once=2).write(long, TEMPLATE, "en", Notebook())
    assert most == 2
