"""A model that may be downloaded is downloaded beside the worker, and what keeps it from coming is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil
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


@pytest.fixture
def model(hub: HubServer) -> AwaitedModel:
    return AwaitedModel("tiny", 0, is_needed=False)


def downloads() -> list[psutil.Process]:
    """The processes of them that are left."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "chunk_workers.download_host" in child.cmdline()]


def folder(home: Path) -> Path:
    (found,) = (home / "hub").glob("models--*/snapshots/*")
    return found


async def test_it_is_here_once_it_has_come(model: AwaitedModel, home: Path) -> None:
    assert model.notice == "it is being downloaded, and the worker goes on with it once it is here"
    await model.arrival()
    check_folder(folder(home))
    assert downloads() == []


async def test_what_keeps_it_from_coming_is_told_and_it_is_tried_until_it_comes(
    model: AwaitedModel,
    hub: HubServer,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(awaited_model, "_FIRST_PAUSE_S", 0.01)
    hub.status = 503
    coming = asyncio.create_task(model.arrival())
    await until(lambda: len(hub.asked) >= 3)
    assert model.notice.startswith(
        "the Whisper model tiny could not be downloaded: the hub answered 503: try again later; or copy its folder"
    )
    hub.status = None
    await coming
    assert caplog.text.count("503") == 1
    check_folder(folder(home))


async def test_one_of_which_the_hub_lacks_a_file_does_not_pass_for_one_that_is_here(
    model: AwaitedModel, hub: HubServer
) -> None:
    (hub.folder / "tokenizer.json").unlink()
    with pytest.raises(EngineUnavailable, match=r"could not be downloaded: .* lacks tokenizer\.json"):
        await model.download()


async def test_a_download_that_is_cancelled_ends_and_another_worker_takes_it_up(
    model: AwaitedModel, hub: HubServer, home: Path
) -> None:
    hub.stops_at = 1000
    coming = asyncio.create_task(model.download())
    await until(hub.stopped.is_set)
    coming.cancel()
    await asyncio.gather(coming, return_exceptions=True)
    assert downloads() == []
    hub.stops_at = None
    await model.download()
    check_folder(folder(home))


async def test_without_room_it_is_not_begun(model: AwaitedModel, hub: HubServer) -> None:
    """The list of files names a size that no disk here has room for."""
    tree = hub.tree()
    for entry in tree:
        if entry["path"] == "model.bin":
            entry["size"] = 10**15
    hub.tree = lambda: tree  # type: ignore[method-assign]
    with pytest.raises(EngineUnavailable, match="there is no room for the model"):
        await model.download()
    assert hub.bodies == []
