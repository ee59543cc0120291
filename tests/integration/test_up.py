"""`hearken up` as people run it: started, hurt, killed, started again, stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
import pytest

from tests.small_whisper import FOLDER
from tests.small_whisper.voices import VOICES, say
from tests.sound import file_of

ROOT = Path(__file__).resolve().parent.parent.parent
READY = "Ctrl-C stops it."


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hearken", *arguments]


def environ() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEARKEN_")}
    return own | {"HEARKEN_ENGINE": "pocketsphinx"}


def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def words(process: psutil.Process) -> list[str]:
    """The command line of a process, nothing for one that has ended."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


class Installation:
    """One `hearken up`, its processes and what it said."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            command("up", "--data-dir", str(data), "--port", "0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=environ() | settings,
        )
        self.read_to(READY)
        self.family = self.children(recursive=True)

    def read_to(self, last: str) -> str:
        """The line that begins with ``last``; until it is said."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(last):
                return line
        raise AssertionError("\n".join(self.lines))

    @property
    def account(self) -> dict[str, str]:
        return dict(json.loads((self.data / "first-account.json").read_text()))

    def running(self, word: str) -> set[psutil.Process]:
        return {child for child in self.children() if word in words(child)}

    def children(self, *, recursive: bool = False) -> list[psutil.Process]:
        return psutil.Process(self._process.pid).children(recursive=recursive)

    def send(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal and wait for the end: the exit code and what was said since."""
        self._process.send_signal(number)
        said, _ = self._process.communicate(timeout=20)
        return self._process.returncode, said

    def is_ready(self) -> bool:
        try:
            with urlopen(self.account["url"] + "/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def nobody_is_left(self) -> bool:
        return not any(words(process) for process in self.family)

    def end(self) -> None:
        if self._process.poll() is None:
            self.send(signal.SIGTERM)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("up") / "data")
    yield running
    running.end()


def test_it_says_where_it_is_and_how_to_sign_in(installation: Installation) -> None:
    account = installation.account
    assert installation.lines[0] == f"Hearken is running at {account['url']}"
    assert account["email"] in installation.lines[1]
    assert any(line.startswith("  recogniser  ") for line in installation.lines)
    assert account["password"] not in "".join(installation.lines)


def test_secrets_are_for_their_owner_only(installation: Installation) -> None:
    for name in ("first-account.json", "master.key"):
        assert (installation.data / name).stat().st_mode & 0o777 == 0o600


def test_the_first_account_signs_in(installation: Installation) -> None:
    account = installation.account
    login = json.dumps({"email": account["email"], "password": account["password"]}).encode()
    request = Request(f"{account['url']}/api/v1/auth/login", login, {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as answer:
        assert json.load(answer)["user"]["email"] == account["email"]


def test_a_second_one_on_the_same_folder_says_so(installation: Installation) -> None:
    second = subprocess.run(
        command("up", "--data-dir", str(installation.data)), capture_output=True, text=True, env=environ(), cwd=ROOT
    )
    assert second.returncode == 1
    assert second.stderr == f"hearken: hearken is already running on {installation.data}\n"
    assert installation.is_ready()


def test_a_port_that_is_taken_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            command("up", "--data-dir", str(tmp_path), "--port", str(port)),
            capture_output=True,
            text=True,
            env=environ(),
            cwd=ROOT,
        )
    assert refused.returncode == 1
    assert re.fullmatch(rf"hearken: port {port} is taken: choose another with --port.*\n", refused.stderr)


def test_a_setting_that_would_be_ignored_is_refused(tmp_path: Path) -> None:
    refused = subprocess.run(
        command("up", "--data-dir", str(tmp_path)),
        capture_output=True,
        text=True,
        env=environ() | {"HEARKEN_REDIS_URL": "redis://elsewhere"},
        cwd=ROOT,
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("hearken: HEARKEN_REDIS_URL: `hearken up` brings its own")


@pytest.mark.parametrize("word", ["serve", "work"])
def test_a_killed_program_comes_back(installation: Installation, word: str) -> None:
    killed = installation.running(word)
    assert len(killed) == 1
    next(iter(killed)).kill()
    until(lambda: installation.running(word) - killed)
    until(installation.is_ready)


def test_a_killed_supervisor_leaves_nobody_and_the_next_start_finds_everything(installation: Installation) -> None:
    account = installation.account
    installation.family = installation.children(recursive=True)
    assert len(installation.family) > 4
    installation.send(signal.SIGKILL)
    again = Installation(installation.data)
    try:
        until(installation.nobody_is_left)
        assert again.account["password"] == account["password"]
        assert again.account["url"] == again.lines[0].removeprefix("Hearken is running at ")
        assert again.is_ready()
        began = time.monotonic()
        assert again.send(signal.SIGINT) == (0, "hearken: stopping\n")
        assert time.monotonic() - began < 15
        until(again.nobody_is_left, within_s=1)
    finally:
        again.end()


def test_with_a_broken_model_recordings_are_taken_why_is_told_and_all_is_heard_once_it_is_mended(
    tmp_path: Path,
) -> None:
    model = tmp_path / "model"
    shutil.copytree(FOLDER, model)
    (model / "model.bin").write_bytes(b"broken off")
    recording = tmp_path / "recording.wav"
    recording.write_bytes(file_of(say("the patient is here", VOICES[0]).pcm, "audio/wav"))
    running = Installation(tmp_path / "data", HEARKEN_ENGINE="whisper", HEARKEN_WHISPER_MODEL=str(model))
    try:
        told = " ".join(" ".join(running.lines).split())
        assert "hearken: worker ended with code 1; starting it again" in told
        assert "recogniser none yet, what is recorded is kept and heard later: the Whisper model's model.bin" in told
        with urlopen(running.account["url"] + "/readyz", timeout=5) as answer:
            assert "model.bin is damaged" in json.load(answer)["unable"][0]
        stream = command("stream", str(recording), "--data-dir", str(running.data), "--speed", "0", "--json")
        with subprocess.Popen(stream, stdout=subprocess.PIPE, text=True, env=environ(), cwd=ROOT) as recorder:
            until((running.data / "outbox").exists)
            shutil.copytree(FOLDER, model, dirs_exist_ok=True)
            assert "whisper model" in running.read_to("hearken: what is recorded is heard now:")
            said, _ = recorder.communicate(timeout=120)
        assert recorder.returncode == 0
        assert "patient" in json.loads(said)["transcript"]
    finally:
        running.end()


def test_a_start_that_is_interrupted_leaves_nobody(tmp_path: Path) -> None:
    starting = subprocess.Popen(
        command("up", "--data-dir", str(tmp_path / "data"), "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environ(),
        cwd=ROOT,
    )
    postgres = tmp_path / "data" / "postgres" / "postmaster.pid"
    until(postgres.exists)
    family = psutil.Process(starting.pid).children(recursive=True)
    starting.send_signal(signal.SIGTERM)
    said, _ = starting.communicate(timeout=20)
    assert (starting.returncode, said) == (0, b"hearken: stopping\n")
    assert not any(process.is_running() for process in family)
