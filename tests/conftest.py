"""Real Postgres and real Redis for each process, and an installation for each module that asks for it, with a node and
a worker on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hearken.embedded import Services, embedded_services
from tests.installation import Installation, Node, Part, installation_on

BROWSERS = Path(__file__).parent / "e2e" / "browser"
PLACES = 4
"""From one file of browser tests to the next."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers hear in real time, so their files take turns with others: processes that take one file after another
    seldom have three of them at once."""
    files = dict.fromkeys(item.path for item in items)
    order = [path for path in files if BROWSERS not in path.parents]
    for turn, path in enumerate(path for path in files if BROWSERS in path.parents):
        order.insert(turn * PLACES, path)
    places = {path: place for place, path in enumerate(order)}
    items.sort(key=lambda item: places[item.path])


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
