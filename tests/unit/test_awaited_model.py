"""A model that may be downloaded is downloaded beside the worker, and what keeps it from coming is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chunk_workers import awaited_model
from chunk_workers.awaited_model import AwaitedModel
from chunk_workers.engines.whisper_folder import check_folder
from session_core.errors import EngineUnavailable
from tests.hub_server import HubServer
from tests.installation import until
from tests.whisper_folder import write_whisper_folder

REPOSITORY = "Systran/faster-whisper-tiny"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def hub(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer(REPOSITORY, write_whisper_folder(tmp_path / "published")).running() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HOME", str(home))
        yield server


@asynccontextmanager
async def awaited(named: str = "tiny") -> AsyncIterator[AwaitedModel]:
    model = AwaitedModel(named, 0, is_needed=False)
    try:
        yield model
    finally:
        await model.aclose()


def folder(home: Path) -> Path:
    (found,) = (home / "hub").glob("models--*/snapshots/*")
    return found


async def test_it_is_here_once_it_has_come(hub: HubServer, home: Path) -> None:
    async with awaited() as model:
        assert model.notice == "it is being downloaded, and the worker goes on with it once it is here"
        await model.arrival()
    check_folder(folder(home))


async def test_what_keeps_it_from_coming_is_told_and_it_is_tried_until_it_comes(
    hub: HubServer, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(awaited_model, "_FIRST_PAUSE_S", 0.01)
    hub.status = 503
    async with awaited() as model:
        coming = asyncio.create_task(model.arrival())
        await until(lambda: len(hub.asked) >= 3)
        assert model.notice.startswith(
            "the Whisper model tiny could not be downloaded: the hub answered 503: try again later; or copy its folder"
        )
        hub.status = None
        await coming
    assert caplog.text.count("503") == 1
    check_folder(folder(home))


async def test_one_of_which_the_hub_lacks_a_file_does_not_pass_for_one_that_is_here(hub: HubServer) -> None:
    (hub.folder / "tokenizer.json").unlink()
    async with awaited() as model:
        with pytest.raises(EngineUnavailable, match=r"could not be downloaded: .* lacks tokenizer\.json"):
            await model.download()


async def test_closing_ends_a_download_that_is_under_way_and_another_worker_takes_it_up(
    hub: HubServer, home: Path
) -> None:
    hub.stops_at = 1000
    async with awaited() as model:
        coming = asyncio.create_task(model.download())
        await until(hub.stopped.is_set)
    with pytest.raises(EngineUnavailable, match="could not be downloaded"):
        await coming
    hub.stops_at = None
    async with awaited() as model:
        await model.download()
    check_folder(folder(home))


async def test_without_room_it_is_not_begun(hub: HubServer) -> None:
    """The list of files names a size that no disk here has room for."""
    tree = hub.tree()
    for entry in tree:
        if entry["path"] == "model.bin":
            entry["size"] = 10**15
    hub.tree = lambda: tree  # type: ignore[method-assign]
    async with awaited() as model:
        with pytest.raises(EngineUnavailable, match="there is no room for the model"):
            await model.download()
    assert hub.bodies == []
