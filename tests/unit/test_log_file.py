from __future__ import annotations

import os
from pathlib import Path

from hearken.log_file import last_lines, open_log, trim_log


def test_a_log_that_has_grown_too_long_moves_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    writer = open_log(log)
    os.write(writer, b"old\n" * 100)
    trim_log(log, most_bytes=100)
    os.write(writer, b"new\n")
    os.close(writer)
    assert log.read_text() == "new\n"
    assert (tmp_path / "part.log.1").read_text() == "old\n" * 100


def test_a_log_within_its_limit_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_bytes(b"x" * 100)
    trim_log(log, most_bytes=100)
    assert log.stat().st_size == 100
    assert not (tmp_path / "part.log.1").exists()


def test_logs_are_for_their_owner_only(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    os.close(open_log(log))
    log.write_bytes(b"x" * 200)
    trim_log(log, most_bytes=100)
    assert [file.stat().st_mode & 0o777 for file in sorted(tmp_path.iterdir())] == [0o600, 0o600]


def test_the_end_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    assert last_lines(log) == []
    log.write_text("".join(f"line {number}\n" for number in range(5_000)))
    assert last_lines(log, 2) == ["line 4998", "line 4999"]
