"""The outbox keeps what was recorded over anything but its release."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hearken.outbox
from hearken.outbox import Manifest, Outbox, OutboxBusy, OutboxDamaged, open_outbox


def fresh(source: str = "aa", chunk_samples: int = 100) -> Manifest:
    return Manifest(source=source, codec="flac", chunk_samples=chunk_samples, title="secret name", language="en")


def reopened(root: Path, outbox: Outbox) -> Outbox:
    outbox.close()
    return open_outbox(root, fresh())


def test_chunks_are_found_again_in_order(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    kept = [outbox.add(seq, seq * 100, 100, bytes([seq])) for seq in (2, 0, 1)]
    outbox = reopened(tmp_path, outbox)
    assert list(outbox.chunks()) == sorted(kept, key=lambda chunk: chunk.seq)
    assert outbox.next_seq() == 3
    assert [outbox.read(chunk) for chunk in outbox.chunks()] == [b"\0", b"\1", b"\2"]
    assert kept[0].sha256 == hashlib.sha256(b"\2").hexdigest()


def test_what_is_remembered_by_two_at_once_is_all_remembered(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    for number in range(30):
        with ThreadPoolExecutor(2) as pool:
            both = pool.submit(outbox.remember, last_seq=number), pool.submit(outbox.remember, epoch=str(number))
        assert [each.result() for each in both] == [None, None]
        assert (outbox.manifest.last_seq, outbox.manifest.epoch) == (number, str(number))


def test_what_it_remembers_survives(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    before = outbox.manifest.start_request()
    outbox.remember(session_id="s", epoch="e")
    outbox.remember(last_seq=4)
    outbox = reopened(tmp_path, outbox)
    assert (outbox.manifest.session_id, outbox.manifest.epoch, outbox.manifest.last_seq) == ("s", "e", 4)
    assert outbox.manifest.start_request() == before
    assert outbox.next_seq() == 5


def test_an_unfinished_recording_keeps_the_cut_it_began_with(tmp_path: Path) -> None:
    open_outbox(tmp_path, fresh()).close()
    assert open_outbox(tmp_path, fresh(chunk_samples=999)).manifest.chunk_samples == 100


def test_another_recording_has_an_outbox_of_its_own(tmp_path: Path) -> None:
    one, two = open_outbox(tmp_path, fresh("aa")), open_outbox(tmp_path, fresh("bb"))
    assert one.folder != two.folder


def test_a_file_that_was_not_finished_is_no_chunk(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    outbox.add(0, 0, 100, b"whole")
    (outbox.folder / "chunks" / "000001_100_100.flac.part").write_bytes(b"hal")
    assert [chunk.seq for chunk in outbox.chunks()] == [0]
    assert outbox.next_seq() == 1


def test_a_refused_chunk_is_kept_aside_with_its_reason(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    outbox.add(0, 0, 100, b"good")
    outbox.set_aside(outbox.add(1, 100, 100, b"bad"), "bad_media")
    outbox = reopened(tmp_path, outbox)
    assert outbox.refused() == {1: "bad_media"}
    assert [chunk.seq for chunk in outbox.chunks()] == [0]
    assert outbox.next_seq() == 2
    assert (outbox.folder / "refused" / "000001_100_100.bad_media.flac").read_bytes() == b"bad"


def test_a_reason_never_becomes_a_path(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    outbox.set_aside(outbox.add(0, 0, 100, b"bad"), "../../escape")
    assert outbox.refused() == {0: "other"}


def test_a_finished_outbox_is_not_taken_up_again(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    outbox.remember(finished=True)
    assert reopened(tmp_path, outbox).folder != outbox.folder


def test_a_released_chunk_is_gone(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    outbox.release(outbox.add(0, 0, 100, b"safe"))
    assert list(outbox.chunks()) == []
    outbox.remove()
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_may_read_it_and_no_name_tells_whose_it_is(tmp_path: Path) -> None:
    root = tmp_path / "outbox"
    outbox = open_outbox(root, fresh())
    outbox.add(0, 0, 100, b"audio")
    for path in (root, *root.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
        assert "secret" not in str(path.relative_to(tmp_path))


def test_two_recorders_never_share_one(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    with pytest.raises(OutboxBusy):
        open_outbox(tmp_path, fresh())
    assert reopened(tmp_path, outbox).folder == outbox.folder


def test_a_manifest_of_something_else_is_said(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, fresh())
    (outbox.folder / "recording.json").write_text('{"version": 9}')
    with pytest.raises(OutboxDamaged, match="not an outbox of this version"):
        open_outbox(tmp_path, fresh())


@pytest.mark.parametrize("removed", [False, True])
def test_what_another_command_finishes_while_it_is_looked_at_is_not_taken_up(
    removed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_outbox(tmp_path, fresh())
    read = hearken.outbox._read_manifest

    def finished_behind(folder: Path) -> Manifest | None:
        manifest = read(folder)
        monkeypatch.undo()
        other.remember(session_id="s", finished=True)
        if removed:
            other.remove()
        other.close()
        return manifest

    monkeypatch.setattr(hearken.outbox, "_read_manifest", finished_behind)
    taken = open_outbox(tmp_path, fresh())
    assert taken.manifest.session_id is None
    assert taken.folder != other.folder
