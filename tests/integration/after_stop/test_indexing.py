"""What was said can be searched whatever becomes of the embedder: by words meanwhile, and without being done over and
over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chunk_workers.embedders.provided import ProvidedEmbedder
from chunk_workers.indexing import Indexing, StaleIndexings
from chunk_workers.model_process import ModelCrashed
from chunk_workers.provider import (
    BadAnswer,
    Calls,
    Limits,
    ProviderAway,
    ProviderLimited,
    ProviderRefused,
    ProviderSlow,
)
from chunk_workers.steps import StepRunner
from session_core.errors import HearkenError
from session_core.step import Step
from tests.integration.after_stop.stopped_session import status_of
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard
from tests.scripted_recording import talk

TRIES = 2


class Model:
    """At a provider that fails as it is told."""

    name, leaves = "script", True

    def __init__(self, error: HearkenError | None = None) -> None:
        self.error = error

    async def embed(self, texts: Sequence[str]) -> list[Any]:
        if self.error is not None:
            raise self.error
        return [[1.0, 0.0] for _ in texts]

    async def aclose(self) -> None: ...


def embedder_with(error: HearkenError | None = None) -> ProvidedEmbedder:
    return ProvidedEmbedder(Model(error), Calls(Limits(20.0, 4, 60_000, 0.0)))


def runner_with(clinic: Clinic, error: HearkenError | None = None) -> StepRunner:
    work = Indexing(clinic.database, clinic.keyring, embedder_with(error))
    return clinic.steps({Step.INDEX: work}, most=TRIES)


async def stopped(clinic: Clinic) -> Play:
    """A session that is ready, and waits to be indexed."""
    play = await heard(clinic, talk(0, 1))
    await play.do_steps()
    assert await status_of(play, Step.INDEX) == ("pending", 1)
    return play


async def found_by(play: Play) -> tuple[bool, bool, list[str | None]]:
    """Whether there are passages, whether they have vectors, and the models that the session is indexed with."""
    counts = [
        await play.clinic.installation.value(f"SELECT count(*) FROM {table} WHERE session_id = $1", play.session)
        for table in ("passages", "passage_vectors")
    ]
    rows = await play.clinic.installation.fetch("SELECT model FROM indexings WHERE session_id = $1", play.session)
    assert counts[1] in (0, counts[0])
    return counts[0] > 0, counts[1] > 0, [row["model"] for row in rows]


async def minutes_pass(play: Play, minutes: int) -> None:
    for table, column in (("indexings", "indexed_at"), ("steps", "finished_at")):
        await play.clinic.installation.fetch(
            f"UPDATE {table} SET {column} = {column} - make_interval(mins => $2) WHERE session_id = $1",
            play.session,
            minutes,
        )


async def look(clinic: Clinic) -> int:
    return await StaleIndexings(clinic.database, clinic.changes, embedder_with()).look()


@pytest.mark.parametrize("error", [ProviderAway, ProviderSlow, ProviderLimited, ProviderRefused, BadAnswer])
async def test_whatever_a_provider_does_words_are_found_at_once(clinic: Clinic, error: type[HearkenError]) -> None:
    play = await stopped(clinic)
    assert await runner_with(clinic, error("as the script says")).do_next(Step.INDEX)
    assert await status_of(play, Step.INDEX) == ("done", 1)
    assert await found_by(play) == (True, False, [None])


async def test_a_session_with_words_alone_is_taken_again_every_ten_minutes_until_its_provider_is_back(
    clinic: Clinic,
) -> None:
    play = await stopped(clinic)
    away = runner_with(clinic, ProviderAway("as the script says"))
    assert await away.do_next(Step.INDEX)
    for generation in (2, 3):
        assert await look(clinic) == 0
        await minutes_pass(play, 9)
        assert await look(clinic) == 0
        await minutes_pass(play, 2)
        assert await look(clinic) == 1
        assert await look(clinic) == 0
        assert await away.do_next(Step.INDEX)
        assert await status_of(play, Step.INDEX) == ("done", generation)
    await minutes_pass(play, 11)
    assert await look(clinic) == 1
    assert await runner_with(clinic).do_next(Step.INDEX)
    assert await found_by(play) == (True, True, ["script"])
    await minutes_pass(play, 11)
    assert await look(clinic) == 0


async def test_a_model_that_crashes_is_tried_again_and_an_indexing_given_up_is_taken_again_after_ten_minutes(
    clinic: Clinic,
) -> None:
    play = await stopped(clinic)
    crashing = runner_with(clinic, ModelCrashed("as the script says"))
    assert await crashing.do_next(Step.INDEX)
    assert await status_of(play, Step.INDEX) == ("pending", 1)
    assert await crashing.do_next(Step.INDEX)
    assert await status_of(play, Step.INDEX) == ("failed", 1)
    assert await found_by(play) == (False, False, [])
    await minutes_pass(play, 9)
    assert await look(clinic) == 0
    await minutes_pass(play, 2)
    assert await look(clinic) == 1
    assert await runner_with(clinic).do_next(Step.INDEX)
    assert await found_by(play) == (True, True, ["script"])
    assert await look(clinic) == 0
