"""The batcher between those who ask and the engines: batches, order, engines that die, callers that leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from chunk_workers.batcher import Batcher
from chunk_workers.model_process import ModelCrashed
from chunk_workers.recognition import Doubted, Heard, Recognition, UnsupportedLanguage, Utterance
from session_core.errors import EngineUnavailable
from session_core.segment import Word

FINAL, AGAIN = 2, 3
POISON = -1
MUMBLED = 99


def utterance(number: int, language: str | None = "en") -> Utterance:
    return Utterance(np.full(4, number, dtype=np.int16), language)


def words(number: int) -> Recognition:
    return Recognition((Word(str(number), 0, 1, 1.0),), "en", 0.0)


class Engine:
    """Hears the number that an utterance is made of. Answers when it is told to, and dies of poison."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.unavailable = False

    async def recognise(self, utterances: Sequence[Utterance], timeout_s: float) -> list[Heard]:
        numbers = [int(each.pcm[0]) for each in utterances]
        self.batches.append(numbers)
        await self.may_answer.wait()
        if self.unavailable:
            raise EngineUnavailable("no model")
        if POISON in numbers:
            raise ModelCrashed("died")
        return [
            UnsupportedLanguage("unknown")
            if each.language != "en"
            else Doubted()
            if number == MUMBLED and len(numbers) > 1
            else words(number)
            for number, each in zip(numbers, utterances, strict=True)
        ]


@pytest.fixture
async def engine() -> Engine:
    return Engine(at_once=4)


@pytest.fixture
async def batcher(engine: Engine) -> AsyncIterator[Batcher]:
    batcher = Batcher(timeout_s=5.0)
    serving = asyncio.create_task(batcher.serve(engine, range(4)))
    yield batcher
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def ask(batcher: Batcher, *numbers: int, urgency: int = FINAL) -> list[asyncio.Task[Recognition]]:
    return [
        asyncio.create_task(batcher.recognise(utterance(number), deadline=float(number), urgency=urgency))
        for number in numbers
    ]


async def held(engine: Engine, batcher: Batcher) -> asyncio.Task[Recognition]:
    """The engine is busy with utterance 0 until it may answer."""
    engine.may_answer.clear()
    (first,) = ask(batcher, 0)
    async with asyncio.timeout(5):
        while not engine.batches:
            await asyncio.sleep(0.001)
    return first


async def test_those_who_wait_are_heard_together_and_each_gets_its_own_words(batcher: Batcher, engine: Engine) -> None:
    first = await held(engine, batcher)
    others = ask(batcher, 5, 3, 1, 4, 2)
    await asyncio.sleep(0)
    engine.may_answer.set()
    assert [await each for each in (first, *others)] == [words(number) for number in (0, 5, 3, 1, 4, 2)]
    assert engine.batches == [[0], [1, 2, 3, 4], [5]]


async def test_one_that_killed_a_batch_is_told_alone_and_the_others_have_words(
    batcher: Batcher, engine: Engine
) -> None:
    first = await held(engine, batcher)
    poisoned, one, two = ask(batcher, POISON, 1, 2)
    await asyncio.sleep(0)
    engine.may_answer.set()
    assert [await each for each in (first, one, two)] == [words(0), words(1), words(2)]
    with pytest.raises(ModelCrashed):
        await poisoned
    assert engine.batches == [[0], [POISON, 1, 2], [POISON], [1], [2]]


async def test_one_that_may_be_what_killed_a_batch_is_asked_for_with_no_other(batcher: Batcher, engine: Engine) -> None:
    first = await held(engine, batcher)
    suspected = asyncio.create_task(batcher.recognise(utterance(2), deadline=2.0, urgency=FINAL, alone=True))
    others = ask(batcher, 1, 3)
    await asyncio.sleep(0)
    engine.may_answer.set()
    assert [await each for each in (first, suspected, *others)] == [words(0), words(2), words(1), words(3)]
    assert engine.batches == [[0], [1, 3], [2]]


