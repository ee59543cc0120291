"""Real Postgres and real Redis for each process, and an installation for each module that asks for it, with a node and
a worker on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from hearken.embedded import Services, embedded_services
from tests.installation import Installation, Node, Part, installation_on


@pytest.fixture(autouse=True)
def nothing_goes_wrong_in_a_loop_unnoticed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a callback raises, or a task that nobody waits for, is only logged by asyncio: here it fails the test."""
    told: list[dict[str, Any]] = []
    log = asyncio.BaseEventLoop.default_exception_handler

    def hear(loop: asyncio.BaseEventLoop, context: dict[str, Any]) -> None:
        told.append(context)
        log(loop, context)

    monkeypatch.setattr(asyncio.BaseEventLoop, "default_exception_handler", hear)
    yield
    assert told == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """Their loop rests while tests run: what dies is not started again. Tests that let it die have services of their
    own."""
    async with embedded_services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """An installation with nothing running on it yet. Tests that use it run in the module's event loop:
    ``pytestmark = pytest.mark.asyncio(loop_scope="module")``."""
    async with installation_on(services, tmp_path_factory.mktemp("clinic")) as installation:
        yield installation


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(clinic: Installation) -> Node:
    return await clinic.start_node()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(clinic: Installation) -> Part:
    return await clinic.start_worker()
