"""How many recogniser processes a worker has, on which devices, and which windows each takes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import numpy as np
import pytest

from chunk_workers import recognisers
from chunk_workers.engines.choice import EngineName, EngineSettings
from chunk_workers.model_process import ModelCrashed
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognisers import NICENESS, TAIL_NICENESS, Recognisers
from chunk_workers.recognition import Heard, NotYet, UnsupportedLanguage, Utterance
from session_core.errors import EngineUnavailable, HearkenError
from session_core.storage.windows import CLOSED, FINAL, PROVISIONAL


class Engine(RecogniserProcess):
    """A process that need not run to say what it would be."""

    def __init__(self, settings: EngineSettings, at_once: int, devices: int) -> None:
        super().__init__(settings)
        self.settings = settings
        self._at_once, self._devices = at_once, devices
        self.started = 0
        self.fails: HearkenError | None = None

    @property
    def at_once(self) -> int:
        return self._at_once

    @property
    def devices(self) -> int:
        return self._devices

    async def start(self) -> None:
        if self.fails:
            raise self.fails
        self.started += 1


async def started(
    at_once: int, devices: int, count: int, broken: Collection[int] = ()
) -> tuple[Recognisers, list[Engine]]:
    """``broken``: devices on which the engine does not run."""
    made: list[Engine] = []

    def make(settings: EngineSettings) -> Engine:
        made.append(Engine(settings, at_once, devices))
        if settings.device_index in broken:
            made[-1].fails = EngineUnavailable("the GPU is full")
        return made[-1]

    recognisers = Recognisers(make, EngineSettings(), count, timeout_s=1.0)
    await recognisers.start()
    return recognisers, made


@pytest.mark.parametrize(
    ("devices", "count", "indices"),
    [(1, 0, [0]), (3, 0, [0, 1, 2]), (1, 2, [0, 0]), (2, 3, [0, 1, 0]), (4, 1, [0])],
)
async def test_an_engine_that_hears_batches_is_loaded_once_for_each_device(
    devices: int, count: int, indices: list[int]
) -> None:
    recognisers, made = await started(8, devices, count)
    assert [engine.settings.device_index for engine in made] == indices
    assert all(engine.started and engine.settings.niceness == NICENESS for engine in made)
    assert list(recognisers.lanes()) == [((CLOSED,), 16), ((PROVISIONAL,), 16)] * len(made)
    assert len(list(recognisers.serving())) == len(made)


async def test_one_that_hears_one_by_one_has_a_process_for_provisional_words() -> None:
    recognisers, made = await started(1, 1, 3)
    assert [engine.settings.niceness for engine in made] == [NICENESS, NICENESS, TAIL_NICENESS]
    assert list(recognisers.lanes()) == [((CLOSED,), 1), ((CLOSED,), 1), ((PROVISIONAL,), 1)]


async def test_unless_it_is_set_there_is_one_more_of_it_than_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognisers, "usable_processors", lambda: 5)
    _, made = await started(1, 1, 0)
    assert [engine.settings.niceness for engine in made] == [*[NICENESS] * 5, TAIL_NICENESS]


async def test_the_only_process_of_one_that_hears_one_by_one_takes_everything() -> None:
    recognisers, made = await started(1, 1, 1)
    assert len(made) == 1
    assert list(recognisers.lanes()) == [((CLOSED, PROVISIONAL), 1)]


async def test_a_process_that_dies_while_it_loads_is_told_as_an_engine_that_cannot_run() -> None:
    engine = Engine(EngineSettings(), 1, 1)
    engine.fails = ModelCrashed("is there memory enough?")
    with pytest.raises(EngineUnavailable, match="does not run: is there memory enough"):
        await Recognisers(lambda _: engine, EngineSettings(), 1, timeout_s=1.0).start()


@pytest.mark.parametrize(("asked", "runs"), [("auto", True), ("whisper", False)])
async def test_with_auto_another_engine_hears_where_whisper_is_killed_while_it_loads(
    asked: EngineName, runs: bool
) -> None:
    made: list[Engine] = []

    def make(settings: EngineSettings) -> Engine:
        made.append(Engine(settings, 1, 1))
        if settings.engine != "pocketsphinx":
            made[-1].fails = ModelCrashed("is there memory enough?")
        return made[-1]

    recognisers = Recognisers(make, EngineSettings(engine=asked), 2, timeout_s=1.0)
    if not runs:
        with pytest.raises(EngineUnavailable, match="is there memory enough"):
            await recognisers.start()
        return
    await recognisers.start()
    assert [engine.settings.engine for engine in made] == ["auto", "pocketsphinx", "pocketsphinx"]
    assert all(engine.started for engine in made[1:])
    assert recognisers.notice == (
        "pocketsphinx runs; Whisper hears much better and does not run here: the recogniser does not run: is there "
        "memory enough?"
    )


class English(Engine):
    async def recognise(self, utterances: Sequence[Utterance], timeout_s: float) -> list[Heard]:
        return [UnsupportedLanguage("English only") for _ in utterances]


@pytest.mark.parametrize(("is_awaited", "raised"), [(True, NotYet), (False, UnsupportedLanguage)])
async def test_what_an_engine_cannot_hear_waits_for_the_one_that_is_awaited(
    is_awaited: bool, raised: type[Exception]
) -> None:
    recognisers = Recognisers(
        lambda settings: English(settings, 1, 1), EngineSettings(), 1, timeout_s=1.0, better_is_awaited=is_awaited
    )
    await recognisers.start()
    serving = [asyncio.create_task(serve()) for serve in recognisers.serving()]
    with pytest.raises(raised):
        await recognisers.recognise(Utterance(np.zeros(16000, np.int16), "de"), urgency=FINAL, deadline=0.0)
    for each in serving:
        each.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


async def test_a_device_that_fails_is_done_without_and_hears_with_no_other_engine(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recognisers, made = await started(8, 3, 0, broken=[1])
    assert [engine.settings.engine for engine in made] == ["auto", "whisper", "whisper"]
    assert list(recognisers.lanes()) == [((CLOSED,), 16), ((PROVISIONAL,), 16)] * 2
    assert len(list(recognisers.serving())) == 2
    assert "the GPU is full" in caplog.text