async def test_what_is_doubted_keeps_nobody_waiting_and_is_heard_alone(batcher: Batcher, engine: Engine) -> None:
    first = await held(engine, batcher)
    answered: list[Recognition] = []
    asked = ask(batcher, MUMBLED, 1, 2)
    for each in asked:
        each.add_done_callback(lambda done: answered.append(done.result()))
    await asyncio.sleep(0)
    engine.may_answer.set()
    await asyncio.gather(first, *asked)
    assert answered == [words(1), words(2), words(MUMBLED)]
    assert engine.batches == [[0], [1, 2, MUMBLED], [MUMBLED]]


async def test_an_engine_that_cannot_run_is_told_to_everyone_of_the_batch(batcher: Batcher, engine: Engine) -> None:
    engine.unavailable = True
    for asked in ask(batcher, 1, 2):
        with pytest.raises(EngineUnavailable):
            await asked
    engine.unavailable = False
    assert await ask(batcher, 3)[0] == words(3)


async def test_a_language_that_is_unknown_is_told_to_who_asked_for_it_alone(batcher: Batcher) -> None:
    refused = asyncio.create_task(batcher.recognise(utterance(1, "tlh"), deadline=1.0, urgency=FINAL))
    assert await ask(batcher, 2)[0] == words(2)
    with pytest.raises(UnsupportedLanguage):
        await refused


async def test_who_does_not_wait_any_more_is_not_heard(batcher: Batcher, engine: Engine) -> None:
    first = await held(engine, batcher)
    leaves, stays = ask(batcher, 1, 2)
    await asyncio.sleep(0)
    leaves.cancel()
    first.cancel()
    await asyncio.gather(leaves, first, return_exceptions=True)
    engine.may_answer.set()
    assert await stays == words(2)
    assert engine.batches == [[0], [2]]


async def test_nor_is_who_leaves_after_its_batch_came_to_nothing(batcher: Batcher, engine: Engine) -> None:
    first = await held(engine, batcher)
    poisoned, leaves, stays = ask(batcher, POISON, 1, 2)
    await asyncio.sleep(0)
    engine.may_answer.set()
    await first
    engine.may_answer.clear()
    async with asyncio.timeout(5):
        while len(engine.batches) < 2:
            await asyncio.sleep(0.001)
        engine.may_answer.set()
        engine.may_answer = asyncio.Event()
        while len(engine.batches) < 3:
            await asyncio.sleep(0.001)
    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    engine.may_answer.set()
    assert await stays == words(2)
    await asyncio.gather(poisoned, return_exceptions=True)
    assert engine.batches == [[0], [POISON, 1, 2], [POISON], [2]]


async def test_what_a_dead_engine_left_is_taken_by_the_next(batcher: Batcher, engine: Engine) -> None:
    first = await held(engine, batcher)
    poisoned, left = ask(batcher, POISON, 1)
    await asyncio.sleep(0)
    engine.may_answer.set()
    await first
    other = Engine(at_once=4)
    serving = asyncio.create_task(batcher.serve(other, range(4)))
    assert await left == words(1)
    with pytest.raises(ModelCrashed):
        await poisoned
    assert [1] in engine.batches + other.batches
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_when_serving_ends_nobody_is_left_waiting_for_what_was_under_way(engine: Engine) -> None:
    batcher = Batcher(timeout_s=5.0)
    serving = asyncio.create_task(batcher.serve(engine, range(4)))
    first = await held(engine, batcher)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_sessions_with_little_to_hear_do_not_wait_for_one_with_much(batcher: Batcher, engine: Engine) -> None:
    """By their deadlines, which are spread over the time that a session takes to say as much."""
    first = await held(engine, batcher)
    much = [
        asyncio.create_task(batcher.recognise(utterance(100 + number), deadline=12.0 * number, urgency=FINAL))
        for number in range(8)
    ]
    little = [
        asyncio.create_task(batcher.recognise(utterance(session), deadline=1.0, urgency=FINAL)) for session in (1, 2, 3)
    ]
    await asyncio.sleep(0)
    engine.may_answer.set()
    await asyncio.gather(first, *much, *little)
    assert engine.batches == [[0], [100, 1, 2, 3], [101, 102, 103, 104], [105, 106, 107]]
