"""`hearken models`: a download that breaks off goes on, what came is what the hub has, and what is wrong is said."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import close_session, constants

from chunk_workers.engines.choice import EngineSettings, choose
from hearken.cli import main
from tests.hub_server import HubServer
from tests.whisper_folder import write_whisper_folder

REPOSITORY = "Systran/faster-whisper-tiny"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Models = Callable[..., Ran]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_whisper_folder(tmp_path_factory.mktemp("published"))


@pytest.fixture
def hub(published: Path, tmp_path: Path) -> Iterator[HubServer]:
    folder = shutil.copytree(published, tmp_path / "published")
    with HubServer(REPOSITORY, folder).running() as server:
        yield server
    close_session()


@pytest.fixture
def models(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Models:
    """The command on a machine whose hub is this server, with an empty cache."""
    for name in [name for name in os.environ if name.startswith("HEARKEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "home" / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)

    def run(*arguments: str, endpoint: str = hub.url, **settings: str) -> Ran:
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        code = main(["models", *arguments])
        return Ran(code, *capsys.readouterr())

    return run


def make_large(hub: HubServer) -> None:
    """The client keeps what it has for every 10 MiB."""
    (hub.folder / "model.bin").write_bytes(np.random.default_rng(1).bytes(25 * MEGABYTE))


def model_in_cache(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "home" / "hub").glob("models--*/snapshots/*/model.bin")
    return found


def test_a_pulled_model_is_complete_right_and_the_one_that_a_worker_would_run(
    hub: HubServer, models: Models, tmp_path: Path
) -> None:
    (hub.folder / "README.md").write_text("no part of the model")
    pulled = models("pull", "tiny")
    assert (pulled.code, pulled.err) == (0, "")
    assert "2.7 MB of 2.7 MB · " in pulled.out
    assert pulled.out.endswith(
        "A worker that starts with HEARKEN_WHISPER_MODEL=tiny runs it; one that runs is to be restarted\n"
    )
    assert model_in_cache(tmp_path).read_bytes() == (hub.folder / "model.bin").read_bytes()
    assert sorted(hub.bodies) == sorted(path.name for path in hub.folder.iterdir() if path.name != "README.md")
    hub.asked.clear()
    verified = models("verify", "tiny")
    assert (verified.code, verified.out.count("as published")) == (0, 5)
    assert verified.out.endswith("  a complete Whisper model\n")
    listed = models("list", HEARKEN_WHISPER_MODEL="tiny")
    assert [line.split() for line in listed.out.splitlines() if line.startswith("tiny ")] == [
        ["tiny", "2", "MB", "here", REPOSITORY]
    ]
    assert "whisper tiny would run on cpu, the best engine present" in listed.out
    choice = choose(EngineSettings(whisper_model="tiny", allow_download=True))
    assert choice.recognizer.name == "whisper tiny int8"
    assert hub.asked == []


def test_nothing_but_the_model_is_asked_for_and_nothing_told_of_this_machine(hub: HubServer, models: Models) -> None:
    assert models("pull", "tiny", AI_AGENT="somebody").code == 0
    assert all(REPOSITORY in asked.path for asked in hub.asked)
    assert {each.split("/")[0].strip() for asked in hub.asked for each in asked.user_agent.split(";")} == {
        "unknown",
        "hf_hub",
        "python",
    }


def test_a_token_is_shown_to_the_hub_alone(hub: HubServer, models: Models) -> None:
    assert models("pull", "tiny", HF_TOKEN="hf_secret").code == 0
    shown = {asked.path.startswith("/elsewhere/"): asked.token for asked in hub.asked}
    assert shown == {False: "Bearer hf_secret", True: None}


def test_a_connection_that_breaks_is_taken_up_where_it_was(hub: HubServer, models: Models, tmp_path: Path) -> None:
    make_large(hub)
    hub.breaks_at = 15 * MEGABYTE
    models("pull", "tiny")
    assert hub.ranges == ["bytes=10485760-"]
    assert model_in_cache(tmp_path).read_bytes() == (hub.folder / "model.bin").read_bytes()


def test_a_download_that_was_killed_goes_on_with_the_next(hub: HubServer, models: Models, tmp_path: Path) -> None:
    make_large(hub)
    hub.stops_at = 15 * MEGABYTE
    environ = os.environ | {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.url}
    running = subprocess.Popen([sys.executable, "-m", "hearken", "models", "pull", "tiny"], env=environ)
    assert hub.stopped.wait()
    part = tmp_path / "home" / "hub" / "models--Systran--faster-whisper-tiny" / "blobs"
    while not any(each.stat().st_size == 10 * 2**20 for each in part.glob("*.incomplete")):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert "broken off" in models("list").out
    notice = models("list", HEARKEN_WHISPER_MODEL="tiny").out.replace("\n", " ")
    assert "tiny is on this machine in part only, for its download broke off" in notice
    hub.stops_at = None
    pulled = models("pull", "tiny")
    assert "10.5 MB of " in pulled.out
    assert hub.ranges == ["bytes=10485760-"]
    assert model_in_cache(tmp_path).read_bytes() == (hub.folder / "model.bin").read_bytes()


def test_a_file_that_comes_damaged_is_fetched_anew_once(hub: HubServer, models: Models) -> None:
    hub.damages = 1
    pulled = models("pull", "tiny")
    assert (pulled.code, hub.bodies.count("model.bin")) == (0, 2)
    assert "model.bin came damaged: it is fetched anew" in pulled.out


def test_a_file_that_always_comes_damaged_is_not_kept(hub: HubServer, models: Models, tmp_path: Path) -> None:
    hub.damages = 9
    pulled = models("pull", "tiny")
    assert (pulled.code, hub.bodies.count("model.bin")) == (1, 2)
    assert pulled.err == "hearken: model.bin came damaged twice: a proxy on the way may change it; try another\n"
    assert not list((tmp_path / "home" / "hub").glob("models--*/snapshots/*/model.bin"))


def test_what_came_instead_of_a_file_is_not_gone_on_with(hub: HubServer, models: Models) -> None:
    """As from a network that wants a sign-in first."""
    hub.page = b"<html>" * 100_000
    assert models("pull", "tiny").code == 1
    hub.page = None
    assert models("pull", "tiny").code == 0


def test_a_model_that_is_published_anew_meanwhile_is_not_taken_unseen(hub: HubServer, models: Models) -> None:
    published_since: list[bool] = []

    def sent(name: str) -> bytes:
        content = (hub.folder / name).read_bytes()
        if name == "vocabulary.json" and not published_since:
            published_since.append(True)
            with (hub.folder / "config.json").open("ab") as file:
                file.write(b"\n")
            hub.commit = "c" * 40
        return content

    hub.sent = sent  # type: ignore[method-assign]
    pulled = models("pull", "tiny")
    assert (pulled.code, pulled.err) == (1, f"hearken: {REPOSITORY} was published anew meanwhile: run it again\n")
    assert models("pull", "tiny").code == 0


def test_a_file_damaged_on_this_machine_is_found_and_it_alone_is_fetched_anew(
    hub: HubServer, models: Models, tmp_path: Path
) -> None:
    models("pull", "tiny")
    blob = model_in_cache(tmp_path).resolve()
    content = blob.read_bytes()
    blob.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    verified = models("verify")
    assert verified.code == 1
    assert f"{REPOSITORY}: model.bin is damaged: `hearken models pull {REPOSITORY}` fetches it anew" in verified.err
    hub.bodies.clear()
    assert models("pull", "tiny").code == 0
    assert hub.bodies == ["model.bin"]
    assert models("verify").code == 0


@pytest.mark.parametrize(
    ("named", "status", "says"),
    [
        ("small", None, "the hub has no Systran/faster-whisper-small, or does not show it: check the name"),
        ("huge", None, "no Whisper model is called huge: name a folder, owner/name, or one of tiny.en, tiny,"),
        ("tiny", 403, "the hub answered 403: try again later"),
    ],
)
def test_what_the_hub_has_not_is_said(
    named: str, status: int | None, says: str, hub: HubServer, models: Models
) -> None:
    hub.status = status
    pulled = models("pull", named)
    assert pulled.code == 1
    assert says in pulled.err
    assert "Traceback" not in pulled.err


def test_without_a_network_that_is_said(models: Models) -> None:
    pulled = models("pull", "tiny", endpoint="http://127.0.0.1:9")
    assert pulled.code == 1
    said = "hearken: the connection to the hub failed (ConnectError): check the network"
    assert pulled.err.startswith(said)


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(
    hub: HubServer, models: Models, tmp_path: Path
) -> None:
    """The list of files names a terabyte, which no disk here has room for."""
    (hub.folder / "model.bin").unlink()
    with (hub.folder / "model.bin").open("wb") as file:
        file.truncate(2 * MEGABYTE)
    tree = hub.tree()
    for entry in tree:
        if entry["path"] == "model.bin":
            entry["size"] = 10**15
    hub.tree = lambda: tree  # type: ignore[method-assign]
    pulled = models("pull", "tiny")
    assert pulled.code == 1
    assert "there is no room for the model: it needs 1,000,000,000.3 MB and " in pulled.err
    assert hub.bodies == []
    assert str(tmp_path) not in pulled.err


def test_a_disk_that_becomes_full_meanwhile_is_said(
    hub: HubServer, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    with monkeypatch.context() as until_there_is_room:
        until_there_is_room.setattr(os, "fsync", full)
        pulled = models("pull", "tiny")
        assert (pulled.code, pulled.err) == (
            1,
            "hearken: the disk became full: make room, and run it again, and it goes on from there\n",
        )
    assert models("pull", "tiny").code == 0


def test_a_folder_is_verified_as_far_as_it_can_be(models: Models, tmp_path: Path) -> None:
    folder = write_whisper_folder(tmp_path / "mine")
    verified = models("verify", str(folder))
    assert (verified.code, verified.out.count("no checksum is known here")) == (0, 5)
    assert verified.out.count(str(folder)) == 1
    assert verified.out.endswith(
        "a complete Whisper model; its files' contents could not be compared, for no checksums are known here\n"
    )
    shutil.copy(folder / "config.json", folder / "model.bin")
    verified = models("verify", str(folder))
    assert verified.code == 1
    assert "model.bin is damaged or no file of CTranslate2" in verified.err


def test_nothing_to_verify_is_not_taken_for_all_is_right(models: Models) -> None:
    verified = models("verify")
    assert verified.code == 1
    assert verified.err == ("hearken: no Whisper model is on this machine: `hearken models pull small` fetches one\n")


def test_what_is_no_folder_of_a_model_is_told_for_what_it_is(models: Models, hub: HubServer, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.touch()
    assert models("verify", f"{tmp_path}/none").err == f"hearken: there is no folder {tmp_path}/none\n"
    assert models("verify", str(file)).err == f"hearken: {file} is a file: name the folder of a model\n"
    assert models("pull", str(tmp_path)).err == (
        f"hearken: {tmp_path} is a folder on this machine: `hearken models verify {tmp_path}` checks it\n"
    )
    assert hub.asked == []


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("/no/such/folder", "HEARKEN_WHISPER_MODEL names does not exist"),
        ("my models/small", "is called my models/small"),
    ],
)
def test_models_are_listed_whatever_the_setting_names(named: str, says: str, models: Models) -> None:
    listed = models("list", HEARKEN_WHISPER_MODEL=named)
    assert (listed.code, listed.err) == (0, "")
    *table, _, last = listed.out.splitlines()
    assert not any(named in line for line in table)
    assert says in last


@pytest.mark.parametrize("left", ["blobs/0.incomplete", "blobs/0", "snapshots/1/config.json"])
def test_whatever_a_download_left_it_is_called_broken_off(left: str, models: Models, tmp_path: Path) -> None:
    root = tmp_path / "home" / "hub" / "models--Systran--faster-whisper-tiny"
    for path, content in ((root / "refs" / "main", "1"), (root / left, "")):
        path.parent.mkdir(parents=True)
        path.write_text(content)
    assert "broken off" in models("list").out
    assert "in part only" in models("list", HEARKEN_WHISPER_MODEL="tiny").out
