from __future__ import annotations

import base64
from pathlib import Path

import pytest

from hearken.data_directory import DataDirectory, DirectoryInUse, write_private


def test_a_directory_serves_one_installation_at_a_time(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    with data.held(), pytest.raises(DirectoryInUse, match="already running"), data.held():
        pass
    with data.held():
        assert (tmp_path / "data" / "lock").exists()


def test_the_master_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    key = data.master_key()
    assert len(base64.b64decode(key, validate=True)) == 32
    assert data.master_key() == key
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").mkdir()
    assert DataDirectory(tmp_path / "other").master_key() != key


def test_the_first_account_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    assert data.first_account() is None
    data.write_first_account("http://127.0.0.1:1", "a@b.c", "secret")
    assert data.first_account() == {"url": "http://127.0.0.1:1", "email": "a@b.c", "password": "secret"}
    assert data.account_file.stat().st_mode & 0o777 == 0o600


def test_a_private_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "first")
    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "file", "second \ud800")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "first")]
