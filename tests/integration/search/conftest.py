"""Two organisations that have talked, and a node and a worker that find what was said."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hearken.embedded import Services
from tests.caller import Caller
from tests.installation import Installation, Node, Part, installation_on
from tests.spoken import KNEE, lines
from tests.spoken_session import Speaking, speaking

SLEEP = (
    "clinician: What brings you here?",
    "patient: I lie awake until four in the morning and my thoughts keep circling.",
    "clinician: How long has that been going on?",
    "patient: Since my mother died in the spring.",
    "clinician: Let us write down when you go to bed, every evening, for the next weeks.",
)


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("search")
    async with installation_on(services, folder, logins_per_minute=1000, reconcile_every_s=0.3) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node()


@pytest.fixture(scope="module")
async def worker(installation: Installation) -> Part:
    return await installation.start_worker()


@pytest.fixture(scope="module")
async def people(installation: Installation, node: Node, worker: Part) -> AsyncIterator[list[Speaking]]:
    callers = [
        Caller(installation, node, await installation.token(node, person))
        for person in (installation.ann, installation.bob)
    ]
    async with speaking(installation, *callers) as both:
        yield both


@pytest.fixture(scope="module")
def ann(people: list[Speaking]) -> Speaking:
    return people[0]


@pytest.fixture(scope="module")
def bob(people: list[Speaking]) -> Speaking:
    return people[1]


@pytest.fixture(scope="module")
async def knee(ann: Speaking) -> str:
    return await ann.session(lines(*KNEE), title="Left knee", patient_id="4711")


@pytest.fixture(scope="module")
async def sleep(ann: Speaking) -> str:
    return await ann.session(lines(*SLEEP), title="Nights", patient_id="4712")


@pytest.fixture(scope="module")
async def elsewhere(bob: Speaking) -> str:
    return await bob.session(lines(*KNEE), title="Bob's own")
