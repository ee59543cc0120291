from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hearken.embedded import socket_folder
from hearken.service_user import ServiceUser, ServiceUserMissing, become, service_user, tied
from hearken.supervisor import PartFailed

SELF = ServiceUser("me", os.geteuid(), os.getegid(), switch=False)
OTHER = ServiceUser("other", 4321, 4321, switch=True)


def test_services_never_run_as_root() -> None:
    assert service_user().uid != 0


def test_whoever_is_not_root_runs_services_as_himself() -> None:
    assert become(SELF, [Path("/")]) == []


def test_no_capability_is_given_where_every_user_may_pass() -> None:
    options = become(OTHER, [Path("/usr/bin/env")])
    assert "--reuid=4321" in options
    assert [option for option in options if "caps" in option or "bounding" in option] == [
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--bounding-set=-all",
    ]


def test_one_capability_is_given_where_a_folder_is_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").touch()
    if os.geteuid() != 0:
        with pytest.raises(ServiceUserMissing, match="choose folders that every user may enter"):
            become(OTHER, [closed / "file"])
        return
    given = {option.split(",+", 1)[1] for option in become(OTHER, [closed / "file"]) if ",+" in option}
    assert len(given) == 1
    assert given <= {"dac_read_search", "dac_override"}


def test_a_program_finds_what_lies_in_a_closed_folder_to_be_there(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").touch()
    asks = f"import os; print(os.geteuid(), os.access({str(closed / 'file')!r}, os.R_OK))"
    start = [*tied(signal.SIGKILL), *become(service_user(), [closed])]
    done = subprocess.run([*start, "--", sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout == f"{service_user().uid} True\n"


def test_a_program_is_tied_to_its_parent_by_a_signal() -> None:
    assert tied(signal.SIGINT)[1:] == ["--pdeathsig", "INT"]


def test_sockets_lie_in_the_installation_where_their_path_is_short_and_plain(tmp_path: Path) -> None:
    short = Path("/tmp/hearken-test-" + os.urandom(4).hex())
    short.mkdir()
    try:
        assert socket_folder(short, SELF) == short / "sockets"
    finally:
        (short / "sockets").rmdir()
        short.rmdir()


@pytest.mark.parametrize("name", ["x" * 120, "two words", "100%"])
def test_sockets_lie_elsewhere_where_their_path_is_unfit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = tmp_path / name
    folder.mkdir()
    made = socket_folder(folder, SELF)
    assert made.parent == tmp_path
    assert made == socket_folder(folder, SELF)
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_enter_is_not_used_for_sockets(tmp_path: Path) -> None:
    (tmp_path / "sockets").mkdir(mode=0o755)
    (tmp_path / "sockets").chmod(0o755)
    with pytest.raises(PartFailed, match="in the way"):
        socket_folder(tmp_path, SELF)
