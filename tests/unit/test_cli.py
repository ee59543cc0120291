from __future__ import annotations

import subprocess
import sys

import pytest

from hearken.cli import main
from session_core.settings import variable

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for command in ("up", "demo", "stream", "watch", "serve", "work", "migrate", "account", "models"):
        assert f"\n    {command} " in shown


@pytest.mark.parametrize("command", ["serve", "work", "migrate"])
def test_a_misspelt_setting_stops_every_program(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable("master_key"), KEY)
    monkeypatch.setenv("HEARKEN_MAX_CHUNK_BYTE", "1")
    assert main([command]) == 2
    assert capsys.readouterr().err == (
        "hearken: HEARKEN_MAX_CHUNK_BYTE is not a setting; did you mean HEARKEN_MAX_CHUNK_BYTES?\n"
    )


def test_migrating_needs_the_owners_address(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable("master_key"), KEY)
    monkeypatch.delenv(variable("owner_database_url"), raising=False)
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err.startswith("hearken: HEARKEN_OWNER_DATABASE_URL: is needed here")


def test_a_database_that_is_away_is_one_line_and_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable("master_key"), KEY)
    monkeypatch.setenv(variable("owner_database_url"), "postgresql://hearken_owner@/hearken?host=/nonexistent")
    assert main(["migrate"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("hearken: Postgres cannot be reached as the owner: ")
    assert "Traceback" not in error


def test_a_node_loads_nothing_that_only_recorders_and_workers_need() -> None:
    script = (
        "import sys, stream_server.app; from hearken.cli import _parser; _parser(['serve']).parse_args(['serve']);"
        "print(sorted({'numpy', 'av', 'faster_whisper', 'rich', 'psycopg'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
